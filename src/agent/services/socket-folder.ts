import { failed } from '../../contract/failure.js'
import { listenFolder } from '../../release/listen.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'

/** Takes the folder of a service's sockets away, and the mount that it is: those of older versions are none. */
export async function removeSocketFolder(agent: Agent, service: string): Promise<void> {
  const folder = listenFolder(service)
  const mounts = (await readText('/proc/self/mountinfo')) ?? ''
  if (mounts.includes(` ${folder} `)) {
    const { code, stderr } = await agent.run(['umount', '--lazy', '--', folder])
    if (code !== 0) throw failed(`${folder} could not be taken away`, { why: stderr.trim() })
  }
  await agent.files.remove(folder)
}
