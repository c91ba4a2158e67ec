import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { storeUrl } from '../../src/engine/ship.js'

const SUDO = ['sudo', '-n']

describe('storeUrl', () => {
  it('names nix-store by its full path', () => {
    assert.equal(
      storeUrl(
        'root@nixie',
        { nixStore: '/nix/var/nix/profiles/default/bin/nix-store', became: false },
        SUDO,
      ),
      'ssh://root@nixie?remote-program=%2Fnix%2Fvar%2Fnix%2Fprofiles%2Fdefault%2Fbin%2Fnix-store',
    )
  })

  it('asks as root where the login is not', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, SUDO),
      'ssh://ann@nixie?remote-program=sudo%20-n%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  it('becomes root as the config says', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, ['doas', '-u', 'root']),
      'ssh://ann@nixie?remote-program=doas%20-u%20root%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  it('leaves it to the host’s PATH where it was not found', () => {
    assert.equal(
      storeUrl('nixie', { nixStore: null, became: false }, SUDO),
      'ssh://nixie?remote-program=nix-store',
    )
  })
})
