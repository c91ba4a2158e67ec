import type { HostConfig } from '../config/resolved.js'
import type { Survey } from '../contract/survey.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { loginTo } from './login.js'
import { withOwnAgent } from './upgrade.js'

/** What a host has that slipway did not make. Changes nothing there but, where it is older, the agent. */
export async function surveyHost(engine: Engine, host: HostConfig): Promise<Survey> {
  const login = await withOwnAgent(engine, host, await loginTo(engine, host))
  try {
    return await call(login, 'survey', {})
  } finally {
    login.close()
  }
}
