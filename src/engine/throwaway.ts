import { tlsPrograms } from '../release/tls.js'
import { connect } from '../remote/connection.js'
import { setupHost } from '../remote/setup.js'
import type { Selection } from './selection.js'

const THROWAWAY = 'rehearse:'

/**
 * Makes the throwaway hosts among these that nobody has made yet, ready for deploys: there is nothing on them
 * that anybody could mind. One that is merely down stays down.
 */
export async function makeThrowaways(
  { hosts, services }: Selection,
  onLine: (line: string) => void,
): Promise<void> {
  const throwaways = hosts.filter(({ ssh }) => ssh.startsWith(THROWAWAY))
  if (throwaways.length === 0) return
  const { exists, up } = await import('../rehearse/index.js')
  for (const host of throwaways) {
    const name = host.ssh.slice(THROWAWAY.length)
    if (await exists(name)) continue
    onLine(`${host.name}: making the throwaway host ${name}`)
    await up(name, { log: onLine })
    const connection = await connect(host)
    try {
      const programs = tlsPrograms(services.filter((service) => service.hosts.includes(host.name)))
      await setupHost(connection, { dryRun: false, programs }, (change) => onLine(`${host.name}: ${change}`))
    } finally {
      connection.close()
    }
  }
}
