import type { AuditEntry } from '../../contract/audit.js'
import { parseLines } from '../arguments.js'
import { command } from '../command.js'
import { configFlags, hostArgument, jsonFlag, textFlag } from '../flags.js'

/** Entries shown where --lines does not say otherwise. */
const DEFAULT_LINES = 100
/** What a host tells at once. */
const MOST_LINES = 10_000

/** `slipway audit HOST`. */
export const audit = command({
  brief: 'Show what keys asked of a host, and what they were refused',
  args: [hostArgument],
  flags: {
    ...configFlags,
    ...jsonFlag,
    key: textFlag('Only keys of this name', 'NAME'),
    lines: {
      kind: 'parsed',
      parse: parseLines,
      brief: `How many entries (default: ${DEFAULT_LINES}, at most ${MOST_LINES})`,
      optional: true,
      placeholder: 'N',
    },
  },
  aliases: { n: 'lines' },
  run: async (cli, { json, key, lines = DEFAULT_LINES, ...flags }, host) => {
    const { audit } = await import('../../engine/audit.js')
    const options = { host, key, lines: Math.min(Math.max(lines, 1), MOST_LINES) }
    const entries = await audit(await cli.engine(), await cli.config(flags), options)
    if (json) return cli.printJson({ entries })
    if (entries.length === 0) return cli.print(`${host}: no key has asked for anything`)
    for (const entry of entries) cli.print(entryText(entry))
  },
})

function entryText({ at, key, from, kind, text }: AuditEntry): string {
  const time = at.slice(0, 19).replace('T', ' ')
  const name = key.service === null ? key.name : `${key.name} of ${key.service}`
  const what = kind === 'refused' ? `refused: ${text}` : text
  return `${time} UTC  key ${name}${from === '' ? '' : ` from ${from}`}: ${what}`
}
