import { resolveHost } from '../../src/config/resolve.js'
import type { HostEvent } from '../../src/contract/events.js'
import { freshLogin, type Login } from '../../src/remote/login.js'
import type { LabHost } from './host.js'

/** A login of its own to a host's agent, for what no command of slipway's does. */
export function agentLogin(host: LabHost): Promise<Login> {
  return freshLogin(resolveHost('web', { ssh: `rehearse:${host.name}` }))
}

/** Does something over such a login. */
export async function withAgent<T>(host: LabHost, work: (login: Login) => Promise<T>): Promise<T> {
  const login = await agentLogin(host)
  try {
    return await work(login)
  } finally {
    login.close()
  }
}

/** All that an activation has told, up to its end. */
export function toldBy(host: LabHost, id: string): Promise<HostEvent[]> {
  return withAgent(host, async ({ agent }) => {
    const events: HostEvent[] = []
    const ended = new Promise<void>((resolve) => {
      agent.onEvent(({ event }) => {
        events.push(event)
        if (event.step === 'ended') resolve()
      })
    })
    await agent.call('follow', { id, known: 0 })
    await ended
    return events
  })
}

/** Tells the host what a deployer tells it that has heard the end. */
export async function acknowledge(host: LabHost, id: string): Promise<void> {
  await withAgent(host, ({ agent }) => agent.call('acknowledge', { id }))
}
