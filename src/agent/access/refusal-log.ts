import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'

/** Refusals of a key that are written down in a minute; more would push others out of the journal. */
const REFUSALS = 20
/** The longest text of one, in characters. */
const TEXT_LENGTH = 400

/** Writes down what the gate refused, as a line of the journal: `journalctl -t slipway`. Bounded for each key. */
export async function logRefusal(
  agent: Pick<Agent, 'places' | 'files' | 'run'>,
  { service, name, connection }: { service: string; name: string; connection: string },
  text: string,
  now = Date.now(),
): Promise<void> {
  const counted = join(agent.places.run, 'refused', `${service} ${name}`)
  const minute = Math.floor(now / 60_000)
  const [known, before] = ((await readText(counted)) ?? '').split(' ').map(Number)
  const count = known === minute ? (before ?? 0) + 1 : 1
  await agent.files.makeFolder(join(agent.places.run, 'refused'))
  await agent.files.write(counted, `${minute} ${count}\n`)
  if (count > REFUSALS) return
  const [from = ''] = connection.split(' ')
  const shown = text.slice(0, TEXT_LENGTH).replace(/[^ -~]/g, '?')
  const more = count === REFUSALS ? '; no more of this minute is written down' : ''
  const line = `key ${name} of ${service} from ${from}: refused: ${shown}${more}`
  await agent.run(['logger', '-t', 'slipway', '-p', 'auth.warning', '--', line])
}
