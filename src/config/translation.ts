import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { cacheFolder, readOwn, writeOwn } from '../own-cache.js'
import { PACKAGE_ROOT, packageVersion } from '../package-root.js'

/** A file of a config, translated to JavaScript. */
export interface TranslatedFile {
  path: string
  /** What it was translated from. */
  source: string
  code: string
  /** The files that it imports, by the words it names them with. */
  imports: Record<string, ImportedFile>
}

export interface ImportedFile {
  path: string
  /** The names beside it that could be meant as well: a new one may be what is imported then. */
  beside: string[]
}

/** A config and all files it imports; the config comes first. */
export type Translation = [TranslatedFile, ...TranslatedFile[]]

/** What a translation was made with. */
interface Made {
  slipway: string
  jiti: string
}

/** The translation of a config that was kept, if it still is that of its files. */
export function keptTranslation(path: string): Translation | undefined {
  const text = readOwn(join(cacheFolder('config'), nameOf(path)))
  if (text === undefined) return undefined
  try {
    const { made, files } = JSON.parse(text) as { made: Made; files: Translation }
    const current = madeNow()
    if (made.slipway !== current.slipway || made.jiti !== current.jiti) return undefined
    return files[0].path === path && files.every(isCurrent) ? files : undefined
  } catch {
    return undefined
  }
}

/** Keeps the translation of a config. */
export function keepTranslation(files: Translation): void {
  writeOwn(cacheFolder('config'), nameOf(files[0].path), JSON.stringify({ made: madeNow(), files }))
}

function nameOf(path: string): string {
  return `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`
}

function madeNow(): Made {
  return { slipway: packageVersion(), jiti: jitiVersion(PACKAGE_ROOT) }
}

/** As Node finds it, without loading it. */
function jitiVersion(folder: string): string {
  try {
    const file = join(folder, 'node_modules/jiti/package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch (error) {
    if (dirname(folder) === folder) throw error
    return jitiVersion(dirname(folder))
  }
}

function isCurrent({ path, source, imports }: TranslatedFile): boolean {
  if (readFileSync(path, 'utf8') !== source) return false
  return Object.entries(imports).every(([id, imported]) => {
    const now = namesBeside(path, id)
    if (now?.join('/') !== imported.beside.join('/')) return false
    const folder = dirname(join(dirname(path), id))
    return now.some((name) => realpathSync(join(folder, name)) === imported.path)
  })
}

/**
 * The files that an import of a file could mean: with its name, whatever the extension. undefined where it could mean a
 * folder.
 */
export function namesBeside(path: string, id: string): string[] | undefined {
  const wanted = join(dirname(path), id)
  const stem = basename(wanted).replace(/\.[cm]?[jt]sx?$/, '')
  const names = readdirSync(dirname(wanted)).filter((name) => name === stem || name.startsWith(`${stem}.`))
  return names.includes(stem) ? undefined : names.sort()
}

const IMPORT = /\bjitiImport\((["'])([\w@~+:./-]+)\1\)/g

/**
 * What translated code imports; undefined where that can't be told, or is neither a file beside it, nor slipway, nor a
 * part of Node.
 */
export function importsOf(code: string): string[] | undefined {
  const imports = [...code.matchAll(IMPORT)].map(([, , id = '']) => id)
  const others = code.replace(IMPORT, '').match(/\b(?:jitiImport|jitiESMResolve|require)\b/)
  if (others !== null || code.includes('__JITI_ERROR__')) return undefined
  const known = (id: string) => id === 'slipway' || isBuiltin(id) || isRelative(id)
  return imports.every(known) ? [...new Set(imports)] : undefined
}

export function isRelative(id: string): boolean {
  return /^\.{1,2}\/(.*\/)?[^/]*[^/.][^/]*$/.test(id)
}
