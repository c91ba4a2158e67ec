import { Fault } from './fault.js'

/** The largest head of an answer, and the longest line inside a chunked body, in bytes. */
const LARGEST_HEAD = 64 * 1024
const NOTHING: Buffer = Buffer.alloc(0)

/** Status line and header fields; names in lower case. */
export interface Head {
  status: number
  headers: ReadonlyMap<string, string>
}

/** What a parser tells of, in this order. */
export interface ResponseEvents {
  head(head: Head): void
  body(bytes: Buffer): void
  /** After 101, `rest` are the first bytes of the other protocol. */
  end(rest: Buffer): void
}

/** Reads the answers of one connection, one after another. */
export interface ResponseParser {
  /** An answer may come: the next, after one has ended. */
  expect(): void
  /** Takes the bytes as they come; throws a {@link Fault} for what is not strictly HTTP/1.1, or not expected. */
  feed(bytes: Buffer): void
}

/** Reads some of the bytes and returns the others. */
type Step = (bytes: Buffer) => Buffer

/** A parser for answers to requests that are not HEAD. */
export function createResponseParser(on: ResponseEvents): ResponseParser {
  let kept = NOTHING
  let left = 0
  let step: Step = refuse

  return {
    expect: () => {
      step = readHead
    },
    feed: (bytes) => {
      let rest = bytes
      while (rest.length > 0) rest = step(rest)
    },
  }

  /** Returns the end of what ends with `mark`, counted from the start of `kept`, or -1 until it has come. */
  function collect(bytes: Buffer, mark: string): number {
    kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes])
    const end = kept.indexOf(mark)
    if (end === -1 && kept.length > LARGEST_HEAD)
      throw new Fault('protocol', `no end of line or head in ${kept.length} bytes`)
    return end
  }

  function readHead(bytes: Buffer): Buffer {
    const end = collect(bytes, '\r\n\r\n')
    if (end === -1) return NOTHING
    const head = parseHead(kept.toString('latin1', 0, end))
    const rest = takeAfter(end + 4)
    const framing = bodyFraming(head)
    on.head(head)
    if (framing === 'upgrade') {
      finish(rest)
      return NOTHING
    }
    if (framing === 'chunked') step = readChunkSize
    else if (framing === 0) return finishBefore(rest)
    else {
      left = framing
      step = readFixed
    }
    return rest
  }

  function readFixed(bytes: Buffer): Buffer {
    const part = take(bytes)
    if (left === 0) return finishBefore(part)
    return part
  }

  function readChunkSize(bytes: Buffer): Buffer {
    const end = collect(bytes, '\r\n')
    if (end === -1) return NOTHING
    const line = kept.toString('latin1', 0, end)
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) throw new Fault('protocol', `a chunk's size is '${line}'`)
    left = Number.parseInt(line, 16)
    step = left === 0 ? readTrailer : readChunk
    return takeAfter(end + 2)
  }

  function readChunk(bytes: Buffer): Buffer {
    const rest = take(bytes)
    if (left === 0) step = readChunkEnd
    return rest
  }

  function readChunkEnd(bytes: Buffer): Buffer {
    kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes])
    if (kept.length < 2) return NOTHING
    if (kept.toString('latin1', 0, 2) !== '\r\n')
      throw new Fault('protocol', 'a chunk is longer than its size')
    step = readChunkSize
    return takeAfter(2)
  }

  function readTrailer(bytes: Buffer): Buffer {
    const end = collect(bytes, '\r\n')
    if (end === -1) return NOTHING
    const rest = takeAfter(end + 2)
    return end === 0 ? finishBefore(rest) : rest
  }

  /** Hands on as much of the body as has come; returns what follows. */
  function take(bytes: Buffer): Buffer {
    const part = bytes.length <= left ? bytes : bytes.subarray(0, left)
    left -= part.length
    on.body(part)
    return bytes.subarray(part.length)
  }

  function takeAfter(end: number): Buffer {
    const rest = kept.subarray(end)
    kept = NOTHING
    return rest
  }

  function finishBefore(rest: Buffer): Buffer {
    if (rest.length > 0) refuse()
    finish(NOTHING)
    return NOTHING
  }

  function finish(rest: Buffer): void {
    step = refuse
    on.end(rest)
  }

  function refuse(): never {
    throw new Fault('protocol', 'bytes that no request asked for')
  }
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) .*$/
const FIELD = /^([-!#$%&'*+.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n')
  const status = STATUS_LINE.exec(first)?.[1]
  if (status === undefined) throw new Fault('protocol', `not a status line: '${first.slice(0, 100)}'`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new Fault('protocol', `not a header field: '${line}'`)
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(status), headers }
}

/** How the body's end is known: its length, or chunks. */
function bodyFraming({ status, headers }: Head): number | 'chunked' | 'upgrade' {
  if (status === 101) return 'upgrade'
  if (status < 200) throw new Fault('protocol', `an interim answer, ${status}`)
  if (status === 204 || status === 304) return 0
  const length = headers.get('content-length')
  const encoding = headers.get('transfer-encoding')
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked')
      throw new Fault('protocol', `Transfer-Encoding is '${encoding}'`)
    if (length !== undefined) throw new Fault('protocol', 'both Transfer-Encoding and Content-Length')
    return 'chunked'
  }
  // An answer that ends with its connection cannot be told from one that was cut.
  if (length === undefined) throw new Fault('protocol', 'neither Content-Length nor chunks')
  if (!/^\d{1,15}$/.test(length)) throw new Fault('protocol', `Content-Length is '${length}'`)
  return Number(length)
}
