import assert from 'node:assert/strict'
import type { LabHost } from './host.js'

/** What an activation may leave on a host once its deployer has heard the end of it: one line each. */
const LEFTOVERS = `
  cd /var/lib/slipway
  ls -d guards/* guards/.[!.]* incoming/* build/* /run/slipway/draining/* 2>/dev/null
  find . -name '*.new-*' -o -name '.old-*'
  [ "$(ls nginx-trees | wc -l)" -le 1 ] || ls -d nginx-trees/*
  find /run/slipway /tmp -mindepth 1 -maxdepth 1 \\( -path '/run/*' -o -name 'tmp.*' \\) 2>/dev/null | grep -vE '^/run/slipway/(draining|refused)$'
  systemctl list-units --all --plain --no-legend 'slipway-*' | grep -vE '^slipway-(agent|certificates|gc).'
  systemctl list-timers --all --no-legend 'slipway-*' | grep -vE 'slipway-(certificates|gc)'`

/** systemd forgets a unit that has ended a moment later, and an old instance may still be at its last requests. */
const TRIES = 100

/** Asserts that no timer, unit, guard or temporary file is left. */
export async function nothingLeft(host: LabHost): Promise<void> {
  const left = await host.run(
    `look() {${LEFTOVERS}
     }
     for _ in $(seq ${TRIES}); do left=$(look || :); [ -n "$left" ] || exit 0; sleep 0.1; done; echo "$left"`,
  )
  assert.equal(left, '', `left on ${host.name}`)
}
