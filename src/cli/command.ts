import type { CommandContext } from '@stricli/core'
import { findConfig, loadConfig } from '../config/load.js'
import type { Config } from '../config/resolved.js'
import { resolveOverrides } from '../deploy/overrides.js'
import type { BuildOptions } from '../deploy/session.js'
import { ExitCode, SlipwayError, usageError } from '../errors.js'
import { errorText } from '../ui/error-text.js'
import type { BuildFlags, ConfigFlags } from './flags.js'

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
export async function configOf(flags: ConfigFlags): Promise<Config> {
  const config = await loadConfig(flags.config ?? findConfig(process.cwd()))
  return flags.rehearse === undefined ? config : onRehearsalHost(config, flags.rehearse)
}

/** The config with one throwaway host in place of all of its own. */
function onRehearsalHost(config: Config, name: string): Config {
  const host = { name, ssh: `rehearse:${name}`, options: [], build: undefined }
  return {
    ...config,
    hosts: { [name]: host },
    services: config.services.map((service) => ({ ...service, hosts: [name] })),
  }
}

/** How to build, from the config and the flags of one run. */
export function buildOptionsOf(config: Config, flags: BuildFlags, shipEarly: boolean): BuildOptions {
  const given = parseOverrides(flags.overrideInput)
  return {
    where: flags.build,
    shipEarly,
    overrides: resolveOverrides(config.root, config.overrideInputs, process.cwd(), given),
  }
}

/** The inputs that `--override-input` replaces, by name. */
export function parseOverrides(words: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(words.map(parseOverride))
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
