import { onInterrupt, unlessInterrupted } from '../engine/interrupt.js'
import { buildAll } from '../engine/prepare.js'
import { select } from '../engine/selection.js'
import { closureOf } from '../nix/closure.js'
import { localNix } from '../nix/nix-runner.js'
import type { ClosurePath } from '../contract/release.js'
import { buildOptionsOf, command, configOf, print, printJson } from './command.js'
import { fixerOf } from './fix-hashes.js'
import type { BuildFlags, ConfigFlags, JsonFlags } from './flags.js'
import { createTerminal } from './text/terminal.js'

type Flags = ConfigFlags &
  Pick<BuildFlags, 'overrideInput'> &
  JsonFlags & { fixHashes?: boolean; system?: string }

/** `slipway build [SERVICE|SYSTEM…]`: what a deploy would build, and nothing else. */
export const build = command(async (flags: Flags, ...names: string[]) => {
  const signal = onInterrupt()
  const terminal = createTerminal()
  const config = await configOf(flags)
  const selection = select(config, names, [])
  const { overrides } = buildOptionsOf(config, flags, false)
  const site = { nix: localNix(config.root), overrides, system: flags.system }
  const rebuild = fixerOf(config.root, flags, terminal, signal)
  const building = rebuild(() => buildAll(site, config.root, selection, terminal))
  const { services, systems } = await unlessInterrupted(signal, building)
  if (flags.json) {
    printJson([
      ...services.map(({ built: { service, package: path, closure } }) => ({
        service: service.name,
        package: path,
        closureBytes: bytesOf(closure),
      })),
      ...(await Promise.all(
        systems.map(async ({ system, path }) => ({
          system: system.name,
          package: path,
          closureBytes: bytesOf(await closureOf(site.nix, path)),
        })),
      )),
    ])
  } else {
    const paths = [...services.map(({ built }) => built.package), ...systems.map(({ path }) => path)]
    print([...new Set(paths)].join('\n'))
  }
  return undefined
})

function bytesOf(closure: readonly ClosurePath[]): number {
  return closure.reduce((total, { bytes }) => total + bytes, 0)
}
