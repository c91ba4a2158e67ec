import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timedNix, withoutSecrets } from '../../src/engine/debug.js'
import type { EngineEvent } from '../../src/engine/events.js'
import type { NixRunner } from '../../src/nix/nix-runner.js'

describe('withoutSecrets', () => {
  for (const [text, expected] of [
    ['nix eval git+https://oauth2:t0ken@git.example/a', 'nix eval git+https://…@git.example/a'],
    [
      '--to s3://bucket?profile=x&secret-key=abc&region=eu',
      '--to s3://bucket?profile=x&secret-key=…&region=eu',
    ],
    ['https://x.example/?access_token=abc', 'https://x.example/?access_token=…'],
    ['nix build .#app --to ssh://root@web', 'nix build .#app --to ssh://…@web'],
  ] as const) {
    it(`cuts what gets in: ${expected}`, () => assert.equal(withoutSecrets(text), expected))
  }
})

describe('timedNix', () => {
  const nix: NixRunner = {
    ...{ where: 'web', isLocal: false, folder: '/project', list: async () => [] },
    run: async () => ({ exitCode: 0, stdout: 'x', stderr: '' }),
  }

  it('tells each command with its time', async () => {
    const events: EngineEvent[] = []
    const timed = timedNix({ tell: (event) => events.push(event) }, nix)
    assert.equal((await timed.run({ program: 'nix', args: ['eval', '.#app'] })).stdout, 'x')
    const [event] = events
    assert.ok(event?.type === 'debug')
    const { ms, ...rest } = event
    assert.deepEqual(rest, { type: 'debug', what: 'nix', host: 'web', text: 'nix eval .#app' })
    assert.ok(ms >= 0)
  })
})
