import { failed } from '../../contract/failure.js'

/** What Linux takes in one variable is 128 KiB with its name (MAX_ARG_STRLEN, execve(2)). */
export const MAX_SECRET_BYTES = 120 * 1024

/** A value as it travels, in bytes. Says nothing of it where it fails. */
export function decodeValue(name: string, service: string, base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.byteLength === 0 || bytes.toString('base64') !== base64) {
    throw failed(`the secret ${name} of ${service} did not arrive whole`)
  }
  if (bytes.byteLength > MAX_SECRET_BYTES) {
    throw failed(`the secret ${name} of ${service} has ${bytes.byteLength} bytes`, {
      why: `A variable can't hold more than ${MAX_SECRET_BYTES}.`,
    })
  }
  return bytes
}
