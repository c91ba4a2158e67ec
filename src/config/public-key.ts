import { usageError } from '../errors.js'

/** A public key of ssh, without its comment: see sshd(8), "AUTHORIZED_KEYS FILE FORMAT". */
export interface PublicKey {
  type: string
  base64: string
}

const TYPES =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Reads a file with one public key of ssh. Options in front of it, and further lines, would be rules of their own.
 * @throws SlipwayError where it is anything else.
 */
export function parsePublicKey(text: string, file: string): PublicKey {
  const [line = '', ...others] = lines(text)
  if (/PRIVATE KEY/.test(text)) {
    throw usageError({
      what: `${file} is a private key: it stays where it is`,
      next: `Name the file beside it: ${file}.pub`,
    })
  }
  const [type = '', base64 = ''] = line.split(/\s+/)
  if (others.length === 0 && TYPES.test(type) && BASE64.test(base64)) return { type, base64 }
  throw usageError({
    what: `${file} is not one public key of ssh`,
    why:
      others.length > 0
        ? `It has ${others.length + 1} lines.`
        : 'Expected "TYPE KEY COMMENT", without options.',
    next: 'Make one: ssh-keygen -t ed25519 -f ci',
  })
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The name of a key in a file: `keys/ci.pub` is `ci`. */
export function keyNameOf(file: string): string {
  return file
    .replace(/^.*\//, '')
    .replace(/\.pub$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
