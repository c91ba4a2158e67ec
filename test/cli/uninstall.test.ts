import './text/no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uninstalledText } from '../../src/cli/commands/uninstall.js'
import type { Uninstalled } from '../../src/engine/uninstall.js'

const OFF: Uninstalled = {
  ...{ wasThere: true, services: ['app', 'notes'], deployUser: 'slipway' },
  ...{ states: [], users: [], systems: [], aside: [], included: [] },
}
const text = (result: Partial<Uninstalled> = {}, keepCertificates = false) =>
  uninstalledText('web', { ...OFF, ...result }, { keepCertificates }).split('\n')
const LAST = 'web: Nix and nginx stay; `nix-collect-garbage` there frees what releases held'

describe('uninstalledText', () => {
  it('says what is off', () =>
    assert.deepEqual(text(), ['web: slipway is off, with app, notes, the user slipway', LAST]))

  it('says what stays, and how it is used again', () =>
    assert.deepEqual(
      text({ services: [], deployUser: null, states: ['notes'], users: ['notes'], systems: ['nixos'] }, true),
      [
        'web: slipway is off',
        'web: /var/lib/notes, the user notes stay; a service that says `adopt: true` takes them over again',
        'web: nixos: runs on, with its generations',
        'web: certificates stay in /var/lib/slipway/certificates',
        LAST,
      ],
    ))

  it('says where what a service took the place of is', () =>
    assert.equal(
      text({ aside: ['guestbook'] }).at(-2),
      'web: what guestbook took the place of stays in /var/lib/slipway/adopted: put it back by hand',
    ))

  it("says what is left to the host's owner", () =>
    assert.equal(
      text({ included: ['example.com'] }).at(-1),
      'web: yours to do: take /var/lib/slipway/nginx out of the server block for example.com',
    ))

  it('says where there is nothing', () =>
    assert.deepEqual(text({ wasThere: false }), ["web: nothing of slipway's is there"]))
})
