import { findConfig, loadConfig } from '../config/load.js'
import { withRehearsedCertificates } from '../config/rehearsed.js'
import { resolveHost } from '../config/resolve.js'
import { isCache } from '../config/resolve-caches.js'
import type { Config } from '../config/resolved.js'
import { resolveOverrides } from '../engine/overrides.js'
import { usageError } from '../errors.js'
import { localNix } from '../nix/nix-runner.js'
import type { ConfigSource } from './cli.js'
import { givenOverrides } from './overrides.js'

/** The config that a command's flags mean. `onNote` is called for what of a deploy-rs flake is left out. */
export async function loadConfigOf(flags: ConfigSource, onNote: (note: string) => void): Promise<Config> {
  const config =
    flags.deployRs === undefined
      ? await loadConfig(flags.config ?? findConfig(process.cwd()), flags.env)
      : await configOfDeployRs(flags.deployRs, flags, onNote)
  return withRehearsedCertificates(
    flags.rehearse === undefined ? config : onRehearsalHost(config, flags.rehearse),
  )
}

/** What the `deploy` output of a flake says, as a config. */
async function configOfDeployRs(
  target: string,
  flags: ConfigSource,
  onNote: (note: string) => void,
): Promise<Config> {
  if (flags.env !== undefined) {
    throw usageError({ what: 'a deploy-rs flake has no environments', next: 'Leave --env out.' })
  }
  const { deployConfig } = await import('../systems/deploy-config.js')
  const cwd = process.cwd()
  const overrides = resolveOverrides(cwd, {}, cwd, givenOverrides(flags))
  const { config, notes } = await deployConfig(localNix(cwd), target, overrides)
  for (const note of notes) onNote(note)
  return config
}

/** The config with one throwaway host in place of all of its own. What is only tried goes to no cache. */
function onRehearsalHost(config: Config, name: string): Config {
  const host = resolveHost(name, { ssh: `rehearse:${name}` })
  return {
    ...config,
    hosts: { [name]: host },
    caches: [],
    services: config.services
      .filter((service) => !isCache(service))
      .map((service) => ({ ...service, hosts: [name] })),
    systems: config.systems.map((system) => ({ ...system, host: name })),
  }
}
