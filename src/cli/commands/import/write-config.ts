import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { CONFIG_FILES } from '../../../config/load.js'
import { resolveOverrides } from '../../../engine/overrides.js'
import { SlipwayError, usageError } from '../../../errors.js'
import { localNix } from '../../../nix/nix-runner.js'
import { configText } from '../../../systems/config-text.js'
import { evaluateDeploy } from '../../../systems/evaluate-deploy.js'
import { resolveDeploy } from '../../../systems/resolve-deploy.js'
import { parseDeployTarget } from '../../../systems/target.js'
import { givenOverrides } from '../../overrides.js'

/** What a config was written with. */
export interface WrittenConfig {
  file: string
  /** The systems in it. */
  names: string[]
  /** What was left out. */
  notes: string[]
}

/**
 * Writes a config of a deploy-rs flake.
 * @throws SlipwayError where the file is there already.
 */
export async function writeConfig(
  given: string,
  flags: { output?: string; overrideInput?: string[] },
): Promise<WrittenConfig> {
  const file = flags.output ?? CONFIG_FILES[0] ?? ''
  if (existsSync(file)) throw exists(file)
  const cwd = process.cwd()
  const target = parseDeployTarget(given)
  const overrides = resolveOverrides(cwd, {}, cwd, givenOverrides(flags))
  const output = await evaluateDeploy(localNix(cwd), target, overrides)
  const flake = flakeFrom(dirname(resolve(file)), target.flake)
  const { notes, ...deploy } = resolveDeploy(output, { ...target, flake })
  await write(file, configText(deploy, flake))
  return { file, names: deploy.systems.map(({ name }) => name), notes }
}

/** A flake as it is called from another folder: the config's, where Nix will run. */
export function flakeFrom(folder: string, flake: string): string {
  const [, scheme = '', path, query = ''] = /^(path:)?(\.{1,2}(?:\/[^?]*)?)(\?.*)?$/.exec(flake) ?? []
  if (path === undefined) return flake
  const moved = relative(folder, path) || '.'
  return `${scheme}${/^\.\.?(\/|$)/.test(moved) ? moved : `./${moved}`}${query}`
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(file)
    throw new SlipwayError({
      what: `${file} can't be written`,
      why: error instanceof Error ? error.message : String(error),
    })
  }
}

function exists(file: string): SlipwayError {
  return usageError({
    what: `${file} is there already`,
    still: 'It was left as it is.',
    next: 'Name another with --output FILE.',
  })
}
