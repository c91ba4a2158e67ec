import type { Survey } from '../../contract/survey.js'
import { listeningProcesses } from '../sockets/listening.js'

/** Who listens on the host's TCP ports. */
export async function listeners(proc = '/proc'): Promise<Survey['listeners']> {
  const found: Survey['listeners'] = []
  for await (const { ports, cgroup = '', name: program = '' } of listeningProcesses(proc)) {
    const unit = /\/([^/\n]+\.service)$/m.exec(cgroup)?.[1] ?? null
    for (const port of ports) {
      if (!found.some((one) => one.port === port && one.unit === unit)) found.push({ port, program, unit })
    }
  }
  return found.sort((one, other) => one.port - other.port)
}
