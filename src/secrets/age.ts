import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'

/** Text encrypted for recipients, in the armoured form that the `age` command reads too (age-encryption.org/v1). */
export async function encrypt(text: string, recipients: readonly string[]): Promise<string> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return armor.encode(await encrypter.encrypt(text))
}

/**
 * The text of an age file, armoured or not; undefined where none of the identities can read it.
 * @throws Error where it is no age file.
 */
export async function decrypt(file: Uint8Array, identities: readonly string[]): Promise<string | undefined> {
  const start = new TextDecoder('latin1').decode(file)
  const bytes = start.startsWith('-----BEGIN AGE') ? armor.decode(start) : file
  if (!start.startsWith('-----BEGIN AGE') && !start.startsWith('age-encryption.org/')) {
    throw new Error('it does not begin as an age file does')
  }
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  try {
    return await decrypter.decrypt(bytes, 'text')
  } catch (error) {
    if (error instanceof Error && /no identity matched/.test(error.message)) return undefined
    throw error
  }
}

/** A new key pair: the identity is what must stay secret. */
export async function generateKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** The public half of an identity. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity)
}

/** Whether a text is a whole public key. */
export function isRecipient(text: string): boolean {
  return !fails(() => new Encrypter().addRecipient(text))
}

/** Whether a text is a whole secret key. What is wrong with it is not told, since that would quote it. */
export function isIdentity(text: string): boolean {
  return !fails(() => new Decrypter().addIdentity(text))
}

function fails(work: () => void): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
