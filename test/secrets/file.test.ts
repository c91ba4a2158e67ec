import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { encrypt, generateKey } from '../../src/secrets/age.js'
import { EMPTY_DOCUMENT } from '../../src/secrets/document.js'
import { readSecrets, writeSecrets } from '../../src/secrets/file.js'

const root = mkdtempSync(join(tmpdir(), 'slipway-secrets-'))
after(() => rmSync(root, { recursive: true }))
const path = join(root, 'secrets.age')
const [ann, bob] = await Promise.all([generateKey(), generateKey()])
const config = (recipients: Record<string, string>) => ({
  root,
  secrets: { file: 'secrets.age', recipients },
})
const DOCUMENT = { ...EMPTY_DOCUMENT, values: { PIN: 'hunter2' } }

/** Whose keys are here. */
function holding(...keys: string[]): void {
  process.env.SLIPWAY_AGE_KEY = keys.join('\n')
}

process.env.XDG_CONFIG_HOME = root
beforeEach(() => {
  rmSync(path, { force: true })
  holding(ann.identity)
})

async function refused(work: Promise<unknown>): Promise<SlipwayError['parts']> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof SlipwayError, String(error))
  assert.equal(error.code, ExitCode.usage)
  assert.doesNotMatch(JSON.stringify(error.parts), /hunter2|AGE-SECRET/)
  return error.parts
}

describe('the encrypted file', () => {
  it('holds nothing where there is none', async () => {
    assert.deepEqual(await readSecrets(config({})), EMPTY_DOCUMENT)
  })

  it('is read as it was written, and nothing else is left', async () => {
    const recipients = { ann: ann.recipient, bob: bob.recipient }
    const written = await writeSecrets(config(recipients), DOCUMENT)
    assert.deepEqual(written, { ...DOCUMENT, recipients })
    for (const { identity } of [ann, bob]) {
      holding(identity)
      assert.deepEqual(await readSecrets(config(recipients)), written)
    }
    assert.deepEqual(readdirSync(root), ['secrets.age'])
    assert.doesNotMatch(readFileSync(path, 'utf8'), /hunter2|PIN/)
  })

  it('is not written by who could not read it', async () => {
    const parts = await refused(writeSecrets(config({ bob: bob.recipient }), DOCUMENT))
    assert.match(parts.what, /^you could not read what you are about to write/)
    assert.deepEqual(readdirSync(root), [])
  })

  it('is not written for nobody, nor for a key that is none', async () => {
    assert.match((await refused(writeSecrets(config({}), DOCUMENT))).what, /names nobody/)
    const wrong = { ann: ann.recipient, bob: bob.recipient.slice(0, -1) }
    assert.match(
      (await refused(writeSecrets(config(wrong), DOCUMENT))).what,
      /what bob has is no whole age key/,
    )
  })

  it('says where it looked for a key where none can read it', async () => {
    writeFileSync(path, await encrypt('values: {}', [bob.recipient]))
    const parts = await refused(readSecrets(config({})))
    assert.equal(parts.what, `${path} is encrypted for others: no key here can read it`)
    assert.equal(
      parts.why,
      `$SLIPWAY_AGE_KEY: one key\n$SLIPWAY_AGE_KEY_FILE: not set\n${root}/slipway/age.key: not there`,
    )
  })

  it('says so where it is broken, or no file of slipway', async () => {
    writeFileSync(path, '<<<<<<< HEAD\n')
    assert.match((await refused(readSecrets(config({})))).what, /can't be decrypted: it does not begin as/)
    writeFileSync(path, await encrypt('PIN=hunter2', [ann.recipient]))
    assert.match((await refused(readSecrets(config({})))).what, /can be decrypted, but not understood/)
  })
})
