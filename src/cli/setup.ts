import { connect } from '../host/connection.js'
import { setupHost } from '../host/setup.js'
import { tlsPrograms } from '../release/tls.js'
import { createTerminal } from '../ui/terminal.js'
import { command, configOf, print, printJson } from './command.js'
import type { ConfigFlags, JsonFlags } from './flags.js'
import { hostOf } from './hosts.js'

/** `slipway setup HOST`. */
export const setup = command(async (flags: ConfigFlags & JsonFlags & { dryRun?: boolean }, name: string) => {
  const config = await configOf(flags)
  const host = hostOf(config, name)
  const programs = tlsPrograms(config.services.filter(({ hosts }) => hosts.includes(name)))
  const terminal = createTerminal()
  const connection = await connect(host)
  try {
    const dryRun = flags.dryRun ?? false
    const result = await setupHost(connection, dryRun, programs, (change) =>
      terminal.line(`${host.name}: ${dryRun ? 'would ' : ''}${change}`),
    )
    if (flags.json) printJson(result)
    else print(summary(host.name, result, dryRun))
  } finally {
    connection.close()
  }
  return undefined
})

function summary(
  host: string,
  { changes, manual }: { changes: string[]; manual: string[] },
  dryRun: boolean,
): string {
  const lines = manual.map((text) => `${host}: yours to do: ${text}`)
  if (changes.length > 0) lines.push(dryRun ? `${host}: nothing was changed` : `${host}: ready for deploys`)
  else if (manual.length === 0) lines.push(`${host}: ready already, nothing was changed`)
  return lines.join('\n')
}
