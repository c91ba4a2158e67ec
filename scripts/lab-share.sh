#!/bin/sh
# lab-share.sh COMMIT: the lab's test files that this commit runs, a line each: those without which nothing holds, those
# that it or the two commits before touch, and a part of the others, chosen by its hash. So all of them are seen over time.
set -eu
cd "$(dirname "$0")/.."
commit=$1
always='agent deploy guard keys matrix setup'
parts=8
part=$((0x$(printf %.4s "$commit") % parts))
touched=$(git diff --name-only "$commit~3" "$commit" -- test/lab test/rehearse 2>/dev/null || :)
index=0
for file in $(find test/lab test/rehearse -name '*.test.ts' ! -name lossless.test.ts | sort); do
  name=$(basename "$file" .test.ts)
  index=$((index + 1))
  case " $always " in *" $name "*) echo "$file" && continue ;; esac
  case "
$touched
" in *"
$file
"*) echo "$file" && continue ;; esac
  [ $((index % parts)) != "$part" ] || echo "$file"
done
echo "# lab: part $part of $parts, chosen by commit $(printf %.8s "$commit"); all of it: npm run test:full" >&2
