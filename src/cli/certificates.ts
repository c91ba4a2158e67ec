import { buildCommand, buildRouteMap } from '@stricli/core'
import { argument, configFlag, hostFlag, jsonFlag } from './flags.js'

/** `slipway certificates …`: what it takes is said here, what it does is loaded when it is called. */

const list = buildCommand({
  loader: async () => (await import('./certificates-commands.js')).list,
  parameters: { flags: { ...configFlag, ...hostFlag, ...jsonFlag } },
  docs: { brief: 'Show which domain has which certificate until when' },
})

const renew = buildCommand({
  loader: async () => (await import('./certificates-commands.js')).renew,
  parameters: {
    positional: {
      kind: 'array',
      parameter: argument('DOMAIN', 'A domain of an https route (default: all)'),
    },
    flags: {
      ...configFlag,
      ...hostFlag,
      ...jsonFlag,
      force: {
        kind: 'boolean',
        brief: 'Also what is not due yet, for example because it was revoked',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: 'Get certificates that are missing or due now, without waiting for the next attempt' },
})

const hostArgument = argument('HOST', 'A host of the config')

const env = buildCommand({
  loader: async () => (await import('./certificates-commands.js')).env,
  parameters: { positional: { kind: 'tuple', parameters: [hostArgument] }, flags: configFlag },
  docs: { brief: "Give a host its DNS provider's credentials, lines NAME=value from standard input" },
})

const authority = buildCommand({
  loader: async () => (await import('./certificates-commands.js')).authority,
  parameters: { positional: { kind: 'tuple', parameters: [hostArgument] }, flags: configFlag },
  docs: { brief: "Print the certificate of a host's own authority, for a browser to trust" },
})

/** The commands that deal with certificates. */
export const certificatesRoutes = buildRouteMap({
  routes: { list, renew, env, authority },
  defaultCommand: 'list',
  docs: { brief: 'The certificates of https routes' },
})
