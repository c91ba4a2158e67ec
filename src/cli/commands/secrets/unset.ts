import type { Config } from '../../../config/resolved.js'
import type { ExitCode } from '../../../contract/exit-codes.js'
import { usageError } from '../../../errors.js'
import type { Cli } from '../../cli.js'
import { command } from '../../command.js'
import { argument, hostFlags } from '../../flags.js'
import { checkName, serviceFlag } from './name.js'

/** `slipway secrets unset NAME`. */
export const unset = command({
  brief: 'Take a value out of the encrypted file, or from a host',
  args: [argument('NAME', 'The secret')],
  flags: { ...hostFlags, ...serviceFlag },
  run: async (cli, { host, service, ...flags }, name) => {
    const config = await cli.config(flags)
    await checkName(config, name, service)
    if (host) return unsetOnHosts(cli, config, host, service, name)
    return unsetInFile(cli, config, service, name)
  },
})

async function unsetInFile(
  { print }: Cli,
  config: Config,
  service: string | undefined,
  name: string,
): Promise<undefined> {
  const [{ secretKey, withValues }, { readSecrets, writeSecrets }] = await Promise.all([
    import('../../../secrets/document.js'),
    import('../../../secrets/file.js'),
  ])
  const document = await readSecrets(config)
  const key = secretKey(name, service)
  if (document.values[key] === undefined) {
    throw usageError({
      what: `${config.secrets.file} has no ${key}`,
      next: `It has: ${Object.keys(document.values).sort().join(', ') || 'nothing'}.`,
    })
  }
  const { [key]: _, ...others } = document.values
  await writeSecrets(config, withValues(document, others))
  print(
    `${key}: taken out of ${config.secrets.file}; earlier commits still have it, so change it where it is used`,
  )
}

async function unsetOnHosts(
  cli: Cli,
  config: Config,
  hosts: readonly string[],
  given: string | undefined,
  name: string,
): Promise<ExitCode> {
  const [{ forgetSecret }, { serviceOf }, { showOperated }] = await Promise.all([
    import('../../../engine/secrets.js'),
    import('../../../engine/selection.js'),
    import('../../operated.js'),
  ])
  const service = serviceOf(config, given)
  const operated = await forgetSecret(await cli.engine(), config, { service, name, hosts })
  return showOperated(
    cli,
    operated,
    ({ host }) => `${name} of ${service} on ${host}: gone once no release there refers to it`,
  )
}
