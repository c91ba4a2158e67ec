import { buildCommand, buildRouteMap } from '@stricli/core'
import { argument, jsonFlag, optionalArgument } from './flags.js'

/** `slipway rehearse …`: what it takes is said here, what it does is loaded when it is called. */

const hostArgument = argument('NAME', 'The throwaway host')

const up = buildCommand({
  loader: async () => (await import('./rehearse-commands.js')).up,
  parameters: {
    positional: { kind: 'tuple', parameters: [hostArgument] },
    flags: {
      bare: {
        kind: 'boolean',
        brief: 'Without Nix and nginx, to rehearse `slipway setup`',
        optional: true,
        withNegated: false,
      },
      toolchain: {
        kind: 'boolean',
        brief: 'Give the host the offline toolchain, to build on it',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: 'Create or boot a throwaway host on this machine, and wait until it is up' },
})

const list = buildCommand({
  loader: async () => (await import('./rehearse-commands.js')).list,
  parameters: { flags: jsonFlag },
  docs: { brief: 'List the throwaway hosts' },
})

const ssh = buildCommand({
  loader: async () => (await import('./rehearse-commands.js')).ssh,
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: argument('NAME -- COMMAND', 'The throwaway host, and perhaps a command after --'),
    },
  },
  docs: { brief: 'Log in to a throwaway host as root, or run a command on it' },
})

const down = buildCommand({
  loader: async () => (await import('./rehearse-commands.js')).down,
  parameters: {
    positional: { kind: 'tuple', parameters: [optionalArgument('NAME', 'The throwaway host')] },
    flags: {
      all: { kind: 'boolean', brief: 'All throwaway hosts', optional: true, withNegated: false },
      keep: {
        kind: 'boolean',
        brief: 'Keep the disk, so that `up` boots it again',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: 'Shut a throwaway host down and delete it' },
})

/** The commands that deal with throwaway hosts. */
export const rehearseRoutes = buildRouteMap({
  routes: { up, list, ssh, down },
  docs: { brief: 'Throwaway hosts on this machine, to rehearse a deploy on' },
})
