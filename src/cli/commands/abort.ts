import type { EventStep } from '../../contract/events.js'
import { command } from '../command.js'
import { configFlags, hostArgument, jsonFlag } from '../flags.js'
import { eventText } from '../text/event-text.js'

/** What of an activation says how it ended. */
const ENDS: readonly EventStep[] = ['confirmed', 'failed', 'reverted', 'revert-failed', 'left']

/** `slipway abort HOST`. */
export const abort = command({
  brief: "End what is being deployed on a host, whoever's it is, and have the old release serve",
  args: [hostArgument],
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }, host) => {
    const { abort } = await import('../../engine/abort.js')
    const ended = await abort(await cli.engine(), await cli.config(flags), host)
    if (json) return cli.printJson(ended)
    const { holder, events } = ended
    if (holder === null) return cli.print(`${host}: nobody works on it`)
    const since = new Date(holder.since * 1000).toISOString().slice(11, 19)
    cli.print(`${host}: ended what ${holder.who} did since ${since} UTC: ${holder.what}`)
    for (const event of events.filter(({ step }) => ENDS.includes(step))) {
      cli.print(`${host}: ${eventText(event, false)}`)
    }
  },
})
