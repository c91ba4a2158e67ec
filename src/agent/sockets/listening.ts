import { listFolder, readText } from '../files.js'
import { ofProcess, socketsOf } from './process-sockets.js'
import { isListening, tcpSockets } from './tcp.js'

/** A process that listens on TCP ports. */
export interface Listening {
  pid: number
  ports: ReadonlySet<number>
  /** The text of its `/proc/PID/cgroup`; undefined: it has ended since, or is nobody's to see. */
  cgroup: string | undefined
  /** What it calls itself, without the control characters that it may have put there. */
  name: string | undefined
}

/** The processes that listen on some of a host's TCP ports, in the order of their numbers. */
export async function* listeningProcesses(
  proc: string,
  wanted: (port: number) => boolean = () => true,
): AsyncGenerator<Listening> {
  const sockets = (await tcpSockets(`${proc}/net`)).filter(
    (socket) => isListening(socket) && wanted(socket.port),
  )
  const portOf = new Map(sockets.map(({ inode, port }) => [inode, port]))
  if (portOf.size === 0) return
  const pids = (await listFolder(proc)).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const pid of pids.sort((one, other) => one - other)) {
    const at = `${proc}/${pid}`
    const ports = new Set((await socketsOf(at)).flatMap((inode) => portOf.get(inode) ?? []))
    if (ports.size === 0) continue
    const [cgroup, name] = await Promise.all(
      ['cgroup', 'comm'].map((file) => ofProcess(readText(`${at}/${file}`), undefined)),
    )
    yield { pid, ports, cgroup, name: name?.trim().replace(/[^\x20-\x7e]/g, '?') }
  }
}
