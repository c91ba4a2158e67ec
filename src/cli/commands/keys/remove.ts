import { command } from '../../command.js'
import { argument, configFlags, hostArgument } from '../../flags.js'
import { noteText } from '../../text/setup-note.js'
import { serviceFlag } from './add.js'

/** `slipway keys remove HOST NAME --service SERVICE`. */
export const remove = command({
  brief: "Take a key's access away",
  args: [hostArgument, argument('NAME', 'The name of the key')],
  flags: { ...configFlags, ...serviceFlag },
  run: async (cli, { service, ...flags }, host, name) => {
    const { removeKey } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const { notes } = await removeKey(await cli.engine(), config, host, { service, name })
    cli.print(`${host}: the key ${name} may no longer deploy ${service}`)
    for (const note of notes) cli.print(noteText(host, note))
  },
})
