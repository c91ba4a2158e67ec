import { join } from 'node:path'
import type { SecretValue } from '../../contract/activation.js'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import {
  isSecret,
  keyFile,
  SECRET_FILE_MODE,
  SECRET_FOLDER_MODE,
  secretFolder,
  versionFile,
} from './places.js'
import { decodeValue } from './value.js'

/** Begins a step by its name; crash tests stop the agent there. */
export type Step = (name: string) => Promise<void>

/** What a version that systemd-creds has encrypted ends with. */
const ENCRYPTED = '.cred'

/** Stores the values that were sent, each whole or not at all, after the keys that their versions were made with. */
export async function stageSecrets(
  agent: Agent,
  values: readonly SecretValue[],
  keys: readonly { service: string; key: string }[],
  step: Step,
): Promise<void> {
  for (const { service, key } of keys) await storeKey(agent, service, key)
  for (const value of values) await storeValue(agent, value, step)
}

/** The key comes from the first deployer; two first ones at once can't both be right. */
export async function storeKey(agent: Agent, service: string, key: string): Promise<void> {
  const path = keyFile(agent, service)
  const known = await readText(path)
  if (known?.trimEnd() === key) return
  if (known !== undefined) {
    throw failed(`somebody else put secrets of ${service} there in the meantime; run the command again`)
  }
  await makeFolders(agent, service)
  await agent.files.write(path, `${key}\n`, SECRET_FILE_MODE)
}

/** Puts a value in its place. The unencrypted one stays in memory, if the host can encrypt. */
export async function storeValue(agent: Agent, secret: SecretValue, step: Step): Promise<void> {
  const { service, name, version } = secret
  if (!isSecret(service, name, version)) {
    throw failed(`not a version of a secret: ${service} ${name} ${version}`)
  }
  const value = decodeValue(name, service, secret.value)
  const content = version.endsWith(ENCRYPTED) ? await encrypt(agent, service, name, value) : value
  await makeFolders(agent, service, name)
  await step('store-secret')
  await agent.files.write(versionFile(agent, service, name, version), content, SECRET_FILE_MODE)
}

/** With the host's own key alone: what is bound to a TPM can't be read any more after some updates of firmware. */
async function encrypt(agent: Agent, service: string, name: string, value: Uint8Array): Promise<string> {
  const argv = ['systemd-creds', 'encrypt', '--with-key=host', `--name=${name}`, '-', '-']
  const { code, stdout, stderr } = await agent.run(argv, { input: value })
  if (code === 0 && stdout !== '') return stdout
  throw failed(`systemd-creds could not encrypt the secret ${name} of ${service}`, {
    why: stderr.trim() || `It exited with status ${code}.`,
  })
}

async function makeFolders(agent: Agent, service: string, name?: string): Promise<void> {
  await agent.files.makeFolder(agent.places.secrets, SECRET_FOLDER_MODE)
  await agent.files.makeFolder(join(agent.places.secrets, service), SECRET_FOLDER_MODE)
  if (name !== undefined) await agent.files.makeFolder(secretFolder(agent, service, name), SECRET_FOLDER_MODE)
}
