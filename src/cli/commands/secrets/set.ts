import type { Config } from '../../../config/resolved.js'
import type { ExitCode } from '../../../contract/exit-codes.js'
import { usageError } from '../../../errors.js'
import { textOf, valueProblem } from '../../../secrets/value.js'
import type { Cli } from '../../cli.js'
import { command } from '../../command.js'
import { argument, hostFlags } from '../../flags.js'
import type { Prompt } from '../../prompt.js'
import { checkName, serviceFlag } from './name.js'

/** `slipway secrets set NAME`. */
export const set = command({
  brief:
    'Put a value, asked for or from standard input, into the encrypted file; with --host on that host alone',
  args: [argument('NAME', 'The secret')],
  flags: { ...hostFlags, ...serviceFlag },
  run: async (cli, { host, service, ...flags }, name) => {
    const config = await cli.config(flags)
    await checkName(config, name, service)
    if (host) return setOnHosts(cli, config, host, service, name)
    return setInFile(cli, config, service, name)
  },
})

async function setInFile(
  { prompt, print }: Cli,
  config: Config,
  service: string | undefined,
  name: string,
): Promise<undefined> {
  const [{ secretKey, withValues }, { readSecrets, writeSecrets }, { withSecrets }] = await Promise.all([
    import('../../../secrets/document.js'),
    import('../../../secrets/file.js'),
    import('../../../secrets/resolve.js'),
  ])
  // Whether the file can be read is known before anybody types.
  const document = await readSecrets(config)
  const key = secretKey(name, service)
  const value = await givenValue(prompt, name)
  const had = document.values[key]
  await writeSecrets(config, withValues(document, { ...document.values, [key]: value }))
  print(
    `${key}: ${had === undefined ? 'set' : had === value ? 'as it was' : 'changed'} in ${config.secrets.file}`,
  )
  const used = withSecrets(config.services).some(({ secrets }) =>
    secrets.some((one) => one.name === name && one.from === 'file'),
  )
  if (!used) print('No service takes it from the file yet: add it to `secrets` of one.')
}

const CHANGES = { set: 'set', changed: 'changed', none: 'as it was' } as const

async function setOnHosts(
  cli: Cli,
  config: Config,
  hosts: readonly string[],
  given: string | undefined,
  name: string,
): Promise<ExitCode> {
  const [{ keepSecret }, { serviceOf }, { showOperated }] = await Promise.all([
    import('../../../engine/secrets.js'),
    import('../../../engine/selection.js'),
    import('../../operated.js'),
  ])
  const service = serviceOf(config, given)
  const value = await givenValue(cli.prompt, name)
  const operated = await keepSecret(await cli.engine(), config, { service, name, value, hosts })
  return showOperated(cli, operated, ({ host, change }) => {
    const changed = `${name} of ${service} on ${host}: ${CHANGES[change]}`
    return change === 'none' ? changed : `${changed}\n\`slipway deploy ${service}\` gives it to the service.`
  })
}

/** The value, as it is typed, or from standard input. */
async function givenValue(prompt: Prompt, name: string): Promise<string> {
  const value = prompt.canAsk
    ? ((await prompt.line(`Value of ${name} (not shown): `, { hidden: true })) ?? '')
    : await standardInput(name)
  const problem = valueProblem(value)
  if (problem === undefined) return value
  throw usageError({ what: `the value of ${name} ${problem}`, still: 'Nothing was changed.' })
}

async function standardInput(name: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  const read = textOf(Buffer.concat(chunks))
  if ('text' in read) return read.text
  throw usageError({ what: `the value of ${name} ${read.problem}`, still: 'Nothing was changed.' })
}
