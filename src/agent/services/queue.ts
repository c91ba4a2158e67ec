import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { queueLink, queueSocket } from '../../contract/paths.js'
import { SLOTS, type Slot } from '../../contract/service.js'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { connectionsOf } from '../sockets/connections.js'

/**
 * New requests of a hard-coded port wait in a queue while its one instance is replaced: see queueUnits in src/release.
 * There are two queues, since what hands on those of the last time may still be at work: one that does nothing is taken.
 */

/** How often the connections of queues are counted, in milliseconds. */
const POLL_MS = 100

function holdMark(agent: Agent, service: string): string {
  return join(agent.places.holdMarks, service)
}

export async function holdRequests(agent: Agent, service: string): Promise<void> {
  if (await exists(holdMark(agent, service))) return
  const queue: Slot = (await isBusy(service, 'blue')) && !(await isBusy(service, 'green')) ? 'green' : 'blue'
  const unit = `${service}@queue-${queue}`
  await agent.systemd.stop(`${unit}.service`)
  for (const type of ['socket', 'service']) await agent.systemd.resetFailed(`${unit}.${type}`)
  if ((await agent.systemd.start(`${unit}.socket`)) !== 'done') {
    throw new ItemProblem('the queue for its requests could not be started')
  }
  await agent.files.makeFolder(agent.places.holdMarks)
  await agent.files.link(`${unit}.sock`, queueLink(service))
  await agent.files.touch(holdMark(agent, service))
}

async function isBusy(service: string, queue: (typeof SLOTS)[number]): Promise<boolean> {
  return (await connectionsOf({ unix: queueSocket(service, queue) })) > 0
}

/** The queue's program hands on what has waited, and ends. */
export async function releaseRequests(agent: Agent, service: string): Promise<void> {
  await agent.files.remove(holdMark(agent, service))
}

/** Nothing of a service's queues stays. */
export async function removeQueue(agent: Agent, service: string): Promise<void> {
  await releaseRequests(agent, service)
  await agent.files.remove(queueLink(service))
}

/** Waits until what has waited has been handed on and answered, for so long at most, in milliseconds. */
export async function queuesIdle(service: string, ms: number): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until && (await anyBusy(service))) await sleep(POLL_MS)
}

async function anyBusy(service: string): Promise<boolean> {
  return (await Promise.all(SLOTS.map((queue) => isBusy(service, queue)))).includes(true)
}
