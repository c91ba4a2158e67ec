#!/bin/sh
# Brings a checkout to where slipway runs: npm packages and the compiled program. Quick when nothing changed.
set -eu
cd "$(dirname "$0")/.."

if ! command -v node >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
  echo 'slipway needs Node 20.19 or newer: https://nodejs.org' >&2
  exit 2
fi

# npm writes this file last: it tells whether an installation is complete and newer than the lock file.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  echo 'installing npm packages' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch "$installed"
fi

# The stamp is older than any source that changed after the last build.
stamp=node_modules/.slipway-built
if [ ! -e dist/slipway.cjs ] || [ ! -e "$stamp" ] || [ -n "$(find src tsconfig*.json scripts/build.mjs scripts/program.mjs -newer "$stamp" | head -n 1)" ]; then
  echo 'compiling slipway' >&2
  node scripts/build.mjs
  touch "$stamp"
fi
