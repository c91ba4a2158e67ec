import { KEY_NAME_PATTERN } from '../config/names.js'
import { usageError } from '../errors.js'
import { tlsPrograms } from '../release/tls.js'
import { connect } from '../remote/connection.js'
import { setupHost } from '../remote/setup.js'
import { command, configOf, print, printJson } from './command.js'
import type { ConfigFlags, JsonFlags } from './flags.js'
import { hostOf } from './hosts.js'
import { createTerminal } from './text/terminal.js'

type SetupFlags = ConfigFlags & JsonFlags & { dryRun?: boolean; deployUser?: string }

/** The deploy user's name where `--deploy-user` is given none. */
const DEFAULT_DEPLOY_USER = 'slipway'

/** `slipway setup HOST`. */
export const setup = command(async (flags: SetupFlags, name: string) => {
  const deployUser = flags.deployUser === '' ? DEFAULT_DEPLOY_USER : flags.deployUser
  if (deployUser !== undefined && !KEY_NAME_PATTERN.test(deployUser)) {
    throw usageError({ what: `"${deployUser}" can't be the name of a user` })
  }
  const config = await configOf(flags)
  const host = hostOf(config, name)
  const programs = tlsPrograms(config.services.filter(({ hosts }) => hosts.includes(name)))
  const terminal = createTerminal()
  const connection = await connect(host)
  try {
    const dryRun = flags.dryRun ?? false
    const result = await setupHost(connection, { dryRun, deployUser, programs }, (change) =>
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
