#!/bin/sh
# Checks every shell script.
set -eu
cd "$(dirname "$0")/.."
shellcheck -s sh -S warning host/bootstrap.sh
find scripts lab .ci -name '*.sh' -exec shellcheck -S warning {} +
shellcheck -S warning .ci/run
