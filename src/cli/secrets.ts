import { buildCommand, buildRouteMap } from '@stricli/core'
import { argument, configFlag, hostFlag, jsonFlag, textFlag } from './flags.js'

/** `slipway secrets …`: what it takes is said here, what it does is loaded when it is called. */

const nameArgument = {
  kind: 'tuple',
  parameters: [argument('NAME', 'The secret')],
} as const

const serviceFlag = { service: textFlag('For this service alone (default: for all that name it)', 'SERVICE') }

const init = buildCommand({
  loader: async () => (await import('./secrets-commands.js')).init,
  parameters: { flags: configFlag },
  docs: { brief: 'Make a key of your own, and say which lines the config needs' },
})

const set = buildCommand({
  loader: async () => (await import('./secrets-commands.js')).set,
  parameters: { positional: nameArgument, flags: { ...configFlag, ...serviceFlag, ...hostFlag } },
  docs: {
    brief:
      'Put a value, asked for or from standard input, into the encrypted file; with --host on that host alone',
  },
})

const edit = buildCommand({
  loader: async () => (await import('./secrets-edit.js')).edit,
  parameters: { flags: configFlag },
  docs: { brief: 'Edit the encrypted file in $EDITOR' },
})

const list = buildCommand({
  loader: async () => (await import('./secrets-list.js')).list,
  parameters: {
    flags: {
      ...configFlag,
      ...jsonFlag,
      ...hostFlag,
      hosts: {
        kind: 'boolean',
        brief: 'Ask the hosts which values their services run with',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: 'Which secrets there are, and where each comes from; no values' },
})

const unset = buildCommand({
  loader: async () => (await import('./secrets-commands.js')).unset,
  parameters: { positional: nameArgument, flags: { ...configFlag, ...serviceFlag, ...hostFlag } },
  docs: { brief: 'Take a value out of the encrypted file, or from a host' },
})

const rotate = buildCommand({
  loader: async () => (await import('./secrets-commands.js')).rotate,
  parameters: { flags: configFlag },
  docs: { brief: 'Encrypt the file anew for the recipients of the config' },
})

const importEnv = buildCommand({
  loader: async () => (await import('./secrets-commands.js')).importEnv,
  parameters: {
    positional: { kind: 'tuple', parameters: [argument('FILE', 'A file of NAME=value lines, such as .env')] },
    flags: { ...configFlag, ...serviceFlag },
  },
  docs: { brief: 'Put all values of a .env file into the encrypted file' },
})

/** The commands that deal with secrets. */
export const secretsRoutes = buildRouteMap({
  routes: { init, set, edit, list, unset, rotate, import: importEnv },
  docs: { brief: 'What programs must get and nobody else may see: kept encrypted' },
})
