import { ExitCode } from '../../../contract/exit-codes.js'
import type { CertificateList } from '../../../engine/certificates.js'
import type { Cli } from '../../cli.js'
import { command } from '../../command.js'
import { failuresCode } from '../../failures.js'
import { hostFlags, jsonFlag } from '../../flags.js'
import { tableText } from '../../text/table.js'

/** `slipway certificates list`. */
export const list = command({
  brief: 'Show which domain has which certificate until when',
  flags: { ...hostFlags, ...jsonFlag },
  run: async (cli, { host = [], json = false, ...flags }) => {
    const { listCertificates } = await import('../../../engine/certificates.js')
    const config = await cli.config(flags)
    return showCertificates(cli, await listCertificates(await cli.engine(), config, host), json)
  },
})

/** Prints certificates; gives the exit code that goes with them. */
export function showCertificates(
  { print, printJson, terminal }: Cli,
  { certificates, failures }: CertificateList,
  json: boolean,
): ExitCode {
  if (json) printJson({ certificates: certificates.map(({ state: _, ...one }) => one) })
  else if (certificates.length > 0) {
    print(
      tableText(
        ['HOST', 'DOMAIN', 'ISSUER', 'STATE'],
        certificates.map(({ host, domain, issuer, state }) => [host, domain, issuer ?? '-', state.text]),
      ),
    )
  } else print('no https routes are served with certificates')
  const failed = failuresCode(terminal, failures)
  const bad = certificates.some(({ state }) => state.level === 'bad')
  return failed === ExitCode.ok && bad ? ExitCode.failed : failed
}
