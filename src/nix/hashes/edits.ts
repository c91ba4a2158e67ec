import { encodeHash, isPlaceholder } from './hash.js'
import type { HashMismatch } from './mismatch.js'
import { findPlaces, type Place, type TextFile } from './places.js'

/** A hash that is replaced in a file. */
export interface HashEdit {
  path: string
  start: number
  end: number
  line: number
  after: string
}

/** A mismatch that can't be put right, with the places among which to choose; none where the hash stands nowhere. */
export interface Unresolved {
  mismatch: HashMismatch
  places: Place[]
}

/** What nixpkgs calls the derivations that fetch dependencies, and the attributes that hold their hashes. */
export const DEPENDENCY_KINDS = [
  { derivation: /-go-modules$/, attribute: /^vendor(Hash|Sha256)$/ },
  { derivation: /-vendor(-staging|\.tar\.gz)?$|-cargo-deps/, attribute: /^cargo(Hash|Sha256)$/ },
  { derivation: /-npm-deps$/, attribute: /^npmDepsHash$/ },
  { derivation: /-pnpm-deps$/, attribute: /^(pnpmDepsHash|hash)$/ },
  { derivation: /-(yarn-deps|offline)$/, attribute: /^(yarnHash|hash|sha256)$/ },
] as const

/**
 * What to write where, so that mismatches are gone.
 * @param describe what a mismatch's derivation says of itself, its name at least: it tells equal hashes apart.
 */
export function hashEdits(
  mismatches: readonly HashMismatch[],
  files: readonly TextFile[],
  describe: (mismatch: HashMismatch) => string = ({ where }) => where,
): { edits: HashEdit[]; unresolved: Unresolved[] } {
  const edits = new Map<string, HashEdit>()
  const unresolved: Unresolved[] = []
  for (const mismatch of mismatches) {
    const places = findPlaces(files, mismatch.specified)
    const chosen = choose(mismatch, places, describe(mismatch))
    const own = chosen.map((place) => editOf(place, mismatch))
    const clashes = own.some((edit) => (edits.get(keyOf(edit))?.after ?? edit.after) !== edit.after)
    if (own.length === 0 || clashes) unresolved.push({ mismatch, places })
    else for (const edit of own) edits.set(keyOf(edit), edit)
  }
  return { edits: [...edits.values()], unresolved }
}

const keyOf = ({ path, start }: HashEdit) => `${start} ${path}`

function editOf(place: Place, { got }: HashMismatch): HashEdit {
  const { path, start, end, line } = place
  return { path, start, end, line, after: place.with(got) }
}

/** The places that a mismatch is about: one, or all where the same content stood behind all of them. */
function choose(mismatch: HashMismatch, places: Place[], description: string): Place[] {
  const likely = likeliest(ofKind(mismatch, places), description)
  return likely.length > 1 && isPlaceholder(mismatch.specified) ? [] : likely
}

/** The places whose attribute fits the derivation's name; all where none does. */
function ofKind({ where }: HashMismatch, places: Place[]): Place[] {
  const name = where.replace(/\.drv$/, '')
  const kind = DEPENDENCY_KINDS.find(({ derivation }) => derivation.test(name))
  const fitting = places.filter(({ attribute = '' }) =>
    kind
      ? kind.attribute.test(attribute)
      : !DEPENDENCY_KINDS.some((other) => other.attribute.test(attribute) && !GENERAL.test(attribute)),
  )
  return fitting.length > 0 ? fitting : places
}

/** Attributes that hold a hash of anything. */
const GENERAL = /^(hash|sha256)$/

/** The places with the most strings beside them that the derivation knows too, such as its name, URL or revision. */
function likeliest(places: Place[], description: string): Place[] {
  const scored = places.map((place) => ({
    place,
    score: place.beside.map((strings) => new Set(strings.filter((text) => mentions(description, text))).size),
  }))
  const best = scored
    .map(({ score }) => score)
    .sort(compare)
    .at(-1)
  return scored.filter(({ score }) => best && compare(score, best) === 0).map(({ place }) => place)
}

/** Set by set, the innermost first. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function mentions(description: string, text: string): boolean {
  for (let at = description.indexOf(text); at !== -1; at = description.indexOf(text, at + 1)) {
    const end = description[at + text.length] ?? ''
    if (!/\w/.test(description[at - 1] ?? '') && !/\w/.test(end)) return true
  }
  return false
}

/** A text with its edits. */
export function applyEdits(text: string, edits: readonly HashEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, after }) => result.slice(0, start) + after + result.slice(end), text)
}

/** A mismatch in words. */
export function mismatchText({ where, specified, got }: HashMismatch): string {
  return `${where}\n  specified: ${encodeHash(specified, 'sri')}\n  got:       ${encodeHash(got, 'sri')}`
}
