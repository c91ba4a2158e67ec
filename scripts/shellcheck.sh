#!/bin/sh
# Checks every shell script, the gate of keys too, which the agent writes.
set -eu
cd "$(dirname "$0")/.."
gate=$(mktemp)
trap 'rm -f "$gate"' EXIT
node --import tsx --input-type=module -e '
  import { gateText } from "./src/agent/access/gate.ts"
  process.stdout.write(gateText("/var/lib/slipway/access", "/var/lib/slipway/agent"))' >"$gate"
shellcheck -s sh -S warning "$gate" host/bootstrap.sh
find scripts lab .ci -name '*.sh' -exec shellcheck -S warning {} +
shellcheck -S warning .ci/run
