/** Flags and arguments that several commands share: one definition each. */

const parseText = (input: string): string => input

/** A flag that is there or not. */
export function switchFlag(brief: string) {
  return { kind: 'boolean', brief, optional: true, withNegated: false } as const
}

/** A flag that is there, is there with `no-`, or is left out. */
export function yesNoFlag(brief: string) {
  return { kind: 'boolean', brief, optional: true } as const
}

/** A flag with a value. */
export function textFlag(brief: string, placeholder: string) {
  return { kind: 'parsed', parse: parseText, brief, optional: true, placeholder } as const
}

/** A flag with a value that may be given several times. */
export function textsFlag(brief: string, placeholder: string) {
  return { ...textFlag(brief, placeholder), variadic: true } as const
}

/** A positional argument that may be left out. */
export function optionalArgument(placeholder: string, brief: string) {
  return { parse: parseText, placeholder, brief, optional: true } as const
}

/** A positional argument. */
export function argument(placeholder: string, brief: string) {
  return { parse: parseText, placeholder, brief } as const
}

/** What every command takes; see `createCli`. */
export const sharedFlags = {
  verbose: switchFlag('Tell each ssh command, Nix command and call of a host, with its time'),
  quiet: switchFlag('Tell nothing but results, errors and warnings'),
  noColor: switchFlag('No colours, as with NO_COLOR in the environment'),
} as const

/** Single letters that mean the same flag everywhere it is. */
export const SHARED_ALIASES: Readonly<Record<string, string>> = { v: 'verbose', q: 'quiet', y: 'yes' }

export const fileFlag = {
  config: textFlag('The config file (default: slipway.config.ts here or above)', 'FILE'),
  env: textFlag("Which of the config's environments, such as production: docs/environments.md", 'NAME'),
} as const

export const configFlags = {
  ...fileFlag,
  rehearse: textFlag(
    "A throwaway host to use instead of the config's hosts: see `slipway rehearse up`",
    'NAME',
  ),
} as const

export const hostFlags = {
  ...configFlags,
  host: textsFlag('Only this host; may be given several times', 'HOST'),
} as const

export const deployRsFlag = {
  deployRs: textFlag('A deploy-rs flake instead of a config: `.`, `.#node` or `.#node.profile`', 'TARGET'),
} as const

export const jsonFlag = {
  json: switchFlag('Print the result as JSON'),
  jsonStream: switchFlag('Print what happens, then the result or error, each as a line of JSON'),
} as const

export const overrideFlag = {
  overrideInput: textsFlag(
    'Replace a flake input for this run: NAME=PATH, or NAME PATH as Nix has it',
    'NAME=PATH',
  ),
} as const

export const buildFlags = {
  build: {
    kind: 'enum',
    values: ['local', 'host'],
    brief: 'Build on this machine or on the host',
    optional: true,
  },
  ...overrideFlag,
} as const

export const fixHashesFlag = {
  fixHashes: switchFlag(
    'Write the right hash where what is fetched has another than specified, and build again',
  ),
} as const

export const cacheFlag = {
  requireCache: switchFlag('Fail where a cache of the config could not be filled (default: it is told)'),
} as const

export const takeOverFlag = {
  takeOver: switchFlag("Say yes to what is another project's: its services, parts of its URLs"),
} as const

export const yesFlag = { yes: switchFlag('Do not ask') } as const

export const waitFlag = { wait: switchFlag('Wait while another deploy holds the lock') } as const

export const hostArgument = argument('HOST', 'A host of the config')

export const serviceArgument = argument('SERVICE', 'A service of the config')

/** Any number of services and systems. */
export const itemArguments = {
  each: argument('SERVICE', 'A service or system of the config (default: all)'),
} as const
