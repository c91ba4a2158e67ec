import { existsSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/resolved.js'
import { usageError } from '../errors.js'
import { decrypt, encrypt, isRecipient } from './age.js'
import { EMPTY_DOCUMENT, forRecipients, type SecretsDocument } from './document.js'
import { parseDocument, renderDocument } from './document-text.js'
import { findIdentities } from './identities.js'

type Place = Pick<Config, 'root' | 'secrets'>

/** The encrypted file of a config. */
export function secretsPath({ root, secrets }: Place): string {
  return join(root, secrets.file)
}

/**
 * What the encrypted file holds; nothing where there is none yet.
 * @throws SlipwayError where nobody's key here can read it, with where keys were looked for.
 */
export async function readSecrets(config: Place): Promise<SecretsDocument> {
  const path = secretsPath(config)
  if (!existsSync(path)) return EMPTY_DOCUMENT
  const { keys, looked } = findIdentities()
  let text: string | undefined
  try {
    text = await decrypt(await readFile(path), keys)
  } catch (error) {
    throw usageError({
      what: `${path} can't be decrypted: ${error instanceof Error ? error.message : String(error)}`,
      still: 'Nothing was contacted or changed.',
      next: 'A merge may have mixed two versions of it: take one of them whole.',
    })
  }
  if (text === undefined) {
    throw usageError({
      what: `${path} is encrypted for others: ${keys.length === 0 ? 'there is no key here' : 'no key here can read it'}`,
      why: looked.join('\n'),
      still: 'Nothing was contacted or changed.',
      next: 'Have somebody who can read it add your key to `secrets.recipients` and run `slipway secrets rotate`; `slipway secrets init` makes a key.',
    })
  }
  const document = parseDocument(text)
  if (!('problem' in document)) return document
  throw usageError({
    what: `${path} can be decrypted, but not understood: ${document.problem}`,
    next: 'It is changed with `slipway secrets set`, `edit` and `unset`.',
  })
}

/**
 * Encrypts a document for the recipients of the config, in place of what was there. Gives it as it was written.
 * @throws SlipwayError where whoever writes could not read it again.
 */
export async function writeSecrets(config: Place, changed: SecretsDocument): Promise<SecretsDocument> {
  const { recipients } = config.secrets
  checkRecipients(recipients)
  const document = forRecipients(changed, recipients)
  const text = await encrypt(renderDocument(document), Object.values(recipients))
  const { keys, looked } = findIdentities()
  if ((await decrypt(new TextEncoder().encode(text), keys)) === undefined) {
    throw usageError({
      what: 'you could not read what you are about to write: none of your keys is among `secrets.recipients`',
      why: looked.join('\n'),
      still: 'Nothing was written.',
      next: '`slipway secrets init` makes a key, and says which line the config needs.',
    })
  }
  await replaceFile(secretsPath(config), text)
  return document
}

function checkRecipients(recipients: Record<string, string>): void {
  const names = Object.keys(recipients)
  if (names.length === 0) {
    throw usageError({
      what: 'the config names nobody who could read the secrets',
      still: 'Nothing was written.',
      next: '`slipway secrets init` makes a key, and says which line the config needs.',
    })
  }
  const wrong = names.filter((name) => !isRecipient(recipients[name] ?? ''))
  if (wrong.length === 0) return
  throw usageError({
    what: `secrets.recipients: what ${wrong.join(', ')} has is no whole age key`,
    still: 'Nothing was written.',
    next: 'Copy the public half again; it begins with age1 and carries a checksum.',
  })
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new-${process.pid}`
  try {
    const file = await open(fresh, 'w', 0o644)
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await rename(fresh, path)
  } finally {
    await rm(fresh, { force: true })
  }
}
