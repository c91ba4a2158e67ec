#!/bin/sh
# npm test: format, lint, types, shell, unit tests and lab tests. `sh scripts/test.sh unit` leaves out the lab,
# `full` adds lockouts, fleets, all faults at each step and the load: an hour on a quiet machine.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh

echo '# format, lint, types' >&2
node_modules/.bin/biome check .
node node_modules/typescript/bin/tsc -p tsconfig.json

unit=$(find test -name '*.test.ts' ! -path 'test/lab/*' ! -path 'test/rehearse/*' | sort)
if [ "${1-}" = unit ]; then
  # shellcheck disable=SC2086 # a list of files
  exec node --import tsx --test $unit
fi

[ "${1-}" != full ] || export SLIPWAY_TEST=full
sh scripts/lab-requirements.sh nginx=nginx-light age=age shellcheck=shellcheck wireguard-go=wireguard-go \
  wg=wireguard-tools pebble=pebble sslscan=sslscan
echo '# shell' >&2
sh scripts/shellcheck.sh
sh lab/toolchain.sh
lab=$(find test/lab test/rehearse -name '*.test.ts' | sort)
# These take long, or have deadlines of seconds that want a quiet machine.
if [ "${1-}" != full ]; then
  lab=$(printf '%s\n' "$lab" | grep -vE '/(fleet|guard|hashes|init|lockout|lossless|matrix)\.test\.ts$')
fi
# Each file has hosts of its own; two at a time is what two cores take.
# shellcheck disable=SC2086
exec node --import tsx --test --test-timeout=1500000 --test-concurrency=2 $unit $lab
