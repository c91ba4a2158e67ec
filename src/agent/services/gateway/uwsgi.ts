/**
 * A request of uWSGI's protocol: a head of four bytes, then variables, each a length of two bytes before its name and
 * one before its value (https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html).
 */
export function uwsgiRequest(variables: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(variables).flatMap(([name, value]) => [counted(name), counted(value)])
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(body.length, 1)
  return Buffer.concat([head, body])
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(bytes.length)
  return Buffer.concat([length, bytes])
}
