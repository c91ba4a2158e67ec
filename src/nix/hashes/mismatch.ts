import { type Hash, parseHash } from './hash.js'

/** What Nix found where a hash says that something else should be. */
export interface HashMismatch {
  /** The derivation, or the URL of what was fetched during evaluation. */
  where: string
  specified: Hash
  got: Hash
}

/**
 * Nix's words for it, the same since 2.4; before, `specified` was `wanted`. The first is a derivation's, the
 * second that of `builtins.fetchTarball` and the like.
 */
const MISMATCH =
  /hash mismatch in (?:fixed-output derivation|file downloaded from) '([^']+)':\s+(?:specified|wanted):\s+(\S+)\s+got:\s+(\S+)/g

/** All hash mismatches that a text of Nix tells of, each once. */
export function parseMismatches(text: string): HashMismatch[] {
  const found = new Map<string, HashMismatch>()
  for (const [, where = '', specified = '', got = ''] of text.matchAll(MISMATCH)) {
    const hashes = { specified: parseHash(specified), got: parseHash(got) }
    if (!hashes.specified || !hashes.got) continue
    found.set(`${where} ${got}`, { where, specified: hashes.specified, got: hashes.got })
  }
  return [...found.values()]
}
