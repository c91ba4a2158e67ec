#!/bin/sh
# npm test: format, lint, types, shell, unit tests and the commit's share of the lab tests. `sh scripts/test.sh unit`
# leaves out the lab, `full` has all of it, all faults at each step, and the load: another two hours.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh

echo '# format, lint, types' >&2
node_modules/.bin/biome check .
node node_modules/typescript/bin/tsc -p tsconfig.json

# The server asks for a newer Node than everything else.
server=$(find test/server -name '*.test.ts' | sort)
# shellcheck disable=SC2086 # a list of files
"$(sh scripts/server-node.sh)" --import tsx --test --test-reporter=spec $server

unit=$(find test -name '*.test.ts' ! -path 'test/lab/*' ! -path 'test/rehearse/*' ! -path 'test/server/*' | sort)
if [ "${1-}" = unit ]; then
  # shellcheck disable=SC2086 # a list of files
  exec node --import tsx --test --test-reporter=spec $unit
fi

# shellcheck disable=SC2046 # a list of words
sh scripts/lab-requirements.sh $(sh scripts/lab-needs.sh)
echo '# shell' >&2
sh scripts/shellcheck.sh
sh lab/toolchain.sh
if [ "${1-}" = full ]; then
  export SLIPWAY_TEST=full
  lab=$(find test/lab test/rehearse -name '*.test.ts' | sort)
else
  # Each commit takes another part of the faults, and of the lab, so that all of them are seen over time.
  commit=$(git rev-parse HEAD 2>/dev/null || echo 0000)
  export SLIPWAY_TEST="$commit"
  lab=$(sh scripts/lab-share.sh "$commit")
fi
# Each file has hosts of its own; two at a time is what two cores take. The reporter's last words name what failed.
# shellcheck disable=SC2086
exec node --import tsx --test --test-reporter=spec --test-timeout=1500000 --test-concurrency=2 $unit $lab
