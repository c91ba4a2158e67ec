import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { isPublicKey, LOCK_FILE, trustedKeys, trustKey } from '../../../src/engine/cache/lock.js'

const KEY = `example-1:${'A'.repeat(43)}=`

describe('the lock file', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'slipway-lock-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('trusts nobody where there is none', async () => {
    assert.deepEqual(await trustedKeys({ root }), {})
  })

  it('keeps a key for each URL, in an order that merges well', async () => {
    await trustKey({ root }, { url: 'https://b.example' }, KEY)
    await trustKey({ root }, { url: 'https://a.example' }, KEY)
    assert.deepEqual(Object.keys(await trustedKeys({ root })), ['https://a.example', 'https://b.example'])
    assert.match(readFileSync(join(root, LOCK_FILE), 'utf8'), /\n$/)
  })

  it('that can not be read is an error, never nobody', async () => {
    for (const text of [
      '',
      '{',
      '{"version":2,"caches":{}}',
      '{"version":1,"caches":{"https://a":"no key"}}',
    ]) {
      writeFileSync(join(root, LOCK_FILE), text)
      await assert.rejects(trustedKeys({ root }), /slipway\.lock can't be read/, text)
    }
  })
})

describe('isPublicKey', () => {
  it('knows one from what is pasted beside it', () => {
    assert.equal(isPublicKey(KEY), true)
    for (const text of [
      '',
      'A'.repeat(44),
      `${KEY} `,
      KEY.slice(0, -1),
      `a b-1:${'A'.repeat(43)}=`,
      `${KEY}A`,
    ]) {
      assert.equal(isPublicKey(text), false, text)
    }
  })
})
