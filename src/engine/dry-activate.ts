import type { Config } from '../config/resolved.js'
import { requireReady, shipMissing } from './apply-plans.js'
import { type DeployOptions, prepareDeploy } from './deploy.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { collect, type HostFailure } from './result.js'
import type { Session } from './session.js'
import { settle } from './settle.js'

/** What activating a system would do, in its own words. */
export interface DryActivation {
  host: string
  system: string
  output: string
  good: boolean
}

/** Has hosts say what activating their systems would do: nothing is changed, nothing but the store is written. */
export async function dryActivate(
  engine: Engine,
  config: Config,
  options: DeployOptions,
): Promise<{ activations: DryActivation[]; failures: HostFailure[] }> {
  const { sessions } = await prepareDeploy(engine, config, options)
  const results = await Promise.all(
    sessions.ready.map(async (session) => {
      const result = await settle(dryActivateOn(engine, session))
      session.login.close()
      return { host: session.host, result }
    }),
  )
  const { values, failures } = collect(results)
  return { activations: values.flat(), failures: [...sessions.failures, ...failures] }
}

async function dryActivateOn(engine: Engine, session: Session): Promise<DryActivation[]> {
  const { host, login, plan } = session
  requireReady(plan)
  await shipMissing(engine, session)
  const activations: DryActivation[] = []
  for (const { system, to, config } of plan.systems) {
    const { output, status } = await call(login, 'dryActivate', { path: to, user: config.user })
    activations.push({ host: host.name, system, output, good: status === 0 })
  }
  return activations
}
