import { join } from 'node:path'
import { SOCKETS_ROOT } from '../contract/paths.js'
import { HOST_UNITS, SOCKETS_MOUNT } from '../release/host-units.js'
import type { Agent } from './agent.js'
import { readText } from './files.js'
import { unitDir } from './units-dir.js'

/** Brings the units that services share to today's text. A mount that is there stays as it is until the next boot. */
export async function installHostUnits(agent: Agent): Promise<void> {
  const at = await unitDir(agent)
  let changed = false
  for (const [name, text] of Object.entries(HOST_UNITS)) {
    if ((await readText(join(at, name))) === text) continue
    await agent.files.makeFolder(at)
    await agent.files.write(join(at, name), text)
    changed = true
  }
  if (changed) await agent.systemd.daemonReload()
}

/** Why services can't have sockets on this host; undefined where they can. */
export async function socketsProblem(agent: Agent): Promise<string | undefined> {
  await installHostUnits(agent)
  const result = await agent.systemd.start(SOCKETS_MOUNT)
  if (result === 'done' && followsNoLinks(await readText('/proc/self/mountinfo'))) return undefined
  return (
    `the host can't mount ${SOCKETS_ROOT} so that no link is followed on it (nosymfollow: Linux 5.10 and util-linux ` +
    "2.38); `listen: 'port'` needs none"
  )
}

/** Whether the mount of sockets is there, with what it must have; mountinfo as proc_pid_mountinfo(5) has it. */
export function followsNoLinks(mountinfo = ''): boolean {
  // The last one lies on top.
  const line = mountinfo
    .split('\n')
    .filter((one) => one.split(' ')[4] === SOCKETS_ROOT)
    .at(-1)
  return line?.split(' ')[5]?.split(',').includes('nosymfollow') ?? false
}
