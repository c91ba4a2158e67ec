import { parseLines } from '../arguments.js'
import { command } from '../command.js'
import { failuresCode } from '../failures.js'
import { hostFlags, optionalArgument, switchFlag, textFlag } from '../flags.js'

/** Lines shown where neither --since nor --lines says otherwise. */
const DEFAULT_LINES = 100

/** `slipway logs [SERVICE]`. */
export const logs = command({
  brief: "Show a service's journal, whatever the release",
  args: [optionalArgument('SERVICE', 'The service (default: the only one)')],
  flags: {
    ...hostFlags,
    follow: switchFlag('Go on as lines come'),
    grep: textFlag('Only lines that match this Perl-compatible regular expression', 'PATTERN'),
    since: textFlag('From when: "10 min ago", "2026-01-31 12:00"; see systemd.time(7)', 'TIME'),
    lines: {
      kind: 'parsed',
      parse: parseLines,
      brief: 'How many lines (default: 100; all with --since)',
      optional: true,
      placeholder: 'N',
    },
  },
  aliases: { f: 'follow', g: 'grep', n: 'lines' },
  run: async (cli, { host = [], follow = false, since, grep, lines, ...flags }, service) => {
    const { logs } = await import('../../engine/logs.js')
    const options = {
      ...{ service, hosts: host, follow, since, grep },
      lines: lines ?? (since === undefined ? DEFAULT_LINES : undefined),
    }
    const { failures } = await logs(await cli.engine(), await cli.config(flags), options, (line, from) =>
      cli.print(from === undefined ? line : `${from}: ${line}`),
    )
    return failuresCode(cli.terminal, failures)
  },
})
