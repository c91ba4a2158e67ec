import { readFile } from 'node:fs/promises'
import { SlipwayError } from '../../errors.js'
import { derivationName } from '../internal-json.js'
import { type DiffLine, diffLines } from './diff.js'
import { applyEdits, hashEdits, mismatchText, type Unresolved } from './edits.js'
import { HashMismatchError } from './error.js'
import { encodeHash, isPlaceholder } from './hash.js'
import type { HashMismatch } from './mismatch.js'
import { projectFiles, replaceText } from './project-files.js'

/** Does work that builds, again and again while putting a wrong hash right gets it further. */
export type HashFixer = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A fixer for the project around a config.
 * @param approve is shown what would change, and told whether only placeholders would; where it says no, the
 *   wrong hash is the error it was.
 * @param placeholdersOnly a hash that somebody knew is left alone.
 */
export function hashFixer(
  root: string,
  approve: (diff: DiffLine[], placeholders: boolean) => Promise<boolean>,
  placeholdersOnly = false,
): HashFixer {
  const written = new Set<string>()
  const fixed = new Set<string>()
  // Hosts that build side by side meet the same mismatch: it is put right once.
  let turn = Promise.resolve()
  const fix = async (error: HashMismatchError): Promise<void> => {
    const mismatches = error.mismatches.filter((mismatch) => !fixed.has(keyOf(mismatch)))
    if (mismatches.length === 0) return
    const placeholders = mismatches.every(({ specified }) => isPlaceholder(specified))
    if (placeholdersOnly && !placeholders) throw error
    const unstable = mismatches.find(({ specified }) => written.has(encodeHash(specified, 'sri')))
    if (unstable) throw unstableError(unstable)
    const { top, files } = await projectFiles(root)
    const descriptions = await describeAll(mismatches)
    const { edits, unresolved } = hashEdits(
      mismatches,
      files,
      ({ where }) => descriptions.get(where) ?? where,
    )
    if (edits.length === 0) throw unresolvedError(unresolved)
    if (!(await approve(diffLines(files, edits), placeholders))) throw error
    for (const file of files) {
      const own = edits.filter(({ path }) => path === file.path)
      if (own.length > 0) await replaceText(top, file, applyEdits(file.text, own))
    }
    const open = new Set(unresolved.map(({ mismatch }) => mismatch))
    for (const mismatch of mismatches.filter((item) => !open.has(item))) {
      written.add(encodeHash(mismatch.got, 'sri'))
      fixed.add(keyOf(mismatch))
    }
  }
  return async (work) => {
    const met = new Set<string>()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof HashMismatchError)) throw error
        const again = error.mismatches.find(
          (mismatch) => met.has(keyOf(mismatch)) && fixed.has(keyOf(mismatch)),
        )
        if (again) throw uselessError(again)
        for (const mismatch of error.mismatches) met.add(keyOf(mismatch))
        const fixing = turn.then(() => fix(error))
        turn = fixing.catch(() => undefined)
        await fixing
      }
    }
  }
}

/** A derivation's path changes with the hash it specifies, its name does not. */
function keyOf({ where, specified, got }: HashMismatch): string {
  return [derivationName(where), encodeHash(specified, 'sri'), encodeHash(got, 'sri')].join(' ')
}

/** The derivations themselves, where they are on this machine: they name what is fetched. */
async function describeAll(mismatches: readonly HashMismatch[]): Promise<Map<string, string>> {
  const read = async (where: string) => {
    const text = where.endsWith('.drv') ? await readFile(where, 'utf8').catch(() => '') : ''
    return [where, `${where} ${text}`] as const
  }
  return new Map(await Promise.all(mismatches.map(({ where }) => read(where))))
}

const STILL = 'Nothing was changed on any host.'

function unresolvedError(unresolved: readonly Unresolved[]): SlipwayError {
  const [first] = unresolved
  const found = first?.places.map(({ path, line }) => `${path}:${line}`) ?? []
  const got = first && encodeHash(first.mismatch.got, 'sri')
  const why = unresolved.map(({ mismatch }) => mismatchText(mismatch)).join('\n')
  if (found.length > 0) {
    return new SlipwayError({
      what: `which hash is that of ${derivationName(first?.mismatch.where ?? '')} is not clear: ${found.join(', ')}`,
      why,
      still: STILL,
      next: `Write "${got}" where it belongs.`,
    })
  }
  return new SlipwayError({
    what: `the hash of ${derivationName(first?.mismatch.where ?? '')} stands in no file of the project`,
    why,
    still: STILL,
    next: 'Lock files are left to the tools that write them; what another repository holds is corrected there.',
  })
}

function unstableError(mismatch: HashMismatch): SlipwayError {
  return new SlipwayError({
    what: `${derivationName(mismatch.where)} is not the same each time it is fetched: no hash fits`,
    why: mismatchText(mismatch),
    still: STILL,
    next: 'Find out what differs: a branch instead of a revision, or dates in what is made.',
  })
}

function uselessError(mismatch: HashMismatch): SlipwayError {
  return new SlipwayError({
    what: `the right hash of ${derivationName(mismatch.where)} was written, but the build takes another one`,
    why: mismatchText(mismatch),
    still: STILL,
    next: 'Does the build see the file? A flake in a git repository sees only what git tracks: git add.',
  })
}
