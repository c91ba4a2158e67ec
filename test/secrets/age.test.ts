import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { decrypt, encrypt, generateKey, isRecipient, recipientOf } from '../../src/secrets/age.js'

const TEXT = 'DATABASE_URL: postgres://é\n'
const [ann, bob, eve] = await Promise.all([generateKey(), generateKey(), generateKey()])
const bytes = (text: string) => new TextEncoder().encode(text)

describe('age files', () => {
  it('can be read by each recipient, and by nobody else', async () => {
    const file = bytes(await encrypt(TEXT, [ann.recipient, bob.recipient]))
    assert.equal(await decrypt(file, [ann.identity]), TEXT)
    assert.equal(await decrypt(file, [eve.identity, bob.identity]), TEXT)
    assert.equal(await decrypt(file, [eve.identity]), undefined)
    assert.equal(await decrypt(file, []), undefined)
  })

  it('are refused where they were changed, cut off, or are none', async () => {
    const file = await encrypt(TEXT, [ann.recipient])
    const lines = file.split('\n')
    const middle = [...lines.slice(0, 3), ...lines.slice(4)].join('\n')
    for (const broken of [middle, file.slice(0, 200), 'DATABASE_URL=x', '']) {
      await assert.rejects(decrypt(bytes(broken), [ann.identity]), Error)
    }
  })

  it('tell the public half of a key', async () => {
    assert.equal(await recipientOf(ann.identity), ann.recipient)
    assert.equal(isRecipient(ann.recipient), true)
    assert.equal(
      isRecipient(`${ann.recipient.slice(0, -1)}${ann.recipient.endsWith('q') ? 'p' : 'q'}`),
      false,
    )
  })
})

describe('the age command', () => {
  const skip = spawnSync('age', ['--version']).error ? 'age is not installed' : false
  const folder = mkdtempSync(join(tmpdir(), 'slipway-age-'))
  after(() => rmSync(folder, { recursive: true }))
  const path = (name: string) => join(folder, name)
  const age = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('age', args, { encoding: 'utf8', input: TEXT })
    assert.equal(status, 0, stderr)
    return stdout
  }

  it('reads what slipway writes', { skip }, async () => {
    writeFileSync(path('key'), `# a comment\n${ann.identity}\n`)
    writeFileSync(path('file.age'), await encrypt(TEXT, [bob.recipient, ann.recipient]))
    assert.equal(age('-d', '-i', path('key'), path('file.age')), TEXT)
  })

  it('writes what slipway reads, armoured or not', { skip }, async () => {
    for (const options of [['-a'], []]) {
      age(...options, '-r', ann.recipient, '-o', path('theirs.age'))
      assert.equal(await decrypt(readFileSync(path('theirs.age')), [ann.identity]), TEXT)
    }
  })
})
