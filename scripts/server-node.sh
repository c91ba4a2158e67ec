#!/bin/sh
# Prints the Node that `slipway server` and its tests run with here: the one in the PATH where it is new enough, else one
# from npm, in a folder of its own: in node_modules it would take the place of the Node that everything else runs with.
set -eu
cd "$(dirname "$0")/server-node"

if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)'; then
  command -v node
  exit
fi
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  echo 'installing a newer Node for the server' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch "$installed"
fi
for node in "$PWD"/node_modules/node-linux-*/bin/node; do
  echo "$node"
done
