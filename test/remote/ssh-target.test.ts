import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { resolveHost } from '../../src/config/resolve.js'
import { commonOptions, SESSION_OPTIONS, sshTarget } from '../../src/remote/ssh-target.js'

describe('sshTarget', () => {
  it('is what the config says, with its options', async () => {
    const host = resolveHost('nixie', { ssh: 'root@nixie', options: ['-p', '2222'] })
    assert.deepEqual(await sshTarget(host), {
      destination: 'root@nixie',
      options: [...SESSION_OPTIONS, '-p', '2222'],
    })
  })

  for (const [ssh, destination, options] of [
    ['nixie', 'nixie', []],
    ['ssh://ann@nixie', 'ann@nixie', []],
    ['ssh://ann@nixie:2222/', 'ann@nixie', ['-p', '2222']],
    ['ssh://root@[fd00::1]:2222', 'root@fd00::1', ['-p', '2222']],
    ['root@[fd00::1]', 'root@fd00::1', []],
    ['fe80::1%eth0', 'fe80::1%eth0', []],
    ['ann@corp.example@nixie', 'ann@corp.example@nixie', []],
  ] as const) {
    it(`takes ${ssh} for ${[...options, destination].join(' ')}`, async () =>
      assert.deepEqual(await sshTarget(resolveHost('nixie', { ssh })), {
        destination,
        options: [...SESSION_OPTIONS, ...options],
      }))
  }

  /** What ssh makes of a config for people at a terminal, and of our options. */
  async function settings(...more: string[]): Promise<Map<string, string>> {
    const file = fileURLToPath(new URL('../fixtures/ssh-config-for-terminals', import.meta.url))
    const { stdout } = await execa('ssh', ['-G', '-F', file, ...SESSION_OPTIONS, ...more, 'nixie'])
    return new Map(stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.replace(/^\S+ /, '')]))
  }

  it('leaves nothing of what ~/.ssh/config says for people at a terminal', async () => {
    const ours = await settings()
    assert.deepEqual(
      ['remotecommand', 'requesttty', 'localforward', 'clearallforwardings'].map((key) => ours.get(key)),
      [undefined, 'false', undefined, 'yes'],
    )
  })

  it('still gets a terminal where one is wanted', async () =>
    assert.equal((await settings('-tt')).get('requesttty'), 'force'))
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
