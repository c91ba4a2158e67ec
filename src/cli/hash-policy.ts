import type { HashPolicy } from '../engine/hashes.js'
import type { Prompt } from './prompt.js'

/** What a command does about wrong hashes: with the flag it writes the right ones, on a terminal it asks. */
export function hashPolicy(flags: { fixHashes?: boolean; json?: boolean }, prompt: Prompt): HashPolicy {
  if (flags.fixHashes) return 'write'
  return !flags.json && prompt.canAsk ? 'ask' : 'placeholders'
}
