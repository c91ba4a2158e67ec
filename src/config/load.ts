import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { SlipwayError, usageError } from '../errors.js'
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
    next: 'Write one (see the README and `slipway docs`), or name it with --config FILE.',
  })
}

/** Loads and validates a config; TypeScript is taken as it is. */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file)
  if (!existsSync(path)) throw usageError({ what: `there is no config at ${path}` })
  return resolveConfig(await evaluate(path), { file, root: dirname(path) })
}

async function evaluate(path: string): Promise<unknown> {
  // `import … from 'slipway'` in a config means this very program, installed beside the config or not.
  const self = fileURLToPath(new URL('../index.js', import.meta.url))
  const source = self.replace(/\.js$/, '.ts')
  const jiti = createJiti(import.meta.url, {
    alias: { slipway: existsSync(self) ? self : source },
    fsCache: false,
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
