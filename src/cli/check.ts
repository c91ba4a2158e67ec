import type { Config } from '../config/resolved.js'
import { checkProject } from '../engine/check.js'
import { onInterrupt, unlessInterrupted } from '../engine/interrupt.js'
import { ExitCode, SlipwayError } from '../errors.js'
import type { HashFixer } from '../init/hashes/fix.js'
import { buildOptionsOf, command, configOf, print, printJson } from './command.js'
import { fixerOf } from './fix-hashes.js'
import type { BuildFlags, ConfigFlags, JsonFlags } from './flags.js'
import { checkFailureText, checkProgress, nameOf } from './text/check-text.js'
import { createTerminal, formatDuration, type Terminal } from './text/terminal.js'

type Flags = ConfigFlags & Pick<BuildFlags, 'overrideInput'> & JsonFlags & { fixHashes?: boolean }

/** `slipway check`. */
export const check = command(async (flags: Flags) => {
  const began = Date.now()
  const signal = onInterrupt()
  const terminal = createTerminal()
  const config = await configOf(flags)
  const { overrides } = buildOptionsOf(config, flags, false)
  const rebuild = fixerOf(config.root, flags, terminal, signal)
  const checking = rebuild(() => checkProject(config, overrides, checkProgress(terminal)))
  const results = await unlessInterrupted(signal, checking)
  terminal.status('')
  const failed = results.filter(({ ok }) => !ok)
  if (flags.json) printJson({ checks: results })
  else {
    for (const result of failed) print(checkFailureText(result))
    print(`${results.length - failed.length} of ${results.length} checks passed`)
    terminal.line(`took ${formatDuration(Date.now() - began)}`)
  }
  return failed.length > 0 ? ExitCode.failed : ExitCode.ok
})

/**
 * Lets a deploy go on only where all checks pass.
 * @throws SlipwayError that names those that failed, after their logs were shown.
 */
export async function requireChecks(
  config: Config,
  overrides: Record<string, string>,
  rebuild: HashFixer,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const checking = rebuild(() => checkProject(config, overrides, checkProgress(terminal)))
  const results = await unlessInterrupted(signal, checking)
  terminal.status('')
  const failed = results.filter(({ ok }) => !ok)
  if (failed.length === 0) return
  for (const result of failed) terminal.line(checkFailureText(result))
  throw new SlipwayError({
    what: `${failed.length} of ${results.length} checks failed: ${failed.map(nameOf).join(', ')}`,
    still: 'Nothing was changed on any host.',
    next: 'Correct it and deploy again; --no-check deploys all the same.',
  })
}
