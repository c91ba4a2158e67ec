import { open } from 'node:fs/promises'

/** Lines of what failed that people are shown. */
export const EXPLAIN_LINES = 20

/** The end of a file, from its first whole line on where only a part is read; undefined where there is no file. */
export async function readTail(path: string, bytes: number): Promise<string | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    const wanted = Math.min(size, bytes)
    const buffer = Buffer.alloc(wanted)
    const { bytesRead } = await handle.read(buffer, 0, wanted, size - wanted)
    const text = buffer.subarray(0, bytesRead).toString()
    return wanted < size ? text.slice(text.indexOf('\n') + 1) : text
  } finally {
    await handle.close()
  }
}

/** The last lines of a text, without the line break at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
