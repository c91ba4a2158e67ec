import { listFolder, readText } from '../files.js'
import { ofProcess, socketsOf } from './process-sockets.js'
import { isListening, tcpSockets } from './tcp.js'

/**
 * Who listens on a TCP port, as `perl (process 12)`: a process that isn't part of the service itself. undefined: nobody
 * else, or nobody that this host has a process for.
 */
export async function portHolder(port: number, own: string, proc = '/proc'): Promise<string | undefined> {
  const sockets = await tcpSockets(`${proc}/net`)
  const inodes = new Set(
    sockets.filter((socket) => socket.port === port && isListening(socket)).map(({ inode }) => inode),
  )
  if (inodes.size === 0) return undefined
  for (const pid of await processes(proc)) {
    const at = `${proc}/${pid}`
    if (!(await socketsOf(at)).some((inode) => inodes.has(inode))) continue
    const [cgroup, name] = await Promise.all(
      ['cgroup', 'comm'].map((file) => ofProcess(readText(`${at}/${file}`), undefined)),
    )
    if (cgroup === undefined || name === undefined || isOf(own, cgroup)) continue
    return `${printable(name.trim())} (process ${pid})`
  }
  return undefined
}

async function processes(proc: string): Promise<number[]> {
  const names = await listFolder(proc)
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)
}

/** Whether a process is in a unit of a service: of an instance, a worker, a queue. */
function isOf(service: string, cgroup: string): boolean {
  return new RegExp(`/${service}([-@][a-z0-9-]*)?\\.service(/|$)`, 'm').test(cgroup)
}

/** Programs name themselves, and may do so with control characters. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?')
}
