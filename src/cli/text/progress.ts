import type { DebugEvent, EngineEvent } from '../../engine/events.js'
import { holderText } from '../../engine/host-error.js'
import type { DiffLine } from '../../nix/hashes/diff.js'
import { type BuildEvent, derivationName } from '../../nix/internal-json.js'
import { unlockedText } from '../../plan/inputs.js'
import { cacheKeyText, cacheProblemText } from './cache-text.js'
import { checkFailureText, checkProgress } from './check-text.js'
import { colors as pc } from './colors.js'
import { eventText } from './event-text.js'
import { planText } from './plan-text.js'
import { formatBytes, formatDuration, type Terminal } from './terminal.js'

/** Shows what the engine tells: a line for what has happened, and below, what is going on. */
export function showProgress(terminal: Terminal, verbose: boolean): (event: EngineEvent) => void {
  const check = checkProgress(terminal)
  return (event) => {
    if (event.type === 'debug') {
      if (verbose) terminal.line(debugText(event))
    } else if (event.type === 'check') check(event.event)
    else if (event.type === 'build') showBuild(terminal, event.event)
    else if (event.type === 'built' || event.type === 'checked') terminal.status('')
    else if (event.type === 'certificates-later' || event.type === 'unlocked')
      terminal.warn(progressText(event) ?? '')
    else {
      const text = progressText(event)
      if (text !== undefined) terminal.line(text)
    }
  }
}

type Told = Exclude<EngineEvent, { type: 'debug' | 'check' | 'build' | 'built' | 'checked' }>

/** What was told, in a line or more; undefined: only the summary has it. */
export function progressText(event: Told): string | undefined {
  switch (event.type) {
    case 'hashes-differ':
      return event.diff.map(diffText).join('\n')
    case 'check-failed':
      return checkFailureText(event.result)
    case 'planned':
      return planText(event.plans).trimEnd()
    case 'unlocked':
      return unlockedLine(event)
    case 'locked-inputs':
      return `locked ${event.inputs.join(', ')} in flake.lock of ${event.flake}: commit it, and this commit always gives this package`
    case 'making-throwaway':
      return `${event.host}: making the throwaway host ${event.name}`
    case 'throwaway-log':
      return event.line
    case 'set-up':
      return `${event.host}: ${event.change}`
    case 'agent-kept':
      return `${event.host}: goes on with the agent that it has: ${event.why}`
    case 'sending-source':
      return `${event.host}: sending the source, to build there`
    case 'host-builds':
      return `${event.host}: fetches or builds the package of ${event.service} by itself`
    case 'certificates': {
      const what = event.domains.length === 1 ? 'a certificate' : 'certificates'
      return `${event.host}: getting ${what} for ${event.domains.join(', ')}`
    }
    case 'certificates-later':
      return `${event.host} goes on by itself; slipway status tells of its certificates`
    case 'cache-key':
      return cacheKeyText(event)
    case 'cache-passed-over':
      return `the cache ${event.cache} is not asked: ${event.why}`
    case 'cache-fetched':
      return [
        ...event.found.map(
          ({ cache, bytes }) => `${event.host}: fetched ${formatBytes(bytes)} from ${cache}`,
        ),
        ...event.problems.map((problem) => `${event.host}: ${cacheProblemText(problem)}`),
      ].join('\n')
    case 'locked':
      return `waiting: ${event.host} is being worked on: ${holderText(event.holder)}`
    case 'host': {
      const text = eventText(event.event, event.about === 'system')
      return text === undefined ? undefined : `${event.host}: ${text}`
    }
    case 'lost': {
      const until = new Date(event.until).toTimeString().slice(0, 8)
      return `${event.host}: the connection was lost; looking for it until ${until}. Unconfirmed, the host puts back what was there by itself`
    }
    case 'found-again':
      return undefined
    case 'stopping':
      return `${event.host}: stopping, and putting back what was there`
    case 'not-confirmed':
      return `${event.host}: not confirmed: ${event.why}`
    case 'confirmation-refused':
      return `${event.host}: did not take the confirmation: ${event.why}`
  }
}

function showBuild(terminal: Terminal, event: BuildEvent): void {
  if (event.type === 'building') terminal.line(`building ${derivationName(event.derivation)}`)
  if (event.type === 'fetching') terminal.status(`fetching ${derivationName(event.path)}`)
  if (event.type === 'log') terminal.status(`${derivationName(event.derivation)}> ${event.line}`)
}

function diffText({ kind, text }: DiffLine): string {
  if (kind === 'file') return pc.bold(text)
  return kind === 'removed' ? pc.red(`- ${text.trim()}`) : pc.green(`+ ${text.trim()}`)
}

/** What was run or asked, on one line, and how long it took. */
export function debugText({ what, host, text, ms }: DebugEvent): string {
  const where = host === null ? '' : ` ${host}`
  const took = ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms)
  return pc.dim(`${what}${where}: ${text.replaceAll('\n', ' ')} (${took})`)
}

function unlockedLine({ unlocked, why }: Extract<Told, { type: 'unlocked' }>): string {
  const { found, fix } = unlockedText(unlocked)
  const tried = why === undefined ? '' : `\n  it can't be locked now: ${why}`
  return `${found}${tried}\n  ${pc.cyan('fix:')} ${fix}`
}
