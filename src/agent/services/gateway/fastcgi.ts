/** FastCGI 1.0, as much of it as one request without a body needs (https://fastcgi-archives.github.io/FastCGI_Specification.html). */

const VERSION = 1
const REQUEST_ID = 1
const HEADER_BYTES = 8
/** What a record may hold, in bytes. */
const RECORD_BYTES = 65_535
/** Lengths above are of four bytes, with the highest bit set. */
const SHORT_LENGTH = 127

const BEGIN_REQUEST = 1
const END_REQUEST = 3
const PARAMS = 4
const STDIN = 5
const STDOUT = 6
/** The role of a program that answers; it closes the connection after that. */
const RESPONDER = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])

export function fastcgiRequest(variables: Readonly<Record<string, string>>): Buffer {
  const pairs = Buffer.concat(
    Object.entries(variables).flatMap(([name, value]) => {
      const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)]
      return [lengthOf(nameBytes), lengthOf(valueBytes), nameBytes, valueBytes]
    }),
  )
  const records: Buffer[] = [record(BEGIN_REQUEST, RESPONDER)]
  for (let at = 0; at < pairs.length; at += RECORD_BYTES) {
    records.push(record(PARAMS, pairs.subarray(at, at + RECORD_BYTES)))
  }
  return Buffer.concat([...records, record(PARAMS, Buffer.alloc(0)), record(STDIN, Buffer.alloc(0))])
}

/** What a program has put out so far, and whether that is all. */
export function fastcgiAnswer(received: Buffer): { output: Buffer; isWhole: boolean } {
  const output: Buffer[] = []
  let at = 0
  while (at + HEADER_BYTES <= received.length) {
    const type = received.readUInt8(at + 1)
    if (type === END_REQUEST) return { output: Buffer.concat(output), isWhole: true }
    const length = received.readUInt16BE(at + 4)
    const padding = received.readUInt8(at + 6)
    const content = at + HEADER_BYTES
    if (type === STDOUT) output.push(received.subarray(content, content + length))
    at = content + length + padding
  }
  return { output: Buffer.concat(output), isWhole: false }
}

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.from([VERSION, type, 0, REQUEST_ID, 0, 0, 0, 0])
  header.writeUInt16BE(content.length, 4)
  return Buffer.concat([header, content])
}

function lengthOf({ length }: Buffer): Buffer {
  if (length <= SHORT_LENGTH) return Buffer.from([length])
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length + 0x80_00_00_00)
  return bytes
}
