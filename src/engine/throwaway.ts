import { programsFor } from '../release/host-programs.js'
import type { Engine } from './engine.js'
import type { Selection } from './selection.js'
import { setupHost } from './setup.js'

const THROWAWAY = 'rehearse:'

/**
 * Makes the throwaway hosts among these that nobody has made yet, ready for deploys: there is nothing on them
 * that anybody could mind. One that is merely down stays down.
 */
export async function makeThrowaways(
  engine: Engine,
  { hosts, services }: Selection,
  overrides: Record<string, string>,
): Promise<void> {
  const throwaways = hosts.filter(({ ssh }) => ssh.startsWith(THROWAWAY))
  if (throwaways.length === 0) return
  const { exists, up } = await import('../rehearse/index.js')
  for (const host of throwaways) {
    const name = host.ssh.slice(THROWAWAY.length)
    if (await exists(name)) continue
    engine.tell({ type: 'making-throwaway', host: host.name, name })
    await up(name, { log: (line) => engine.tell({ type: 'throwaway-log', line }) })
    const programs = [...programsFor(services.filter((service) => service.hosts.includes(host.name))).keys()]
    await setupHost(engine, host, { dryRun: false, programs, overrides })
  }
}
