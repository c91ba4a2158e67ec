import { command } from '../../command.js'
import { argument, configFlags, hostArgument, textFlag } from '../../flags.js'
import { noteText } from '../../text/setup-note.js'

/** `slipway keys remove HOST NAME [--service SERVICE]`. */
export const remove = command({
  brief: "End a key's access, its logins, and what it is deploying",
  args: [hostArgument, argument('NAME', 'The name of the key')],
  flags: {
    ...configFlags,
    service: textFlag('The service, for a key that deploys one and nothing else', 'SERVICE'),
  },
  run: async (cli, { service, ...flags }, host, name) => {
    const { removeKey } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const { notes } = await removeKey(await cli.engine(), config, host, { service: service ?? null, name })
    cli.print(
      `${host}: the key ${name} may no longer ${service === undefined ? 'do anything' : `deploy ${service}`}`,
    )
    for (const note of notes) cli.print(noteText(host, note))
  },
})
