import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { releaseNumbers, serviceNames } from './releases.js'

/** Files of a release that only root reads: a service's variables are nobody else's business. */
export const PRIVATE_MODE = 0o600
/** Those of them that older versions left readable; the manifest is the last to be written. */
const ONCE_READABLE = ['runtime', 'closure.json', 'release.json']

/** Takes from everybody but root what older versions of slipway let them read. */
export async function makePrivate(agent: Agent): Promise<void> {
  for (const service of await serviceNames(agent)) {
    await privateIn(agent, join(agent.places.service(service), 'approved'))
    for (const number of await releaseNumbers(agent, service)) {
      await privateIn(agent, agent.places.release(service, number))
    }
  }
}

async function privateIn(agent: Agent, folder: string): Promise<void> {
  for (const name of ONCE_READABLE) {
    const path = join(folder, name)
    const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (there?.isFile() && (there.mode & 0o077) !== 0) await agent.files.setMode(path, PRIVATE_MODE)
  }
}
