import { text } from 'node:stream/consumers'
import { HOST_ROOT } from '../../../contract/paths.js'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import { configFlags, hostArgument } from '../../flags.js'

/** `slipway certificates env HOST`. */
export const env = command({
  brief: "Give a host its DNS provider's credentials, lines NAME=value from standard input",
  args: [hostArgument],
  flags: configFlags,
  run: async (cli, flags, host) => {
    const [{ setCertificateEnv }, { hostOf }] = await Promise.all([
      import('../../../engine/certificates.js'),
      import('../../../engine/selection.js'),
    ])
    const config = await cli.config(flags)
    hostOf(config, host)
    if (process.stdin.isTTY) {
      throw usageError({
        what: 'the credentials come over standard input',
        next: `slipway certificates env ${host} < FILE`,
      })
    }
    await setCertificateEnv(await cli.engine(), config, host, await text(process.stdin))
    cli.print(`${host}: the credentials are in ${HOST_ROOT}/certificates/env, for root alone`)
  },
})
