import { progressText } from '../../src/cli/text/progress.js'
import type { Engine } from '../../src/engine/engine.js'
import type { EngineEvent } from '../../src/engine/events.js'
import type { FakeHost } from './fake-host.js'
import '../cli/text/no-color.js'

/** An engine that reaches fake hosts, and keeps what is told. */
export interface TestEngine extends Engine {
  events: EngineEvent[]
  /** What people read of it. */
  lines(): string[]
  stop(): void
}

export function testEngine(...hosts: FakeHost[]): TestEngine {
  const events: EngineEvent[] = []
  const controller = new AbortController()
  const found = ({ name }: { name: string }): FakeHost => {
    const host = hosts.find(({ config }) => config.name === name)
    if (!host) throw new Error(`there is no fake host ${name}`)
    return host
  }
  return {
    events,
    signal: controller.signal,
    stop: () => controller.abort(),
    tell: (event) => events.push(event),
    ask: () => {
      throw new Error('nobody is there to answer')
    },
    lines: () =>
      events.flatMap((event) => {
        const isLine = !['debug', 'check', 'build', 'built', 'checked'].includes(event.type)
        return isLine ? (progressText(event as Parameters<typeof progressText>[0]) ?? []) : []
      }),
    reach: {
      login: (host) => found(host).login('main'),
      freshLogin: (host) => found(host).login('fresh'),
      address: async (host) => (found(host).behindProxy ? undefined : { host: host.name, port: 22 }),
      banner: async ({ host }) => found({ name: host }).banner,
    },
  }
}
