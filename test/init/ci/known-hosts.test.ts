import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { knownHostNames } from '../../../src/init/ci/known-hosts.js'

describe('knownHostNames', () => {
  for (const [ssh, options, names] of [
    ['root@example.com', [], ['example.com']],
    ['example.com', ['-p', '2222'], ['[example.com]:2222']],
    ['example.com', ['-v', '-p', '22'], ['example.com']],
    ['example.com', ['-v'], ['example.com']],
    ['ssh://deploy@example.com:2222', [], ['[example.com]:2222']],
    ['root@fd00::1', [], ['fd00::1']],
    ['ssh://root@[fd00::1]:2222', [], ['[fd00::1]:2222']],
    ['rehearse:web', [], []],
  ] as const) {
    it(`of ${ssh} ${options.join(' ')} are ${names.join() || 'none'}`, () =>
      assert.deepEqual(knownHostNames([{ ssh, options: [...options] }]), [...names]))
  }
  it('names each once', () =>
    assert.deepEqual(knownHostNames(['a@x', 'b@x'].map((ssh) => ({ ssh, options: [] }))), ['x']))
})
