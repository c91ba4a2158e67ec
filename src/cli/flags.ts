/** Flags that several commands share: one definition each. */

const parseText = (input: string): string => input

export interface ConfigFlags {
  config?: string
  rehearse?: string
}

export interface HostFlags extends ConfigFlags {
  host?: string[]
}

export interface JsonFlags {
  json?: boolean
}

export interface BuildFlags {
  build?: 'local' | 'host'
  overrideInput?: string[]
}

export interface DeployRsFlags extends Pick<BuildFlags, 'overrideInput'> {
  deployRs?: string
}

export const deployRsFlag = {
  deployRs: {
    kind: 'parsed',
    parse: parseText,
    brief: 'A deploy-rs flake instead of a config: `.`, `.#node` or `.#node.profile`',
    optional: true,
    placeholder: 'TARGET',
  },
} as const

export const configFlag = {
  config: {
    kind: 'parsed',
    parse: parseText,
    brief: 'The config file (default: slipway.config.ts here or above)',
    optional: true,
    placeholder: 'FILE',
  },
  rehearse: {
    kind: 'parsed',
    parse: parseText,
    brief: "A throwaway host to use instead of the config's hosts: see `slipway rehearse up`",
    optional: true,
    placeholder: 'NAME',
  },
} as const

export const hostFlag = {
  host: {
    kind: 'parsed',
    parse: parseText,
    brief: 'Only this host; may be given several times',
    optional: true,
    variadic: true,
    placeholder: 'HOST',
  },
} as const

export const jsonFlag = {
  json: { kind: 'boolean', brief: 'Print the result as JSON', optional: true, withNegated: false },
} as const

const overrideInput = {
  kind: 'parsed',
  parse: parseText,
  brief: 'Replace a flake input for this run: NAME=PATH, or NAME PATH as Nix has it',
  optional: true,
  variadic: true,
  placeholder: 'NAME=PATH',
} as const

export const overrideFlag = { overrideInput } as const

export const buildFlags = {
  build: {
    kind: 'enum',
    values: ['local', 'host'],
    brief: 'Build on this machine or on the host',
    optional: true,
  },
  overrideInput,
} as const

export const fixHashesFlag = {
  fixHashes: {
    kind: 'boolean',
    brief: 'Write the right hash where what is fetched has another than specified, and build again',
    optional: true,
    withNegated: false,
  },
} as const

export const yesFlag = {
  yes: { kind: 'boolean', brief: 'Do not ask', optional: true, withNegated: false },
} as const

export const waitFlag = {
  wait: {
    kind: 'boolean',
    brief: 'Wait while another deploy holds the lock',
    optional: true,
    withNegated: false,
  },
} as const

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
