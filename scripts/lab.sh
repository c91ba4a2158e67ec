#!/bin/sh
# npm run lab -- NAME [ARGUMENT …]: one file of test/lab, with everything built. Its hosts stay, to be looked at:
# `lab/slipway rehearse list` names them, `lab/slipway rehearse down NAME` throws one away.
set -eu
cd "$(dirname "$0")/.."
name=${1-}
if [ ! -e "test/lab/$name.test.ts" ]; then
  echo "usage: npm run lab -- NAME, one of: $(cd test/lab && echo *.test.ts | sed 's/\.test\.ts//g')" >&2
  exit 2
fi
shift
sh scripts/bootstrap.sh
# shellcheck disable=SC2046 # a list of words
sh scripts/lab-requirements.sh $(sh scripts/lab-needs.sh)
sh lab/toolchain.sh
export SLIPWAY_LAB_KEEP=yes
exec node --import tsx --test --test-reporter=spec --test-timeout=3000000 "$@" "test/lab/$name.test.ts"
