import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Kinds, resolveOptions } from './options.js'

const resolve = (kinds: Kinds, path?: string) =>
  resolveOptions({ address: '10.0.0.2', domain: 'app.example.test', kinds, ...(path ? { path } : {}) })

describe('resolveOptions', () => {
  it('fills in defaults', () => {
    assert.deepEqual(resolve({ keepAlive: true, upload: { bytes: 1000, rate: 2 } }), {
      target: { address: '10.0.0.2', port: 80, domain: 'app.example.test', path: '/' },
      timeout: 30_000,
      kinds: {
        keepAlive: { workers: 50, bytes: 256 },
        upload: { workers: 1, bytes: 1000, for: 0, rate: 2 },
      },
    })
  })

  for (const [what, kinds, message] of [
    ['no kind', {}, /none is asked for/],
    ['a kind there is not', { slower: true } as Kinds, /there is no 'slower', but keepAlive, /],
    ['a misspelt option', { fresh: { worker: 1 } as object }, /fresh: there is no 'worker'/],
    ['no workers', { fresh: { workers: 0 } }, /fresh: workers is 0/],
    ['half a worker', { fresh: { workers: 0.5 } }, /fresh: workers is 0.5/],
    ['a rate of nothing', { fresh: { rate: 0 } }, /fresh: rate is 0/],
    ['an upload too short for its number', { upload: { bytes: 10 } }, /upload: bytes is 10/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => resolve(kinds), message)
    })
  }

  it('refuses a path without a slash at its end', () => {
    assert.throws(() => resolve({ fresh: true }, '/app'), /path: '\/app' is not like \/app\//)
  })
})
