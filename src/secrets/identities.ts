import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../errors.js'
import { userFolder } from '../user-folder.js'
import { isIdentity } from './age.js'
import { KEY_FILE_VARIABLE, KEY_VARIABLE } from './key-variables.js'

/** Where people's keys are kept. */
export function defaultKeyFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(userFolder(env), 'age.key')
}

/** The secret keys there are, and where was looked. */
export interface Identities {
  keys: string[]
  /** Each place, and what was found there. */
  looked: string[]
}

/**
 * The age keys of whoever runs slipway.
 * @throws SlipwayError where a file that is named can't be read, or holds something else.
 */
export function findIdentities(env: NodeJS.ProcessEnv = process.env): Identities {
  const keys: string[] = []
  const looked: string[] = []
  const take = (place: string, text: string) => {
    const found = parseKeys(place, text)
    keys.push(...found)
    looked.push(`${place}: ${found.length === 1 ? 'one key' : `${found.length} keys`}`)
  }
  const given = env[KEY_VARIABLE]
  if (given) take(`$${KEY_VARIABLE}`, given)
  else looked.push(`$${KEY_VARIABLE}: not set`)
  const file = env[KEY_FILE_VARIABLE]
  if (file) take(file, readKeyFile(file))
  else looked.push(`$${KEY_FILE_VARIABLE}: not set`)
  const own = defaultKeyFile(env)
  const text = readIfThere(own)
  if (text === undefined) looked.push(`${own}: not there`)
  else take(own, text)
  return { keys: [...new Set(keys)], looked }
}

/** The keys in the form `age-keygen` writes: one a line, with comments. */
function parseKeys(place: string, text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.every(isIdentity)) return lines
  throw usageError({
    what: `${place} holds something else than whole age keys`,
    why: 'Keys are lines that begin with AGE-SECRET-KEY-1 and carry a checksum; other lines begin with #.',
    next: '`slipway secrets init` makes a key.',
  })
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError({
      what: `${file}, which $${KEY_FILE_VARIABLE} names, can't be read`,
      why: (error as NodeJS.ErrnoException).code,
    })
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw usageError({ what: `${file} can't be read`, why: (error as NodeJS.ErrnoException).code })
  }
}
