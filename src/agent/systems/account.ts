import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'

/** A user of the host. */
export interface Account {
  name: string
  id: number
  home: string
}

/** What getent(1) ends with where there is no such user. */
const NO_SUCH_KEY = 2

/** A user of the host; undefined where there is none. */
export async function accountOf(
  agent: Agent,
  user: string,
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<Account | undefined> {
  const local = accountIn((await readText(places.passwd)) ?? '', user)
  if (local !== undefined) return local
  // Users may come from elsewhere: LDAP, systemd.
  const ended = await agent.run(['getent', 'passwd', user])
  if (ended.code === NO_SUCH_KEY) return undefined
  if (ended.code === 0) return accountIn(ended.stdout, user)
  throw failed(`the host could not look for the user ${user}`, {
    why: ended.stderr.trim() || 'getent gave no answer',
  })
}

function accountIn(passwd: string, user: string): Account | undefined {
  const line = passwd.split('\n').find((one) => one.startsWith(`${user}:`))
  if (line === undefined) return undefined
  const [name = '', , id = '', , , home = ''] = line.split(':')
  return { name, id: Number(id), home }
}

/** A command as it is run by a user. */
export function asUser({ name, id, home }: Account, argv: readonly string[]): string[] {
  if (id === 0) return [...argv]
  const environment = [`HOME=${home}`, `USER=${name}`, `LOGNAME=${name}`, `XDG_RUNTIME_DIR=/run/user/${id}`]
  return ['runuser', '-u', name, '--', 'env', ...environment, ...argv]
}
