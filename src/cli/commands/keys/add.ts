import { readFile } from 'node:fs/promises'
import type { AddedKey } from '../../../engine/keys.js'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import {
  argument,
  configFlags,
  hostArgument,
  jsonFlag,
  switchFlag,
  takeOverFlag,
  textFlag,
  textsFlag,
} from '../../flags.js'
import { noteText } from '../../text/setup-note.js'

/** `slipway keys add HOST FILE --service SERVICE`. */
export const add = command({
  brief: 'Let a key deploy services, or look at a host, and do nothing else',
  args: [hostArgument, argument('FILE', 'A public key of ssh, such as ci.pub')],
  flags: {
    ...configFlags,
    ...jsonFlag,
    service: textsFlag('A service that it may deploy, roll back and look at', 'SERVICE'),
    observe: switchFlag('Let it look at all of the host: status, logs, certificates; no values'),
    name: textFlag('What logs call it (default: the name of its file)', 'NAME'),
    route: textsFlag("A URL that it may serve, beside the service's in the config", '[SERVICE=]URL'),
    ...takeOverFlag,
  },
  run: async (
    cli,
    { json, service = [], observe = false, name, route = [], takeOver = false, ...flags },
    host,
    file,
  ) => {
    const { addKey } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const added = await addKey(await cli.engine(), config, host, {
      ...{ services: service, observe, name, routes: route, takeOver },
      key: await read(file),
    })
    if (json) cli.printJson(added)
    else cli.print(addedText(host, added))
  },
})

function addedText(host: string, added: AddedKey): string {
  const what = added.changed ? 'the key' : 'as before, the key'
  const may = [
    ...(added.observe ? ['look at the host'] : []),
    ...added.services.map(({ service, routes }) => `deploy ${service}, at ${routes.join(', ') || 'no URL'}`),
  ]
  return [
    `${host}: ${what} ${added.name} (${added.fingerprint}) may ${may.join('; ')}, as ${added.user}`,
    ...added.notes.map((note) => noteText(host, note)),
  ].join('\n')
}

async function read(file: string): Promise<{ text: string; file: string }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError({ what: `${file} can't be read (${error.code ?? error.message})` })
  })
  return { text, file }
}
