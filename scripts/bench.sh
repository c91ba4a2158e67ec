#!/bin/sh
# npm run bench [-- [--json] start|deploys|first|growth|hosts|agent|reverts|traffic ...]: how long slipway takes, and what it and
# the routes do to requests, beside the same by hand. Needs what the lab needs, all but `start`.
# --json: one array of what was measured, on standard output.
# BENCH_ROUNDS: how often everything is measured. SLIPWAY: another executable to measure.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
if [ "$*" != start ] && [ "$*" != '--json start' ]; then
  sh scripts/lab-requirements.sh nginx=nginx-light wrk=wrk >&2
  sh lab/toolchain.sh >&2
fi
exec node --import tsx bench/main.ts "$@"
