import { command } from '../../command.js'
import { argument, hostFlags, jsonFlag, switchFlag } from '../../flags.js'
import { showCertificates } from './list.js'

/** `slipway certificates renew [DOMAIN…]`. */
export const renew = command({
  brief: 'Get certificates that are missing or due now, without waiting for the next attempt',
  args: { each: argument('DOMAIN', 'A domain of an https route (default: all)') },
  flags: {
    ...hostFlags,
    ...jsonFlag,
    force: switchFlag('Also what is not due yet, for example because it was revoked'),
  },
  run: async (cli, { host = [], json = false, force = false, ...flags }, ...domains) => {
    const { renewCertificates } = await import('../../../engine/certificates.js')
    const config = await cli.config(flags)
    const found = await renewCertificates(await cli.engine(), config, { hosts: host, domains, force })
    return showCertificates(cli, found, json)
  },
})
