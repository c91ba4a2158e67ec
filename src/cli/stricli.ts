import {
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  FlagNotFoundError,
  type Command as Route,
  type RouteMap,
  text_en,
} from '@stricli/core'
import { didYouMean } from '../config/suggest.js'
import { ExitCode } from '../contract/exit-codes.js'
import { SlipwayError, usageError } from '../errors.js'
import { createCli, isVerbose } from './cli.js'
import type { ArgumentSpecs, Command, Commands, Group } from './command.js'
import { SHARED_ALIASES, sharedFlags } from './flags.js'
import { jsonStream } from './json-stream.js'
import { kebab } from './names.js'
import { colorsUnwanted } from './text/colors.js'
import { errorText } from './text/error-text.js'
import { printable } from './text/printable.js'

/** Commands as the library has them that takes command lines apart and prints help. */
export function createApp(root: Group, version: string) {
  return buildApplication(routeMap(root), {
    name: 'slipway',
    versionInfo: { currentVersion: version },
    scanner: {
      caseStyle: 'allow-kebab-for-camel',
      allowArgumentEscapeSequence: true,
      distanceOptions: TYPO,
    },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: colorsUnwanted },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: (error, ansiColor) =>
          error instanceof FlagNotFoundError
            ? unknownFlagText(error)
            : text_en.exceptionWhileParsingArguments(error, ansiColor),
        exceptionWhileRunningCommand: () => '',
        commandErrorResult: () => '',
      },
    },
    determineExitCode: (error) =>
      error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : ExitCode.bug,
  })
}

/** Flags at most so many letters away, as the library has their names (`allOrNothing`), are looked at for a typo. */
const TYPO = { threshold: 7, weights: { insertion: 1, deletion: 1, substitution: 1, transposition: 1 } }

function unknownFlagText({ input, corrections }: FlagNotFoundError): string {
  const meant = didYouMean(input, corrections.map(kebab))
  return errorText(
    usageError({
      what: `there is no flag --${input} here`,
      next: meant ? `Did you mean --${meant}?` : 'Add --help to the command to see the flags it takes.',
    }),
  )
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

type Flags = Record<string, unknown> & {
  verbose?: boolean
  quiet?: boolean
  noColor?: boolean
  jsonStream?: boolean
}

function route({ brief, args, flags, aliases, run }: Command) {
  const all = { ...flags, ...sharedFlags }
  const shared = Object.fromEntries(Object.entries(SHARED_ALIASES).filter(([, name]) => name in all))
  const parameters = { flags: all, aliases: { ...shared, ...aliases }, positional: positional(args) }
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
  { verbose: told, quiet = false, noColor: _, jsonStream: streams, ...flags }: Flags,
  words: unknown[],
): Promise<void> {
  const verbose = isVerbose(told === undefined ? {} : { verbose: told })
  const stream = streams ? jsonStream((line) => process.stdout.write(line), verbose) : undefined
  if (stream) flags.json = true
  try {
    const cli = createCli({ verbose, quiet, stream })
    process.exitCode = (await run(cli, flags as never, ...(words as never[]))) ?? ExitCode.ok
  } catch (error) {
    stream?.error(error)
    process.stderr.write(`${printable(errorText(error))}\n`)
    process.exitCode = error instanceof SlipwayError ? error.code : ExitCode.bug
  }
}
