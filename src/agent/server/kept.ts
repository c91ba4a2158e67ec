import { type OtherService, otherService } from '../access/policy/others.js'
import type { Agent } from '../agent.js'
import { readRelease, releaseNumbers, serviceNames } from '../services/releases.js'
import { currentRelease } from '../services/slots.js'

/** What services have for themselves, also while nothing of them runs. */
export async function keptBy(agent: Agent): Promise<OtherService[]> {
  return Promise.all(
    (await serviceNames(agent)).map(async (name) => {
      const numbers = await releaseNumbers(agent, name)
      const releases = await Promise.all(numbers.map((number) => readRelease(agent, name, number)))
      const current = await currentRelease(agent, name)
      const serving = releases.find(({ number }) => number === current)
      const manifests = releases.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]))
      const { ports, routes } = otherService(name, manifests, serving?.manifest ?? null)
      const legacy = releases.flatMap(({ manifest, layout }) =>
        manifest === null && layout.endpoints !== null
          ? Object.values(layout.endpoints).flatMap((endpoint) => ('tcp' in endpoint ? [endpoint.tcp] : []))
          : [],
      )
      return { name, ports: [...ports, ...legacy], routes }
    }),
  )
}
