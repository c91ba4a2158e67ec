import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { commonOptions, sshTarget } from '../../src/remote/ssh-target.js'

describe('sshTarget', () => {
  it('is what the config says, with its options', async () => {
    const host = resolveHost('nixie', { ssh: 'root@nixie', options: ['-p', '2222'] })
    assert.deepEqual(await sshTarget(host), { destination: 'root@nixie', options: ['-p', '2222'] })
  })
})

describe('commonOptions', () => {
  it('fails rather than asks where nobody could answer', () => {
    assert.deepEqual(commonOptions(false), [
      '-o',
      'ConnectTimeout=10',
      '-o',
      'ServerAliveInterval=5',
      '-o',
      'BatchMode=yes',
    ])
  })
  it('lets ssh ask in a terminal', () => assert.equal(commonOptions(true).includes('BatchMode=yes'), false))
})
