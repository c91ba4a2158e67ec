import { buildCommand, buildRouteMap } from '@stricli/core'
import { argument, configFlag, jsonFlag, textFlag, textsFlag } from './flags.js'

/** `slipway keys …`: what it takes is said here, what it does is loaded when it is called. */

const hostArgument = argument('HOST', 'A host of the config')
const serviceFlag = { ...textFlag('The service that it may deploy', 'SERVICE'), optional: false } as const

const add = buildCommand({
  loader: async () => (await import('./keys.js')).keysAdd,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [hostArgument, argument('FILE', 'A public key of ssh, such as ci.pub')],
    },
    flags: {
      ...configFlag,
      ...jsonFlag,
      service: serviceFlag,
      name: textFlag('What logs call it (default: the name of its file)', 'NAME'),
      route: textsFlag("A URL that it may serve, beside the service's in the config", 'URL'),
      signingKey: textFlag('The public key of Nix that signs what it deploys', 'FILE'),
    },
  },
  docs: { brief: 'Let a key deploy, roll back and look at one service, and nothing else' },
})

const list = buildCommand({
  loader: async () => (await import('./keys.js')).keysList,
  parameters: {
    positional: { kind: 'tuple', parameters: [hostArgument] },
    flags: { ...configFlag, ...jsonFlag },
  },
  docs: { brief: 'List the keys for one service each' },
})

const remove = buildCommand({
  loader: async () => (await import('./keys.js')).keysRemove,
  parameters: {
    positional: { kind: 'tuple', parameters: [hostArgument, argument('NAME', 'The name of the key')] },
    flags: { ...configFlag, service: serviceFlag },
  },
  docs: { brief: "Take a key's access away" },
})

/** The commands that deal with keys for one service. */
export const keysRoutes = buildRouteMap({
  routes: { add, list, remove },
  docs: { brief: 'Keys that may deploy one service and nothing else' },
})
