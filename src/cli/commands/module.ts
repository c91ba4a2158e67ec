import { readFile, rename, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Config } from '../../config/resolved.js'
import { usageError } from '../../errors.js'
import { command } from '../command.js'
import { fileFlag, switchFlag } from '../flags.js'
import { colors as pc } from '../text/colors.js'

/** `slipway module`: writes the NixOS module of the config's services beside it, or says whether it is right. */
export const nixosModule = command({
  brief: "Write module.nix, a NixOS module of the config's services",
  flags: { ...fileFlag, check: switchFlag('Write nothing; fail if the file does not match the config') },
  run: async ({ print }, flags) => {
    const [{ findConfig, loadConfig }, { MODULE_FILE, MODULE_MARK, moduleFile }] = await Promise.all([
      import('../../config/load.js'),
      import('../../init/module/module-file.js'),
    ])
    const config = await loadConfig(flags.config ?? findConfig(process.cwd()), flags.env)
    const file = join(config.root, MODULE_FILE)
    const name = relative(process.cwd(), file)
    const text = moduleFile(config)
    const present = await textOf(file)
    if (present === text) return print(`${name} matches the config`)
    if (flags.check) {
      throw usageError({
        what: present === undefined ? `there is no ${name}` : `${name} does not match the config`,
        next: 'slipway module',
      })
    }
    if (present !== undefined && !present.startsWith(`${MODULE_MARK}\n`)) {
      throw usageError({
        what: `${name} is there already, and slipway did not write it`,
        still: 'It was left as it is.',
        next: 'Move it away, to have it written.',
      })
    }
    // What reads it meanwhile finds the old text or the new one.
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
    print([`${pc.green('✓')} wrote ${name}`, ...(await howToUse(config))].join('\n'))
  },
})

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw usageError({ what: `${file} can't be read`, why: error.message })
  })
}

/** Where the flake is to name the module, unless it does. */
async function howToUse({ root, services }: Config): Promise<string[]> {
  const { MODULE_FILE, usesSelf } = await import('../../init/module/module-file.js')
  const flake = await textOf(join(root, 'flake.nix'))
  if (flake?.includes(MODULE_FILE)) return []
  const needsFlake = usesSelf(services)
  const given = needsFlake ? ' { inherit self; }' : ''
  return flake === undefined && !needsFlake
    ? [`A NixOS configuration has it with: imports = [ ./${MODULE_FILE} ];`]
    : [
        `To give it away, add to the outputs of the flake:`,
        `  nixosModules.default = import ./${MODULE_FILE}${given};`,
      ]
}
