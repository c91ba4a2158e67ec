import { localNix } from '../build/nix-runner.js'
import { onInterrupt, unlessInterrupted } from '../deploy/interrupt.js'
import { buildServices } from '../deploy/prepare.js'
import { select } from '../deploy/selection.js'
import { createTerminal } from '../ui/terminal.js'
import { buildOptionsOf, command, configOf, print, printJson } from './command.js'
import { fixerOf } from './fix-hashes.js'
import type { BuildFlags, ConfigFlags, JsonFlags } from './flags.js'

type Flags = ConfigFlags &
  Pick<BuildFlags, 'overrideInput'> &
  JsonFlags & { fixHashes?: boolean; system?: string }

/** `slipway build [SERVICE…]`: what a deploy would build, and nothing else. */
export const build = command(async (flags: Flags, ...names: string[]) => {
  const signal = onInterrupt()
  const terminal = createTerminal()
  const config = await configOf(flags)
  const { services } = select(config, names, [])
  const { overrides } = buildOptionsOf(config, flags, false)
  const site = { nix: localNix(config.root), overrides, system: flags.system }
  const rebuild = fixerOf(config.root, flags, terminal, signal)
  const building = rebuild(() => buildServices(site, config.root, services, terminal))
  const built = (await unlessInterrupted(signal, building)).map((item) => item.built)
  if (flags.json) {
    printJson(
      built.map(({ service, package: path, closure }) => ({
        service: service.name,
        package: path,
        closureBytes: closure.reduce((total, { bytes }) => total + bytes, 0),
      })),
    )
  } else {
    print([...new Set(built.map((item) => item.package))].join('\n'))
  }
  return undefined
})
