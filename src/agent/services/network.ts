import * as z from 'zod/mini'
import type { Slot } from '../../contract/service.js'
import { REFUSED_SET, RULES_TABLE } from '../../release/network-rules.js'
import { networkUnitNames } from '../../release/network-units.js'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { listeningPorts } from '../sockets/tcp.js'

/** Networks of their own: see src/release/network-units.ts. */

/** Makes the network of the instance in a slot, and its way out. */
export async function startNetwork(
  agent: Agent,
  service: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<void> {
  for (const unit of networkUnitNames(service, slot)) {
    await agent.systemd.resetFailed(unit)
    if ((await agent.systemd.start(unit, { signal })) !== 'done') {
      throw new ItemProblem(`the network of its own could not be made: ${unit} did not start`)
    }
  }
}

/** Does what may fail since the instance has a network of its own, and then says so. */
export async function explainingRefusals(
  agent: Agent,
  network: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (network === undefined || !(error instanceof ItemProblem)) throw error
    // It only explains: what fails here, since the network is gone by now, keeps nobody from hearing the reason itself.
    const ports = await refusedPorts(agent, network).catch(() => [])
    throw ports.length === 0 ? error : new ItemProblem(`${error.message}; ${await refusedText(ports)}`)
  }
}

/** What nft(8) says of a set: an element is a number, or an object where it has more to say. */
const setSchema = z.object({
  nftables: z.array(z.object({ set: z.optional(z.object({ elem: z.optional(z.array(z.unknown())) })) })),
})

/** The ports of the instance's own loopback at which it asked, and nobody listened. */
async function refusedPorts(agent: Agent, network: string): Promise<number[]> {
  const nft = ['nft', '--json', 'list', 'set', 'inet', RULES_TABLE, REFUSED_SET]
  const { code, stdout } = await agent.run(['ip', 'netns', 'exec', network, ...nft])
  if (code !== 0) return []
  const { nftables } = setSchema.parse(JSON.parse(stdout))
  return nftables.flatMap(({ set }) => set?.elem ?? []).filter((port) => typeof port === 'number')
}

async function refusedText(ports: readonly number[]): Promise<string> {
  const listening = await listeningPorts()
  const of = (wanted: readonly number[]) => wanted.map((port) => `127.0.0.1:${port}`)
  const there = ports.filter((port) => listening.includes(port))
  const refused = `it runs in a network of its own, in which nothing listens on ${of(ports).join(' and ')}`
  if (there.length === 0) return refused
  const reach = of(there)
    .map((address) => `'${address}'`)
    .join(', ')
  return `${refused}; to reach the host's, name it in \`listen\`: reach: [${reach}]`
}
