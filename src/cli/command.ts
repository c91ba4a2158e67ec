import type { CommandContext } from '@stricli/core'
import { findConfig, loadConfig } from '../config/load.js'
import { withRehearsedCertificates } from '../config/rehearsed.js'
import { resolveHost } from '../config/resolve.js'
import type { Config } from '../config/resolved.js'
import { resolveOverrides } from '../engine/overrides.js'
import type { BuildOptions } from '../engine/session.js'
import { ExitCode, SlipwayError, usageError } from '../errors.js'
import { localNix } from '../nix/nix-runner.js'
import type { BuildFlags, ConfigFlags, DeployRsFlags } from './flags.js'
import { errorText } from './text/error-text.js'
import { createTerminal } from './text/terminal.js'

/** A command's function: prints its error in our words and sets the exit code that goes with it. */
export function command<FLAGS, ARGS extends unknown[]>(
  work: (flags: FLAGS, ...args: ARGS) => Promise<ExitCode | undefined>,
): (this: CommandContext, flags: FLAGS, ...args: ARGS) => Promise<void> {
  return async (flags, ...args) => {
    try {
      process.exitCode = (await work(flags, ...args)) ?? ExitCode.ok
    } catch (error) {
      process.stderr.write(`${errorText(error)}\n`)
      process.exitCode = error instanceof SlipwayError ? error.code : ExitCode.bug
    }
  }
}

/** The config that a command's flags mean. */
export async function configOf(flags: ConfigFlags & DeployRsFlags): Promise<Config> {
  const config =
    flags.deployRs === undefined
      ? await loadConfig(flags.config ?? findConfig(process.cwd()))
      : await configOfDeployRs(flags.deployRs, flags)
  return withRehearsedCertificates(
    flags.rehearse === undefined ? config : onRehearsalHost(config, flags.rehearse),
  )
}

/** What the `deploy` output of a flake says, as a config. */
async function configOfDeployRs(target: string, flags: Pick<BuildFlags, 'overrideInput'>): Promise<Config> {
  const { deployConfig } = await import('../systems/deploy-config.js')
  const cwd = process.cwd()
  const overrides = resolveOverrides(cwd, {}, cwd, givenOverrides(flags))
  const { config, notes } = await deployConfig(localNix(cwd), target, overrides)
  const terminal = createTerminal()
  for (const note of notes) terminal.warn(note)
  return config
}

/** The config with one throwaway host in place of all of its own. */
function onRehearsalHost(config: Config, name: string): Config {
  const host = resolveHost(name, { ssh: `rehearse:${name}` })
  return {
    ...config,
    hosts: { [name]: host },
    services: config.services.map((service) => ({ ...service, hosts: [name] })),
    systems: config.systems.map((system) => ({ ...system, host: name })),
  }
}

/** How to build, from the config and the flags of one run. */
export function buildOptionsOf(
  config: Config,
  flags: BuildFlags & { boot?: boolean; test?: boolean },
  deploying: boolean,
): Omit<BuildOptions, 'secrets'> {
  return {
    where: flags.build,
    deploying,
    mode: flags.boot ? 'boot' : flags.test ? 'test' : 'switch',
    overrides: resolveOverrides(config.root, config.overrideInputs, process.cwd(), givenOverrides(flags)),
  }
}

/** What `--override-input` gives, by the input's name. */
export function givenOverrides(flags: Pick<BuildFlags, 'overrideInput'>): Record<string, string> {
  return Object.fromEntries((flags.overrideInput ?? []).map(parseOverride))
}

function parseOverride(text: string): [string, string] {
  const match = /^([\w-]+)=(.+)$/.exec(text)
  if (!match?.[1] || !match[2]) {
    throw usageError({
      what: `--override-input ${text} is not NAME=PATH`,
      next: 'For example --override-input nixpkgs=../nixpkgs.',
    })
  }
  return [match[1], match[2]]
}

/** Prints a result on stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}
