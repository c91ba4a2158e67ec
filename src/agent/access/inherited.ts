import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import { type Manifest, manifestSchema } from '../../contract/release.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { PRIVATE_MODE } from '../services/private-files.js'

const folderOf = (agent: Agent, service: string) => join(agent.places.service(service), 'approved')
const fileOf = (agent: Agent, service: string) => join(folderOf(agent, service), 'release.json')

/** What an administrator has deployed last, keys may deploy again: see the policy. */
export async function keepInherited(agent: Agent, service: string, manifest: Manifest): Promise<void> {
  await agent.files.makeFolder(folderOf(agent, service), 0o700)
  await agent.files.write(fileOf(agent, service), `${JSON.stringify(manifest)}\n`, PRIVATE_MODE)
}

/**
 * null where no administrator has deployed the service, or only with 0.1, which kept rendered files: those give a key
 * nothing.
 */
export async function readInherited(agent: Agent, service: string): Promise<Manifest | null> {
  const text = await readText(fileOf(agent, service))
  if (text === undefined) return null
  const parsed = manifestSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw failed(`what an administrator has deployed of ${service} can't be read`, {
    why: fileOf(agent, service),
    next: 'Somebody with full access has to deploy it once.',
  })
}
