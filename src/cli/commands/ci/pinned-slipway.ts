import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { shellQuote } from '../../../shell-quote.js'

/** What npm fetches without asking a registry for the name: a file, a repository, an address. */
const NO_REGISTRY = /^(?:file:|\.{0,2}\/|git[+:]|github:|gitlab:|https?:)/

/**
 * The command by which a project's own pin gives slipway, from the top of its repository; undefined where it has none. A name
 * that npm's registry would look up is no pin: whoever holds the name there would run with the job's keys.
 */
export function pinnedSlipway(root: string, top: string): string | undefined {
  const folders = root === top ? [root] : [root, top]
  for (const folder of folders) {
    const at = relative(top, folder)
    const { dependencies, devDependencies } = (readJson(join(folder, 'package.json')) ?? {}) as PackageJson
    const spec = dependencies?.slipway ?? devDependencies?.slipway
    if (spec !== undefined && NO_REGISTRY.test(spec)) {
      return `npm exec --yes --package=${shellQuote(fromTop(spec, at))} -- slipway`
    }
  }
  return undefined
}

interface PackageJson {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** A file's path is meant from the folder of package.json. */
function fromTop(spec: string, at: string): string {
  const path = /^(?:file:)?((?:\.{0,2}\/)?.*)$/.exec(spec)?.[1] ?? spec
  if (!/^(?:file:|\.)/.test(spec) || path.startsWith('/')) return spec
  return `./${join(at, path)}`
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
