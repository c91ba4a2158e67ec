import {
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  type Command as Route,
  type RouteMap,
  text_en,
} from '@stricli/core'
import { ExitCode } from '../contract/exit-codes.js'
import { SlipwayError } from '../errors.js'
import { createCli, isVerbose } from './cli.js'
import type { ArgumentSpecs, Command, Commands, Group } from './command.js'
import { verboseFlag } from './flags.js'
import { errorText } from './text/error-text.js'

/** Commands as the library has them that takes command lines apart and prints help. */
export function createApp(root: Group, version: string) {
  return buildApplication(routeMap(root), {
    name: 'slipway',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: 'NO_COLOR' in process.env },
    localization: {
      text: { ...text_en, exceptionWhileRunningCommand: () => '', commandErrorResult: () => '' },
    },
    determineExitCode: (error) =>
      error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : ExitCode.bug,
  })
}

function routeMap({ brief, default: defaultCommand, commands }: Group) {
  return buildRouteMap({
    routes: routesOf(commands),
    docs: { brief },
    ...(defaultCommand !== undefined && { defaultCommand }),
  })
}

function routesOf(commands: Commands): Record<string, Route<CommandContext> | RouteMap<CommandContext>> {
  return Object.fromEntries(
    Object.entries(commands).map(([name, target]) => [
      name,
      'commands' in target ? routeMap(target) : route(target),
    ]),
  )
}

type Flags = Record<string, unknown> & { verbose?: boolean }

function route({ brief, args, flags, aliases, run }: Command) {
  const parameters = { flags: { ...flags, ...verboseFlag }, aliases, positional: positional(args) }
  return buildCommand<Flags, unknown[]>({
    func: (given, ...words) => runCommand(run, given, words),
    // What a flag is parsed to, the command's own types say: see FlagValues.
    parameters: parameters as never,
    docs: { brief },
  })
}

function positional(args: ArgumentSpecs) {
  return 'each' in args
    ? { kind: 'array', parameter: args.each, ...(args.minimum !== undefined && { minimum: args.minimum }) }
    : { kind: 'tuple', parameters: args }
}

/** Runs a command; prints its error in our words, and sets the exit code that goes with it. */
async function runCommand(
  run: Command['run'],
  { verbose, ...flags }: Flags,
  words: unknown[],
): Promise<void> {
  try {
    const cli = createCli({ verbose: isVerbose(verbose === undefined ? {} : { verbose }) })
    process.exitCode = (await run(cli, flags as never, ...(words as never[]))) ?? ExitCode.ok
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`)
    process.exitCode = error instanceof SlipwayError ? error.code : ExitCode.bug
  }
}
