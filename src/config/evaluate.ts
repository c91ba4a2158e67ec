import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Jiti } from 'jiti'
import { SlipwayError, usageError } from '../errors.js'
import * as slipway from '../index.js'
import { cacheFolder } from '../own-cache.js'
import { runTranslation } from './run-translation.js'
import { didYouMean } from './suggest.js'
import {
  importsOf,
  isRelative,
  keepTranslation,
  keptTranslation,
  namesBeside,
  type TranslatedFile,
  type Translation,
} from './translation.js'

/** Evaluates a config file; gives its default export. It is evaluated each time, and translated when it is another. */
export async function evaluateConfig(path: string): Promise<unknown> {
  try {
    const kept = isPlain() ? keptTranslation(path) : undefined
    const exported = kept ? await runTranslation(kept, slipway) : await translateAndRun(path)
    return (exported as { default?: unknown }).default
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    const next = misspelt(error)
    throw usageError({
      what: `${path} can't be loaded`,
      why: error instanceof Error ? `${placeOf(error, dirname(path))}${error.message}` : String(error),
      still: 'Nothing was contacted or changed.',
      ...(next !== undefined && { next }),
    })
  }
}

/** Where in a config, or a file beside it, an error arose: translated code has the lines that it is made from. */
function placeOf({ stack = '' }: Error, folder: string): string {
  for (const [, file = '', line] of stack.matchAll(/^ +at (?:.*\()?(?:file:\/\/)?(\/.+):(\d+):\d+\)?$/gm)) {
    const below = relative(folder, file)
    if (!below.startsWith('..') && !below.includes('node_modules')) return `${below}:${line}: `
  }
  return ''
}

/** What a name that is not there was meant to be, among those that slipway gives. */
function misspelt(error: unknown): string | undefined {
  const name = error instanceof ReferenceError && /^(\w+) is not defined$/.exec(error.message)?.[1]
  const meant = name ? didYouMean(name, Object.keys(slipway)) : undefined
  return meant && `Did you mean ${meant}? It is imported from 'slipway'.`
}

/** Whether nothing in the environment tells jiti to work otherwise. */
function isPlain(): boolean {
  return !Object.keys(process.env).some((name) => name.startsWith('JITI_'))
}

async function translateAndRun(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jitiAt = (from: string): Jiti =>
    createJiti(from, {
      // `import … from 'slipway'` in a config means this very program, installed beside the config or not.
      virtualModules: { slipway },
      fsCache: cacheFolder('config'),
      moduleCache: false,
      interopDefault: false,
    })
  const exported = await jitiAt(import.meta.url).import(path)
  if (isPlain()) {
    const files = translated(path, jitiAt)
    if (files !== undefined) keepTranslation(files)
  }
  return exported
}

/** What jiti made of a config's files; undefined where others are involved, so that only jiti can evaluate it. */
function translated(path: string, jitiAt: (from: string) => Jiti): Translation | undefined {
  const files: TranslatedFile[] = []
  // A set gives what is added to it while it is walked.
  const paths = new Set([path])
  for (const file of paths) {
    if (!/\.[cm]?ts$/.test(file)) return undefined
    const jiti = jitiAt(file)
    const source = readFileSync(file, 'utf8')
    const code = jiti.transform({ filename: file, source, ts: true, async: true, jsx: false })
    const ids = importsOf(code)
    if (ids === undefined) return undefined
    const imports: TranslatedFile['imports'] = {}
    for (const id of ids.filter(isRelative)) {
      const beside = namesBeside(file, id)
      const found = fileURLToPath(jiti.esmResolve(id))
      if (beside === undefined) return undefined
      imports[id] = { path: found, beside }
      paths.add(found)
    }
    files.push({ path: file, source, code, imports })
  }
  return files as Translation
}
