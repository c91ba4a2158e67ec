#!/bin/sh
# npm run bench [-- deploys|reverts|traffic ...]: how long deploys and reverts take, and what they and the routes do to
# requests, beside the same by hand. Needs what the lab needs.
# BENCH_ROUNDS: how often everything is measured. SLIPWAY: another executable to measure.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
sh scripts/lab-requirements.sh nginx=nginx-light wrk=wrk >&2
sh lab/toolchain.sh >&2
exec node --import tsx bench/main.ts "$@"
