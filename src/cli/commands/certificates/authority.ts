import { command } from '../../command.js'
import { configFlags, hostArgument } from '../../flags.js'

/** `slipway certificates authority HOST`. */
export const authority = command({
  brief: "Print the certificate of a host's own authority, for a browser to trust",
  args: [hostArgument],
  flags: configFlags,
  run: async (cli, flags, host) => {
    const { certificateAuthority } = await import('../../../engine/certificates.js')
    const config = await cli.config(flags)
    cli.print(await certificateAuthority(await cli.engine(), config, host))
  },
})
