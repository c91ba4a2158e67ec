import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { usageError } from '../errors.js'
import { chooseEnvironment } from './environments.js'
import { evaluateConfig } from './evaluate.js'
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

/** Loads and validates a config, or that of the environment which was asked for; TypeScript is taken as it is. */
export async function loadConfig(file: string, asked?: string): Promise<Config> {
  const path = resolve(file)
  if (!existsSync(path)) throw usageError({ what: `there is no config at ${path}` })
  const { config, environment } = chooseEnvironment(await evaluateConfig(path), asked, file)
  return resolveConfig(config, { file, root: dirname(path), environment })
}
