import { readFile } from 'node:fs/promises'
import type { Agent } from '../agent.js'

const PASSWD = '/etc/passwd'

/** The id of a user: from the host's own list, or one that its name service asks elsewhere. undefined: there is none. */
export async function userId(agent: Agent, name: string): Promise<number | undefined> {
  const here = idIn(await readFile(PASSWD, 'utf8'), name)
  if (here !== undefined) return here
  const { code, stdout } = await agent.run(['getent', 'passwd', name])
  if (code === 0) return idIn(stdout, name)
  if (code === 2) return undefined
  throw new Error(`getent could not tell whether there is a user ${name}`)
}

/** What a user is called; undefined where nobody has that id. */
export async function userName(agent: Agent, id: number): Promise<string | undefined> {
  const { code, stdout } = await agent.run(['getent', 'passwd', String(id)])
  return code === 0 ? stdout.split(':')[0] : undefined
}

/** Lines of passwd(5). */
function idIn(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name}:`))
  const id = line?.split(':')[2]
  return id === undefined || !/^\d+$/.test(id) ? undefined : Number(id)
}
