#!/bin/sh
# npm run bench: slipway beside the least that a deploy by hand takes. Needs what the lab needs.
# BENCH_ROUNDS: how often everything is measured. SLIPWAY: another executable to measure.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
sh scripts/lab-requirements.sh nginx=nginx-light >&2
sh lab/toolchain.sh >&2
exec node --import tsx bench/main.ts
