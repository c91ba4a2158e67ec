import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventText } from '../../../src/cli/text/event-text.js'
import type { HostEvent } from '../../../src/contract/events.js'

const SYSTEM = '/nix/store/x-nixos-system-box'

/** Every step of the service `web` or the system `box`, with what it is told with and as what. */
const TEXTS: { [STEP in HostEvent['step']]: [string, string | null, string | undefined][] } = {
  refused: [['web', 'port 80 is taken', 'web: refused: port 80 is taken']],
  starting: [
    ['web', '4', 'web: starting release 4'],
    ['box', SYSTEM, `box: starting ${SYSTEM}`],
  ],
  checking: [['web', '4', 'web: checking its health']],
  active: [
    ['web', '4', 'web: active, not confirmed yet'],
    ['box', '8', 'box: active, not confirmed yet'],
  ],
  waiting: [['', '30', 'confirming over a new login; without it everything is put back in 30 s']],
  unguarded: [['box', null, 'box: counts as good without a confirmation, as its config wants']],
  confirmed: [['web', null, 'web: confirmed']],
  watching: [['web', '60', 'web: watching its health for 60 s']],
  draining: [['web', '3', 'web: waiting for the last requests of release 3']],
  held: [['web', '1.25', 'web: requests waited for at most 1.25 s']],
  note: [['web', 'its hook notify exited with status 1', 'web: its hook notify exited with status 1']],
  'reboot-needed': [['box', null, 'box: its kernel comes into use with the next reboot']],
  serving: [['web', '7', undefined]],
  hooked: [['web', null, undefined]],
  done: [['web', '4', undefined]],
  failed: [['web', 'GET / answered 500', 'web: failed: GET / answered 500']],
  journal: [['web', 'panic', undefined]],
  reverted: [
    ['web', '3', 'web: release 3 serves again'],
    ['web', null, 'web: nothing serves, as before'],
    ['web', 'shop.service', 'web: shop.service serves again'],
    ['box', '7', 'box: generation 7 is active again'],
    ['box', null, 'box: nothing is active, as before'],
  ],
  'revert-failed': [['web', 'exited', 'web: putting back what was there failed: exited']],
  left: [['box', 'its config wants that', 'box: not put back: its config wants that']],
  recovering: [['', null, 'ending an earlier deploy that was cut off']],
  ended: [['', null, undefined]],
}

describe('eventText', () => {
  for (const [step, texts] of Object.entries(TEXTS)) {
    for (const [item, detail, text] of texts) {
      it(`says ${text === undefined ? 'nothing' : `"${text}"`} for ${step}`, () => {
        assert.equal(eventText({ item, step: step as HostEvent['step'], detail }, item === 'box'), text)
      })
    }
  }
})
