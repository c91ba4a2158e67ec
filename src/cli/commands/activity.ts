import type { ServerEvent } from '../../server/store/events.js'
import { parseLines } from '../arguments.js'
import { command } from '../command.js'
import { switchFlag } from '../flags.js'
import { onInterrupt } from '../interrupt.js'
import { eventText } from '../text/server-event-text.js'
import { clientOf, placeFlags } from './server/place.js'

/** Events shown where --lines does not say otherwise. */
const DEFAULT_LINES = 50
/** What a server tells at once. */
const MOST_LINES = 1000

/** `slipway activity`. */
export const activity = command({
  brief: 'What the server did: pushes, deploys, what hosts said, and who asked',
  flags: {
    ...placeFlags,
    follow: switchFlag('Go on with what happens, until Ctrl-C'),
    lines: {
      kind: 'parsed',
      parse: parseLines,
      brief: `How many events (default: ${DEFAULT_LINES})`,
      optional: true,
      placeholder: 'N',
    },
  },
  aliases: { f: 'follow', n: 'lines' },
  run: async (cli, { json, follow, lines = DEFAULT_LINES, ...place }) => {
    const client = clientOf(place)
    const given = await client.get<{ events: ServerEvent[]; seq: number }>(
      `/api/v1/activity?limit=${Math.min(Math.max(lines, 1), MOST_LINES)}`,
    )
    const show = (event: ServerEvent) => cli.print(json ? JSON.stringify(event) : eventText(event))
    for (const event of given.events) show(event)
    if (follow) await client.follow(given.seq, show, onInterrupt())
  },
})
