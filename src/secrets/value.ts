/** What Linux takes in one variable is 128 KiB with its name (MAX_ARG_STRLEN, execve(2)). */
export const MAX_SECRET_BYTES = 120 * 1024

/** Why a value can't be a secret; in words that hold nothing of it. */
export function valueProblem(value: string): string | undefined {
  if (value.trim() === '') return 'is blank'
  if (value.includes('\0')) return 'holds a NUL byte, which no variable can'
  const bytes = Buffer.byteLength(value)
  if (bytes > MAX_SECRET_BYTES) return `has ${bytes} bytes, more than ${MAX_SECRET_BYTES}`
  return undefined
}

/**
 * A value as it was typed or printed. The line break that ends a single line belongs to the terminal, not to the
 * value; that of a text of several lines, such as a private key, belongs to the text.
 */
export function textOf(bytes: Uint8Array): { text: string } | { problem: string } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { problem: 'is not text (UTF-8): encode it, for example with base64' }
  }
  return { text: text.replace(/^([^\n]*?)\r?\n$/, '$1') }
}
