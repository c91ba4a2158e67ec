import { createPublicKey, verify } from 'node:crypto'

/** What a binary cache tells of a store path: https://nix.dev/manual/nix/latest/protocols/binary-cache */
export interface Narinfo {
  storePath: string
  /** Where its archive is, relative to the cache. */
  url: string
  narHash: string
  narSize: number
  /** What the archive takes as it is packed; undefined: it is not said. */
  fileSize: number | undefined
  /** Store paths without their folder. */
  references: string[]
  /** `NAME:BASE64` each. */
  signatures: string[]
}

const STORE = '/nix/store'

/** Reads lines `Key: value`; undefined where what Nix needs is not there. */
export function parseNarinfo(text: string): Narinfo | undefined {
  const values = new Map<string, string>()
  const signatures: string[] = []
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Za-z]+): ?(.*)$/gm)) {
    if (key === 'Sig') signatures.push(value)
    else values.set(key, value)
  }
  const [storePath, url, narHash, narSize] = ['StorePath', 'URL', 'NarHash', 'NarSize'].map((key) =>
    values.get(key),
  )
  if (!storePath || !url || !narHash || !(Number(narSize) > 0)) return undefined
  const fileSize = values.get('FileSize')
  return {
    ...{ storePath, url, narHash, narSize: Number(narSize), signatures },
    fileSize: fileSize === undefined ? undefined : Number(fileSize),
    references: (values.get('References') ?? '').split(' ').filter(Boolean),
  }
}

/** What is signed of a path (nix/src/libstore/path-info.cc, `ValidPathInfo::fingerprint`). */
function fingerprint({ storePath, narHash, narSize, references }: Narinfo): string {
  const paths = references.map((name) => `${STORE}/${name}`).sort()
  return `1;${storePath};${narHash};${narSize};${paths.join(',')}`
}

/** DER of an Ed25519 key's head (RFC 8410), before its 32 bytes. */
const ED25519_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

/** Whether a key has signed what a cache tells of a path. `key`: `NAME:BASE64`. */
export function isSignedBy(info: Narinfo, key: string): boolean {
  const name = nameOf(key)
  const publicKey = createPublicKey({
    key: Buffer.concat([ED25519_HEAD, Buffer.from(key.slice(name.length + 1), 'base64')]),
    format: 'der',
    type: 'spki',
  })
  const message = Buffer.from(fingerprint(info))
  return info.signatures
    .filter((signature) => nameOf(signature) === name)
    .some((signature) =>
      verify(null, message, publicKey, Buffer.from(signature.slice(name.length + 1), 'base64')),
    )
}

function nameOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(':')))
}
