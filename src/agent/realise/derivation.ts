import { open } from 'node:fs/promises'

/** An output of a store derivation. */
export interface Output {
  name: string
  /** Empty where only its content will tell. */
  path: string
  /** Whether a hash of its content is known beforehand: then anybody may bring it. */
  fixed: boolean
}

const BEGINS = 'Derive(['
/** Name, path, kind of hash, hash: none of them has anything to escape. */
const OUTPUT = /\("([^"\\]*)","([^"\\]*)","([^"\\]*)","([^"\\]*)"\)([,\]])/y

/** That many bytes of a derivation hold its outputs, or it has more of them than any. */
const MOST_BYTES = 64 * 1024

/** The outputs with which a store derivation (its ATerm form) begins; none for what is none, or of another kind. */
export function outputsOf(text: string): Output[] {
  const found: Output[] = []
  if (!text.startsWith(BEGINS)) return []
  for (let at = BEGINS.length; ; at = OUTPUT.lastIndex) {
    OUTPUT.lastIndex = at
    const [whole, name = '', path = '', , hash, end] = OUTPUT.exec(text) ?? []
    if (whole === undefined) return []
    found.push({ name, path, fixed: path !== '' && hash !== '' })
    if (end === ']') return found
  }
}

/** Reads them; Nix has seen to it, when the derivation came into its store, that their paths are what it makes. */
export async function readOutputs(derivation: string): Promise<Output[]> {
  const file = await open(derivation)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0)
    return outputsOf(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}
