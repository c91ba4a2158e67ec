import type { Survey } from '../../contract/survey.js'
import type { Agent } from '../agent.js'
import { listeners } from './listeners.js'
import { renewals } from './renewals.js'
import { surveyServers } from './servers.js'
import { surveyUnits } from './units.js'

/** What the host has that slipway did not make. Reads alone; what it can't read is told. */
export async function survey(agent: Agent): Promise<Survey> {
  const [units, nginx, renewed, listening] = await Promise.all([
    surveyUnits(agent),
    surveyServers(agent),
    renewals(),
    listeners(),
  ])
  return { units, ...nginx, renewals: renewed, listeners: listening }
}
