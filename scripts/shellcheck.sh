#!/bin/sh
# Checks every shell script; the host's program as the one program it becomes.
set -eu
cd "$(dirname "$0")/.."
program=$(mktemp)
trap 'rm -f "$program"' EXIT
node --import tsx --input-type=module -e 'import { hostProgram } from "./src/host/program.ts"; process.stdout.write(hostProgram().text)' >"$program"
shellcheck -s sh -S warning "$program"
find scripts lab .ci -name '*.sh' -exec shellcheck -S warning {} +
shellcheck -S warning .ci/run
