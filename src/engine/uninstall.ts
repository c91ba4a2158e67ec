import type { HostConfig } from '../config/resolved.js'
import type { Result } from '../contract/verbs.js'
import { SlipwayError } from '../errors.js'
import { bootstrapFacts } from '../remote/bootstrap.js'
import { leaveHost } from '../remote/leave.js'
import { NoAnswer, NotSetUp } from '../remote/login-errors.js'
import { onBareHost } from './bare-host.js'
import type { Engine } from './engine.js'
import { call, LockedError } from './host-error.js'
import { onHost } from './login.js'
import { type Found, foundOn } from './operate.js'
import { reportOf } from './report.js'
import { whoAmI } from './who.js'

/** What may stay of slipway on a host. */
export interface UninstallOptions {
  /** Whether state directories and users of services go, too. */
  purge: boolean
  /** Whether certificates, with their keys and accounts, stay for another setup. */
  keepCertificates: boolean
}

/** What came of it. */
export interface Uninstalled extends Result<'uninstall'> {
  /** Whether there was anything of slipway's. */
  wasThere: boolean
}

/** The folder of certificates, in the one that all is in. */
const CERTIFICATES = 'certificates'
const NOTHING: Result<'uninstall'> = {
  ...{ services: [], deployUser: null, states: [], users: [], systems: [], aside: [], included: [] },
}

/** The services that would go with slipway; none where no agent answers. */
export async function servicesOn(engine: Engine, host: HostConfig): Promise<Found[]> {
  try {
    return foundOn(host, (await onHost(engine, host, (login) => reportOf(login))).services)
  } catch (error) {
    if (error instanceof NotSetUp || error instanceof NoAnswer) return []
    throw error
  }
}

/** Takes everything of slipway's off a host. Run again after a failure, it goes on from there. */
export async function uninstall(
  engine: Engine,
  host: HostConfig,
  { purge, keepCertificates }: UninstallOptions,
): Promise<Uninstalled> {
  return onBareHost(engine, host, async (via) => {
    const { agent } = await bootstrapFacts(via)
    const off = agent.active ? await byAgent(engine, host, purge) : NOTHING
    const wasThere = agent.bundle !== null
    if (wasThere) await leaveHost(via, keepCertificates ? CERTIFICATES : undefined)
    return { ...off, wasThere }
  })
}

async function byAgent(engine: Engine, host: HostConfig, purge: boolean): Promise<Result<'uninstall'>> {
  try {
    return await onHost(engine, host, (login) => call(login, 'uninstall', { who: whoAmI(), purge }))
  } catch (error) {
    if (!(error instanceof SlipwayError) || error instanceof LockedError) throw error
    throw new SlipwayError({ ...error.parts, still: 'What is not off yet serves still.' })
  }
}
