import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { socketsOf } from './process-sockets.js'
import { isListening, type TcpSocket, tcpSockets } from './tcp.js'

/** Where systemd has its hierarchy: alone, or beside the controllers of version 1. */
const CGROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']

/**
 * The TCP sockets on which the processes of a unit listen. `own`: as they see the network, which may be one of their
 * own; else as the host does.
 */
export async function listeningOf(agent: Agent, unit: string, view: 'own' | 'host'): Promise<TcpSocket[]> {
  const processes = await processesOf(agent, unit)
  const [first] = processes
  if (first === undefined) return []
  const sockets = await tcpSockets(view === 'own' ? `/proc/${first}/net` : '/proc/net').catch(unlessEnded)
  const listening = sockets?.filter(isListening) ?? []
  if (listening.length === 0) return []
  const held = new Set((await Promise.all(processes.map((pid) => socketsOf(`/proc/${pid}`)))).flat())
  return listening.filter(({ inode }) => held.has(inode))
}

/** What the kernel says of a group, or a process, that ended while it was looked at. */
const ENDED = new Set(['ENODEV', 'EINVAL', 'ESRCH'])

function unlessEnded(error: NodeJS.ErrnoException): undefined {
  if (!ENDED.has(error.code ?? '')) throw error
}

async function processesOf(agent: Agent, unit: string): Promise<string[]> {
  const group = await agent.systemd.property(unit, 'Service', 'ControlGroup')
  if (typeof group !== 'string' || group === '') return []
  for (const root of CGROUPS) {
    const text = await readText(`${root}${group}/cgroup.procs`).catch(unlessEnded)
    if (text !== undefined) return text.split('\n').filter(Boolean)
  }
  return []
}
