import { type Encoding, encodeHash, type Hash, isPlaceholder } from './hash.js'
import { around, attributeBefore, type NixText, scanNix } from './nix-text.js'

/** A file of the project, by its path in it. */
export interface TextFile {
  path: string
  text: string
}

/** A place in a file where a hash is specified. */
export interface Place {
  path: string
  start: number
  end: number
  /** From 1. */
  line: number
  /** What it is given to, as `vendorHash`. */
  attribute: string | undefined
  /** The strings beside it, set by set, the innermost first: they tell what the hash is of. */
  beside: string[][]
  /** What stands there with another hash in it, in the same encoding. */
  with(hash: Hash): string
}

/** An attribute that takes a hash; `outputHashes` holds those of git dependencies. */
const HASH_ATTRIBUTE = /(?:hash|md5|sha1|sha256|sha512)$|^outputHashes\./i

/** How many sets around a hash may tell what it is of. */
const LOOKED_AT_SETS = 3

/** Where files specify a hash, in whatever encoding; comments of Nix files don't count. */
export function findPlaces(files: readonly TextFile[], hash: Hash): Place[] {
  return files.flatMap((file) => {
    const matches = [...written(file.text, hash)]
    const isNix = file.path.endsWith('.nix')
    if (isNix && isPlaceholder(hash)) matches.push(...placeholders(file.text, hash))
    if (matches.length === 0) return []
    const nix = isNix ? scanNix(file.text) : undefined
    return matches
      .filter(({ start }) => !nix?.comments.some((comment) => comment.start <= start && start < comment.end))
      .filter(({ empty, start }) => !empty || isEmptyHash(file.text, start, nix))
      .map((match) => place(file, match, nix))
      .sort((a, b) => a.start - b.start)
  })
}

interface Match {
  start: number
  end: number
  with: (hash: Hash) => string
  /** Two quotes with nothing between, which are a hash only where one is expected. */
  empty?: true
}

/** The hash itself in each of its encodings, with nothing around it that would make it part of something else. */
function* written(text: string, hash: Hash): Generator<Match> {
  // Zeros are no hash that anybody chose an encoding for.
  const kept = (encoding: Encoding) => (isPlaceholder(hash) ? 'sri' : encoding)
  const prefix = `${hash.algorithm}:`
  const forms: [string, Encoding, string][] = [[encodeHash(hash, 'sri'), 'sri', '']]
  for (const encoding of ['base16', 'base32', 'base64'] as const) {
    const digits = encodeHash(hash, encoding)
    forms.push([prefix + digits, encoding, prefix], [digits, encoding, ''])
  }
  for (const [form, encoding, before] of forms) {
    for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + 1)) {
      const end = start + form.length
      if (/[\w+/=:-]/.test(text[start - 1] ?? '') || /[\w+/=]/.test(text[end] ?? '')) continue
      const target = kept(encoding)
      yield { start, end, with: (to) => (target === 'sri' ? '' : before) + encodeHash(to, target) }
    }
  }
}

/** `lib.fakeHash`, `lib.fakeSha256` and `""`: what people write for a hash they don't know. */
function* placeholders(text: string, hash: Hash): Generator<Match> {
  const quoted = (to: Hash) => `"${encodeHash(to, 'sri')}"`
  const fake = hash.algorithm === 'sha512' ? 'fakeSha512' : 'fake(?:Hash|Sha256)'
  for (const match of text.matchAll(
    new RegExp(`(?<![\\w'.-])(?:[A-Za-z_][\\w'-]*\\.)*${fake}(?![\\w'-])`, 'g'),
  )) {
    yield { start: match.index, end: match.index + match[0].length, with: quoted }
  }
  for (const match of text.matchAll(/""/g)) {
    yield { start: match.index, end: match.index + 2, with: quoted, empty: true }
  }
}

function isEmptyHash(text: string, start: number, nix: NixText | undefined): boolean {
  if (!nix?.strings.some((string) => string.start === start && string.end === start + 2)) return false
  const attribute = attributeBefore(text, start)
  if (attribute === undefined) return false
  const [set] = around(nix.braces, start)
  const owner = set && attributeBefore(text, set.start)
  return HASH_ATTRIBUTE.test(owner === undefined ? attribute : `${owner}.${attribute}`)
}

function place({ path, text }: TextFile, match: Match, nix: NixText | undefined): Place {
  const quote = text[match.start - 1] === '"' ? match.start - 1 : match.start
  const json = /"([^"\n]*)"\s*:\s*$/.exec(text.slice(0, quote))?.[1]
  return {
    path,
    start: match.start,
    end: match.end,
    line: text.slice(0, match.start).split('\n').length,
    attribute: attributeBefore(text, quote)?.split('.').at(-1) ?? json,
    beside: nix ? stringsBeside(text, nix, match.start) : [],
    with: match.with,
  }
}

function stringsBeside(text: string, nix: NixText, start: number): string[][] {
  const sets = around(nix.braces, start).slice(0, LOOKED_AT_SETS)
  return sets.map((set) =>
    nix.strings
      .filter((string) => around(nix.braces, string.start)[0] === set)
      .map((string) => text.slice(string.start, string.end).replace(/^('')|^"|('')$|"$/g, ''))
      .filter((string) => /^[\w.:/@+-]{2,}$/.test(string)),
  )
}
