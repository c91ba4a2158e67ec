import type { Gateway, Health, Slot } from '../../contract/service.js'
import type { Endpoint } from '../../release/listen.js'
import { namespaceName, pathOfNamespace } from '../../release/network-units.js'
import { programPath } from '../../release/places.js'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { type Answer, answerText } from './answer.js'
import { askerFor } from './asker.js'
import type { Asked } from './probe.js'
import { runProbe } from './program-probe.js'
import { type ReleaseCommand, releaseCommand } from './release-command.js'
import type { StoredRelease } from './releases.js'

/** How the instance of a service in a slot is asked how it does. */
export interface HealthProbe {
  health: Health
  /** Where it listens; undefined: nowhere. */
  endpoint: Endpoint | undefined
  /** By which protocol it is spoken to; null: by HTTP. */
  gateway: Gateway | null
  /** The `Host` header: a domain of its routes. */
  host: string | undefined
  /** The user whose program made the socket, who alone asks there; undefined: root may ask. */
  user: string | undefined
  /** The name of its network, where it has one of its own. */
  network: string | undefined
  /** The program of the release that tells; undefined: it is asked where it listens. */
  program: ReleaseCommand | undefined
}

/** Whether a release can be asked at all: a worker only by a program of its own. */
export function canBeAsked({ layout: { health, endpoints } }: StoredRelease): boolean {
  return health !== null && (endpoints !== null || ownProgram(health) !== undefined)
}

function ownProgram({ by }: Health): string[] | undefined {
  return by !== undefined && 'run' in by ? by.run : undefined
}

/** How the instance in a slot is asked. */
export async function probeOf(
  agent: Agent,
  service: string,
  release: StoredRelease,
  slot: Slot,
): Promise<HealthProbe> {
  const { slots, endpoints, gateway, health, probes } = release.layout
  if (health === null || !canBeAsked(release)) throw new ItemProblem('it listens nowhere')
  const network = slots === 'network' ? namespaceName(service, slot) : undefined
  return {
    health,
    endpoint: endpoints?.[slot],
    gateway,
    host: probes[0]?.domain,
    user: slots === 'unix' ? service : undefined,
    network,
    program: await programOf(agent, release, slot, network),
  }
}

async function programOf(
  agent: Agent,
  release: StoredRelease,
  slot: Slot,
  network: string | undefined,
): Promise<ReleaseCommand | undefined> {
  const { manifest, layout } = release
  const [name, ...args] = (layout.health && ownProgram(layout.health)) ?? []
  if (manifest === null || name === undefined) return undefined
  const argv = [programPath(manifest.package, name), ...args]
  const { properties, command } = await releaseCommand(agent, release, slot, argv)
  // It is asked where the instance is: what that has on its loopback, the program finds on its own.
  const within = network === undefined ? [] : [`NetworkNamespacePath=${pathOfNamespace(network)}`]
  return { properties: [...properties, ...within], command }
}

/** What a service is asked where it listens. */
export function questionOf({ endpoint, gateway, health, host }: HealthProbe): Asked {
  if (endpoint === undefined) throw new ItemProblem('it listens nowhere')
  const { by, path, attemptMs } = health
  return {
    endpoint,
    gateway,
    host,
    path,
    ...(by !== undefined && 'protocol' in by && { by }),
    timeoutMs: attemptMs,
  }
}

/** Asks a service how it does, one question after the other. */
export interface HealthAsker {
  ask(): Promise<Answer>
  /** Nothing more is asked. */
  end(): void
}

export function healthAsker(agent: Agent, probe: HealthProbe): HealthAsker {
  const { program, health } = probe
  if (program !== undefined) {
    return { ask: () => runProbe(agent, program, health.attemptMs), end: () => undefined }
  }
  const asker = askerFor(probe.user)
  return { ask: () => asker.ask(questionOf(probe)), end: asker.end }
}

export async function probeOnce(agent: Agent, probe: HealthProbe): Promise<Answer> {
  const asker = healthAsker(agent, probe)
  try {
    return await asker.ask()
  } finally {
    asker.end()
  }
}

/** What a service's probe saw, for people. */
export function healthText({ by, path }: Health, answer: Answer): string {
  if (by === undefined || 'body' in answer) return answerText(path, answer)
  const asked = 'run' in by ? `its probe ${by.run[0]}` : ASKED[by.protocol]
  return `${asked}: ${'well' in answer ? answer.well : answer.problem}`
}

const ASKED = { tcp: 'by a connection', tls: 'by TLS', grpc: 'by grpc.health.v1' } as const
