import semver from 'semver'
import { list, table, text } from '../manifest.js'
import { NIXPKGS } from '../nixpkgs.js'
import type { Fact } from '../project.js'
import { type FileTree, inDir, type Where, whereIs, whereText } from '../tree.js'
import type { PackageJson } from './package-json.js'

/** The releases of Node that nixpkgs has, its default first. */
const MAJORS = [NIXPKGS.nodeMajor, 22]

/** Names of releases with long support (nodejs/Release: schedule.json). */
const CODENAMES: Record<string, number> = {
  argon: 4,
  boron: 6,
  carbon: 8,
  dubnium: 10,
  erbium: 12,
  fermium: 14,
  gallium: 16,
  hydrogen: 18,
  iron: 20,
  jod: 22,
  krypton: 24,
}

/** The Node that a project is built and run with, as far as it is named. */
export interface NodeVersion {
  /** An attribute of nixpkgs. */
  attribute: string
  facts: Fact[]
  notes: string[]
}

/** The release of Node that a project asks for, or the nearest that nixpkgs has, said in a note. */
export function nodeVersion(tree: FileTree, dirs: readonly string[], json: PackageJson): NodeVersion {
  const all = dirs.flatMap((dir) => wantedIn(tree, dir, json))
  const [wanted] = all
  const attribute = (major: number) => (major === NIXPKGS.nodeMajor ? 'nodejs' : `nodejs_${major}`)
  if (!wanted) return { attribute: 'nodejs', facts: [], notes: [] }
  const allowed = all.find((one) => majorFor(one) !== undefined)
  const major = (allowed && majorFor(allowed)) ?? NIXPKGS.nodeMajor
  const facts = [{ label: 'node', text: wanted.text, at: wanted.at }]
  if (allowed === wanted) return { attribute: attribute(major), facts, notes: [] }
  const has = `nixpkgs has ${[...MAJORS].sort().join(' and ')}`
  const taken = `${major} is taken${allowed ? `, which ${whereText(allowed.at)} allows` : ''}`
  return {
    attribute: attribute(major),
    facts,
    notes: [
      rangeOf(wanted.text) === undefined
        ? `${whereText(wanted.at)} asks for Node "${wanted.text}", which is no version: ${taken}`
        : `${whereText(wanted.at)} asks for Node ${wanted.text}, and ${has}: ${taken}, so try whether it runs there`,
    ],
  }
}

/** The release of nixpkgs' that is meant; undefined: it has none. */
function majorFor({ text }: Wanted): number | undefined {
  const range = rangeOf(text)
  return MAJORS.find((candidate) => range !== undefined && hasRelease(range, candidate))
}

interface Wanted {
  text: string
  at: Where
}

/** Where a project names its Node, the most exact first. */
function wantedIn(tree: FileTree, dir: string, json: PackageJson): Wanted[] {
  const files = ['.nvmrc', '.node-version'].map((name) => inDir(dir, name))
  const named = files.flatMap((file) => {
    const lines = (tree.read(file) ?? '').split('\n').map((line) => line.replace(/#.*/, '').trim())
    const index = lines.findIndex((line) => line !== '')
    return index < 0 ? [] : [{ text: lines[index] ?? '', at: { file, line: index + 1 } }]
  })
  if (dir !== json.dir) return named
  const at = (key: string) => whereIs(tree, json.file, new RegExp(`"${key}"\\s*:`))
  const runtime = [
    table(json.manifest, 'devEngines').runtime,
    ...list(json.manifest, 'devEngines', 'runtime'),
  ].find((entry) => text(entry, 'name') === 'node')
  const fields = [
    { text: text(json.manifest, 'volta', 'node'), at: at('volta') },
    { text: text(runtime, 'version'), at: at('devEngines') },
    { text: text(json.manifest, 'engines', 'node'), at: at('engines') },
  ]
  return [
    ...named,
    ...fields.flatMap(({ text: value, at: place }) => (value ? [{ text: value.trim(), at: place }] : [])),
  ]
}

/** A range of versions, by npm's grammar and nvm's names. */
function rangeOf(wanted: string): string | undefined {
  const [, codename] = /^lts\/(.+)$/.exec(wanted.toLowerCase()) ?? []
  if (codename === '*' || /^(?:node|stable|latest|current|lts)$/i.test(wanted)) return '*'
  if (codename !== undefined) return CODENAMES[codename]?.toString()
  return semver.validRange(wanted) ?? undefined
}

/** Whether any release of a major is in a range. */
function hasRelease(range: string, major: number): boolean {
  return semver.intersects(range, `^${major}.0.0`)
}
