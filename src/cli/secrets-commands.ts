import { constants, existsSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import type { Config } from '../config/resolved.js'
import { usageError } from '../errors.js'
import { generateKey, recipientOf } from '../secrets/age.js'
import { type SecretsDocument, secretKey, withValues } from '../secrets/document.js'
import { readSecrets, secretsPath, writeSecrets } from '../secrets/file.js'
import { defaultKeyFile, findIdentities } from '../secrets/identities.js'
import { withSecrets } from '../secrets/resolve.js'
import { textOf, valueProblem } from '../secrets/value.js'
import { canAsk } from './ask.js'
import { askHidden } from './ask-hidden.js'
import { command, configOf, print } from './command.js'
import type { ConfigFlags, HostFlags } from './flags.js'
import { serviceOf } from './hosts.js'
import { forgetOnHosts, keepOnHosts } from './secrets-hosts.js'

type SetFlags = HostFlags & { service?: string }

/** `slipway secrets init`. */
export const init = command(async (flags: ConfigFlags) => {
  const config = await configOf(flags)
  const { keys } = findIdentities()
  const [own] = keys.length > 0 ? keys : [await makeKey(defaultKeyFile())]
  const recipient = await recipientOf(own ?? '')
  const known = Object.entries(config.secrets.recipients).find(([, key]) => key === recipient)
  if (known) {
    print(`${known[0]}, whose key this is, is one of the config's recipients already: ${recipient}`)
    return
  }
  print(`Your public key: ${recipient}`)
  print('The config needs it among its recipients:')
  print(`  secrets: { recipients: { ${recipientName()}: '${recipient}' } },`)
  if (existsSync(secretsPath(config))) {
    print('Then somebody who can read the secrets already runs `slipway secrets rotate`.')
  }
})

/** A new key where none is; nobody else can read it at any time. */
async function makeKey(path: string): Promise<string> {
  const { identity, recipient } = await generateKey()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  await file.writeFile(`# public key: ${recipient}\n${identity}\n`)
  await file.sync()
  await file.close()
  print(
    `Made a key: ${path}. Keep a copy of it in a safe place: without it, nobody can read what is encrypted for it.`,
  )
  return identity
}

function recipientName(): string {
  const { username } = userInfo()
  return /^[a-z]\w*$/.test(username) ? username : 'me'
}

/** `slipway secrets set NAME`. */
export const set = command(async (flags: SetFlags, name: string) => {
  const config = await configOf(flags)
  checkName(config, name, flags.service)
  if (flags.host) {
    const service = serviceOf(config, flags.service)
    return keepOnHosts(config, flags.host, service, name, await givenValue(name))
  }
  // Whether the file can be read is known before anybody types.
  const document = await readSecrets(config)
  const key = secretKey(name, flags.service)
  const value = await givenValue(name)
  const had = document.values[key]
  await writeSecrets(config, withValues(document, { ...document.values, [key]: value }))
  print(
    `${key}: ${had === undefined ? 'set' : had === value ? 'as it was' : 'changed'} in ${config.secrets.file}`,
  )
  const used = withSecrets(config.services).some(({ secrets }) =>
    secrets.some((one) => one.name === name && one.from === 'file'),
  )
  if (!used) print('No service takes it from the file yet: add it to `secrets` of one.')
  return undefined
})

/** `slipway secrets unset NAME`. */
export const unset = command(async (flags: SetFlags, name: string) => {
  const config = await configOf(flags)
  checkName(config, name, flags.service)
  if (flags.host) return forgetOnHosts(config, flags.host, serviceOf(config, flags.service), name)
  const document = await readSecrets(config)
  const key = secretKey(name, flags.service)
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
  return undefined
})

/** `slipway secrets rotate`. */
export const rotate = command(async (flags: ConfigFlags) => {
  const config = await configOf(flags)
  if (!existsSync(secretsPath(config))) throw usageError({ what: `there is no ${secretsPath(config)} yet` })
  const document = await writeSecrets(config, await readSecrets(config))
  const names = Object.keys(document.recipients).join(', ')
  print(`${config.secrets.file}: encrypted for ${names}`)
  for (const line of formerLines(document)) print(line)
})

/** Who could read what has not changed since. */
export function formerLines({ former }: Pick<SecretsDocument, 'former'>): string[] {
  return Object.values(former).map(
    ({ name, knows }) =>
      `${name} could read, and still has in earlier commits: ${knows.join(', ')}; change ${knows.length === 1 ? 'it where it is' : 'them where they are'} used, then here`,
  )
}

/** `slipway secrets import FILE`. */
export const importEnv = command(async (flags: ConfigFlags & { service?: string }, file: string) => {
  const config = await configOf(flags)
  if (flags.service !== undefined) serviceOf(config, flags.service)
  const document = await readSecrets(config)
  const found = parseEnv(await readText(file))
  const names = Object.keys(found).sort()
  if (names.length === 0) throw usageError({ what: `${file} has no lines of the form NAME=value` })
  const taken: Record<string, string> = {}
  for (const name of names) {
    const value = found[name] ?? ''
    const problem = NAME_PATTERN.test(name) ? valueProblem(value) : 'is no name of a variable'
    if (problem === undefined) taken[secretKey(name, flags.service)] = value
    else print(`left out: ${name} ${problem}`)
  }
  await writeSecrets(config, withValues(document, { ...document.values, ...taken }))
  const list = Object.keys(taken)
  print(`${config.secrets.file} has now: ${list.join(', ')}`)
  print(
    `Name in the config what a service needs: secrets: [${list.map((key) => `'${key.split('/').at(-1)}'`).join(', ')}]`,
  )
  print(`Then delete ${file}; if git has it, its history has too, and the values should be changed.`)
})

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError({ what: `${file} can't be read`, why: (error as NodeJS.ErrnoException).code })
  }
}

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/

function checkName(config: Config, name: string, service: string | undefined): void {
  if (service !== undefined) serviceOf(config, service)
  if (NAME_PATTERN.test(name)) return
  throw usageError({
    what: name.includes('=')
      ? 'a value must not stand on the command line'
      : `"${name}" can't be a secret's name`,
    why: name.includes('=')
      ? "Other users of this machine and the shell's history can see it there."
      : 'It has letters, digits and _, as variables have.',
    next: '`slipway secrets set NAME` asks for the value, or takes it from standard input.',
  })
}

/** The value, as it is typed, or from standard input. */
async function givenValue(name: string): Promise<string> {
  const value = canAsk()
    ? ((await askHidden(`Value of ${name} (not shown):`)) ?? '')
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
