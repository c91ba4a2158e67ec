import type { Survey } from '../../contract/survey.js'
import { listFolder, readText } from '../files.js'
import { ofProcess, socketsOf } from '../sockets/process-sockets.js'
import { isListening, tcpSockets } from '../sockets/tcp.js'

/** Who listens on the host's TCP ports. */
export async function listeners(proc = '/proc'): Promise<Survey['listeners']> {
  const ports = new Map(
    (await tcpSockets(`${proc}/net`)).filter(isListening).map(({ inode, port }) => [inode, port]),
  )
  const found: Survey['listeners'] = []
  for (const pid of (await listFolder(proc)).filter((name) => /^\d+$/.test(name))) {
    const at = `${proc}/${pid}`
    const own = new Set((await socketsOf(at)).flatMap((inode) => ports.get(inode) ?? []))
    if (own.size === 0) continue
    const [cgroup = '', name = ''] = await Promise.all(
      ['cgroup', 'comm'].map((file) => ofProcess(readText(`${at}/${file}`), undefined)),
    )
    const unit = /\/([^/\n]+\.service)$/m.exec(cgroup)?.[1] ?? null
    const program = name.trim().replace(/[^\x20-\x7e]/g, '?')
    for (const port of own) {
      if (!found.some((one) => one.port === port && one.unit === unit)) found.push({ port, program, unit })
    }
  }
  return found.sort((one, other) => one.port - other.port)
}
