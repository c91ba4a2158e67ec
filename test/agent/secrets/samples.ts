import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Agent } from '../../../src/agent/agent.js'
import { linkSecrets } from '../../../src/agent/secrets/release-links.js'
import { stageSecrets } from '../../../src/agent/secrets/store.js'
import { withSecrets } from '../../../src/agent/secrets/turns.js'

export const KEY = 'ab'.repeat(32)

export const base64 = (text: string) => Buffer.from(text).toString('base64')
export const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

const noStep = async () => undefined

/** Stores values, by `service/NAME/version`; the key first, where there is one. */
export function stage(
  agent: Agent,
  values: Record<string, string>,
  key?: string,
  step: (name: string) => Promise<void> = noStep,
): Promise<void> {
  const sent = Object.entries(values).map(([path, value]) => {
    const [service = '', name = '', version = ''] = path.split('/')
    return { service, name, version, value: base64(value) }
  })
  const keys = key === undefined ? [] : [{ service: 'web', key }]
  return withSecrets(() => stageSecrets(agent, sent, keys, step))
}

/** A release of `web` that refers to versions; gives its folder. */
export async function release(
  agent: Agent,
  number: number,
  secrets: Record<string, string>,
): Promise<string> {
  const folder = agent.places.release('web', number)
  await agent.files.makeFolder(folder)
  await linkSecrets(agent, 'web', folder, secrets)
  return folder
}

export const at = (agent: Agent, ...parts: string[]) => join(agent.places.secrets, ...parts)
