import { failed } from '../../contract/failure.js'

/** An entry of an archive. Its content is read before the next one is asked for. */
export interface TarEntry {
  name: string
  /** `other`: devices, pipes, hard links and what else there may be. */
  type: 'file' | 'folder' | 'link' | 'other'
  /** Where a link leads. */
  target: string
  executable: boolean
  content: AsyncIterable<Buffer>
}

const BLOCK_BYTES = 512
/** A name and a target of 4096 bytes each (PATH_MAX), with what pax puts around them. */
const MOST_PAX_BYTES = 16 * 1024

const TYPES: Record<string, TarEntry['type']> = { '0': 'file', '\0': 'file', '2': 'link', '5': 'folder' }

/**
 * Reads an archive as deployers make them: pax(1), of which only names and targets count. Strict, and with little in
 * memory, since root reads what somebody with fewer rights has sent.
 * @throws CallFailed for what is no such archive.
 */
export async function* readTar(archive: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = createBytes(archive)
  let pax: Record<string, string> = {}
  for (;;) {
    const block = await bytes.take(BLOCK_BYTES)
    if (block === undefined || block.every((byte) => byte === 0)) return
    const header = parseHeader(block)
    const padding = (BLOCK_BYTES - (header.size % BLOCK_BYTES)) % BLOCK_BYTES
    if (header.flag === 'x') {
      if (header.size > MOST_PAX_BYTES) throw broken('a name in it is too long')
      pax = parsePax(await bytes.need(header.size))
      await bytes.need(padding)
      continue
    }
    const content = bytes.pieces(header.size)
    yield {
      name: pax.path ?? header.name,
      type: TYPES[header.flag] ?? 'other',
      target: pax.linkpath ?? header.target,
      executable: header.executable,
      content,
    }
    for await (const _unread of content);
    await bytes.need(padding)
    pax = {}
  }
}

function parseHeader(block: Buffer) {
  const text = (from: number, length: number) => {
    const field = block.subarray(from, from + length)
    const end = field.indexOf(0)
    return field.subarray(0, end < 0 ? length : end).toString()
  }
  const octal = (from: number, length: number) => {
    const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString('latin1', from, from + length))?.[1]
    if (digits === undefined) throw broken('a number in it is none')
    return Number.parseInt(digits, 8)
  }
  // The checksum is made with spaces in its own place.
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (text(257, 5) !== 'ustar' || octal(148, 8) !== sum) throw broken('it is none, or damaged')
  const prefix = block[262] === 0 ? text(345, 155) : ''
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    executable: (octal(100, 8) & 0o100) !== 0,
    size: octal(124, 12),
    flag: block.toString('latin1', 156, 157),
    target: text(157, 100),
  }
}

/** Records `LENGTH NAME=VALUE\n`. */
function parsePax(body: Buffer): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = 0; at < body.byteLength; ) {
    const space = body.indexOf(' ', at)
    const length = Number(body.toString('latin1', at, space))
    const record = body.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1 || equals < 0) {
      throw broken('a header in it is not understood')
    }
    const name = record.slice(0, equals)
    if (name === 'size') throw broken('a file in it is too large')
    if (name === 'path' || name === 'linkpath') found[name] = record.slice(equals + 1)
    at += length
  }
  return found
}

/** The bytes of an archive, taken in the portions that its reader wants. */
function createBytes(archive: AsyncIterable<Buffer>) {
  const source = archive[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  /** At most so many, at least one; undefined: there are no more. */
  const some = async (most: number): Promise<Buffer | undefined> => {
    while (rest.byteLength === 0) {
      const next = await source.next()
      if (next.done) return undefined
      rest = next.value
    }
    const taken = rest.subarray(0, most)
    rest = rest.subarray(taken.byteLength)
    return taken
  }
  async function* pieces(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      const piece = await some(left)
      if (piece === undefined) throw broken('it did not arrive whole')
      left -= piece.byteLength
      yield piece
    }
  }
  const need = async (size: number) => {
    const parts: Buffer[] = []
    for await (const piece of pieces(size)) parts.push(piece)
    return Buffer.concat(parts)
  }
  return {
    pieces,
    need,
    /** undefined where the archive has ended. */
    take: async (size: number) => {
      const first = await some(size)
      return first && Buffer.concat([first, await need(size - first.byteLength)])
    },
  }
}

function broken(why: string) {
  return failed("the archive of shipped files can't be read", { why })
}
