import { readFile } from 'node:fs/promises'
import type { AddedKey } from '../../../engine/keys.js'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import {
  argument,
  configFlags,
  hostArgument,
  jsonFlag,
  takeOverFlag,
  textFlag,
  textsFlag,
} from '../../flags.js'
import { noteText } from '../../text/setup-note.js'

export const serviceFlag = {
  service: { ...textFlag('The service that it may deploy', 'SERVICE'), optional: false },
} as const

/** `slipway keys add HOST FILE --service SERVICE`. */
export const add = command({
  brief: 'Let a key deploy, roll back and look at one service, and nothing else',
  args: [hostArgument, argument('FILE', 'A public key of ssh, such as ci.pub')],
  flags: {
    ...configFlags,
    ...jsonFlag,
    ...serviceFlag,
    name: textFlag('What logs call it (default: the name of its file)', 'NAME'),
    route: textsFlag("A URL that it may serve, beside the service's in the config", 'URL'),
    ...takeOverFlag,
  },
  run: async (cli, { json, service, name, route = [], takeOver = false, ...flags }, host, file) => {
    const { addKey } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const added = await addKey(await cli.engine(), config, host, {
      ...{ service, name, routes: route, takeOver },
      key: await read(file),
    })
    if (json) cli.printJson(added)
    else cli.print(addedText(host, added))
  },
})

function addedText(host: string, added: AddedKey): string {
  const what = added.changed ? 'the key' : 'as before, the key'
  const urls = added.routes.join(', ') || 'no URL'
  return [
    `${host}: ${what} ${added.name} (${added.fingerprint}) may deploy ${added.service}, at ${urls}, as ${added.user}`,
    ...added.notes.map((note) => noteText(host, note)),
  ].join('\n')
}

async function read(file: string): Promise<{ text: string; file: string }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError({ what: `${file} can't be read (${error.code ?? error.message})` })
  })
  return { text, file }
}
