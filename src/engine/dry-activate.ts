import { errorText } from '../cli/text/error-text.js'
import type { Terminal } from '../cli/text/terminal.js'
import { ExitCode } from '../errors.js'
import { runVerb } from '../remote/verbs.js'
import { shipSession } from './deploy.js'
import type { Session, Sessions } from './session.js'
import { settle } from './settle.js'

/** Has hosts say what activating their systems would do: nothing is changed, nothing but the store is written. */
export async function dryActivate(
  sessions: Sessions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const results = await Promise.all(
    sessions.ready.map(async (session) => {
      const result = await settle(dryActivateSession(session, terminal, signal))
      session.connection.close()
      return result
    }),
  )
  const errors = [
    ...sessions.failures.map(({ error }) => error),
    ...results.flatMap((result) => (result.ok ? [] : [result.error])),
  ]
  for (const error of errors) terminal.line(errorText(error))
  return errors.length > 0 || results.some((result) => result.ok && !result.value)
    ? ExitCode.failed
    : ExitCode.ok
}

async function dryActivateSession(
  session: Session,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const { host, connection, plan } = session
  await shipSession(session, signal)
  let good = true
  for (const { system, to, config } of plan.systems) {
    terminal.line(`${host.name}: what activating ${system} would do:`)
    const { exitCode } = await runVerb(connection, 'dry-activate', [to, config.user], {
      onLine: (line) => terminal.line(`  ${line}`),
    })
    good &&= exitCode === 0
  }
  return good
}
