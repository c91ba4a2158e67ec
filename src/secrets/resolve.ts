import type { Config, ProgramConfig, SecretConfig, ServiceConfig } from '../config/resolved.js'
import { SlipwayError, usageError } from '../errors.js'
import type { SecretsDocument } from './document.js'
import { valueFor } from './document.js'
import { textOf, valueProblem } from './value.js'

/** How long a command may take to print a value: somebody may have to unlock a vault first. */
const COMMAND_TIMEOUT_MS = 120_000

/** The values of services' secrets, by service and name; without those that hosts alone keep. */
export type SecretValues = Record<string, Record<string, string>>

/** The services that have secrets. */
export function withSecrets(services: readonly ServiceConfig[]): ProgramConfig[] {
  return services.filter((service) => service.kind === 'service').filter(({ secrets }) => secrets.length > 0)
}

/**
 * Reads all values that services need, each source once.
 * @throws SlipwayError with everything that is missing, blank or can't be read. No value is part of it.
 */
export async function resolveSecrets(
  config: Pick<Config, 'root' | 'secrets'>,
  services: readonly ServiceConfig[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<SecretValues> {
  const values: SecretValues = {}
  const problems: string[] = []
  const wanted = withSecrets(services).flatMap(({ name, secrets }) =>
    secrets.map((secret) => ({ service: name, secret })),
  )
  let unreadable: SlipwayError | undefined
  const file = wanted.some(({ secret }) => secret.from === 'file')
    ? await readFile(config).catch((error: unknown) => {
        if (!(error instanceof SlipwayError)) throw error
        unreadable = error
        return undefined
      })
    : undefined
  const printed = new Map<string, Found>()
  for (const { service, secret } of wanted) {
    if (secret.from === 'host') continue
    const found = await findValue(config, service, secret, { file, env, printed })
    if (found === undefined) continue
    const problem = 'problem' in found ? found.problem : valueProblem(found.text)
    if (problem !== undefined) problems.push(`${service}: ${secret.name} ${problem}`)
    else if ('text' in found) values[service] = { ...values[service], [secret.name]: found.text }
  }
  if (problems.length === 0) {
    if (unreadable) throw unreadable
    return values
  }
  if (unreadable) problems.unshift([unreadable.parts.what, unreadable.parts.why].filter(Boolean).join('\n'))
  throw usageError({
    what: problems.length === 1 ? 'a secret is missing' : 'secrets are missing',
    why: problems.map((problem) => `  ${problem.replaceAll('\n', '\n    ')}`).join('\n'),
    still: 'Nothing was contacted or changed.',
    next: '`slipway secrets set NAME` puts a value into the encrypted file; `slipway secrets list` shows where each comes from.',
  })
}

/** What few deploys need is loaded when it is. */
async function readFile(config: Pick<Config, 'root' | 'secrets'>): Promise<SecretsDocument> {
  return (await import('./file.js')).readSecrets(config)
}

type Found = { text: string } | { problem: string }

interface Sources {
  /** undefined: it could not be read, which has been told. */
  file: SecretsDocument | undefined
  env: NodeJS.ProcessEnv
  /** What commands have printed. */
  printed: Map<string, Found>
}

async function findValue(
  config: Pick<Config, 'root' | 'secrets'>,
  service: string,
  { name, from }: SecretConfig,
  { file, env, printed }: Sources,
): Promise<Found | undefined> {
  if (typeof from === 'string') {
    if (!file) return undefined
    const text = valueFor(file, service, name)
    return text === undefined ? { problem: `is not in ${config.secrets.file}` } : { text }
  }
  if ('env' in from) {
    const text = env[from.env]
    return text === undefined ? { problem: `comes from $${from.env}, which is not set` } : { text }
  }
  const key = JSON.stringify(from.command)
  const known = printed.get(key) ?? (await runCommand(config.root, from.command))
  printed.set(key, known)
  return known
}

/** What a command prints. What it says when it fails is not shown: it may hold the value, or its way to it. */
async function runCommand(root: string, [program = '', ...args]: readonly string[]): Promise<Found> {
  const { execa } = await import('execa')
  const result = await execa(program, args, {
    cwd: root,
    stdin: 'inherit',
    stderr: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
  })
  const by = `comes from the command \`${program}\`, which`
  if (result.code === 'ENOENT') return { problem: `${by} is not installed here` }
  if (result.timedOut) return { problem: `${by} took longer than ${COMMAND_TIMEOUT_MS / 1000} s` }
  if (result.exitCode !== 0) {
    const how = result.exitCode === undefined ? 'was killed' : `exited with status ${result.exitCode}`
    return { problem: `${by} ${how}; run it by hand to see why` }
  }
  const text = textOf(result.stdout)
  return 'text' in text ? text : { problem: `${by} printed what ${text.problem}` }
}
