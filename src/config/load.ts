import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createJiti } from 'jiti'
import { SlipwayError, usageError } from '../errors.js'
import * as slipway from '../index.js'
import { resolveConfig } from './resolve.js'
import type { Config } from './resolved.js'

/** The config's names, in the order in which they are looked for. */
export const CONFIG_FILES = [
  'slipway.config.ts',
  'slipway.config.mts',
  'slipway.config.js',
  'slipway.config.mjs',
]

/** The config file that a command run in `directory` means: the nearest one upwards. */
export function findConfig(directory: string): string {
  for (let dir = resolve(directory); ; dir = dirname(dir)) {
    const found = CONFIG_FILES.map((name) => join(dir, name)).find((file) => existsSync(file))
    if (found) return found
    if (dirname(dir) === dir) break
  }
  throw usageError({
    what: `there is no slipway.config.ts in ${resolve(directory)} or above it`,
    next: '`slipway init` writes one; or name it with --config FILE.',
  })
}

/** Loads and validates a config; TypeScript is taken as it is. */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file)
  if (!existsSync(path)) throw usageError({ what: `there is no config at ${path}` })
  return resolveConfig(await evaluate(path), { file, root: dirname(path) })
}

async function evaluate(path: string): Promise<unknown> {
  const jiti = createJiti(import.meta.url, {
    // `import … from 'slipway'` in a config means this very program, installed beside the config or not.
    virtualModules: { slipway },
    fsCache: cacheFolder(),
    moduleCache: false,
    interopDefault: false,
  })
  try {
    return (await jiti.import<{ default?: unknown }>(path)).default
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    throw usageError({
      what: `${path} can't be loaded`,
      why: error instanceof Error ? error.message : String(error),
      still: 'Nothing was contacted or changed.',
    })
  }
}

/** Where configs translated to JavaScript are kept: the user's own cache, which nobody else can write to. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'slipway', 'config')
}
