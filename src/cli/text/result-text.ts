import type { ServiceConfig } from '../../config/resolved.js'
import type { Outcome } from '../../engine/activation/outcome.js'
import type { ActivationResult } from '../../engine/result.js'
import { colors as pc } from './colors.js'

/** What came of a deploy, as people read it: a line for each item, and all about those that failed. */
export function resultText(result: ActivationResult, services: readonly ServiceConfig[]): string {
  return result.outcomes.map((outcome) => outcomeText(outcome, services)).join('\n')
}

/** What numbers count: a service's releases serve, a system's generations are active. */
const WORDS = {
  service: { one: 'release', is: 'serves' },
  system: { one: 'generation', is: 'is active' },
} as const

/** When a system becomes active, or how long it stays so. */
const UNTIL = { switch: '', boot: ' from the next boot on', test: ' until the next boot' } as const

function whatText({ kind, release, mode }: Outcome): string {
  const { one } = WORDS[kind]
  if (release !== null) return `${one} ${release}`
  return `the new ${mode === 'test' ? 'system' : one}`
}

function outcomeText(outcome: Outcome, services: readonly ServiceConfig[]): string {
  const name = `${outcome.name} on ${outcome.host}`
  const { one, is } = WORDS[outcome.kind]
  const what = whatText(outcome)
  switch (outcome.result) {
    case 'unchanged':
      return `${pc.dim('=')} ${name}: unchanged, ${one} ${outcome.serving} ${is}`
    case 'deployed': {
      const routes = services.find((service) => service.name === outcome.name)?.routes ?? []
      const urls = routes.length > 0 ? ` at ${routes.map(({ url }) => url).join(', ')}` : ''
      const notes = outcome.notes.map((note) => `\n  ${pc.yellow('note:')} ${note}`).join('')
      return `${pc.green('✓')} ${name}: ${what} ${is}${UNTIL[outcome.mode ?? 'switch']}${urls}${notes}`
    }
    case 'unknown':
      return [
        `${pc.yellow('?')} ${name}: ${outcome.reason}`,
        `  ${pc.cyan('next:')} slipway status, once ${outcome.host} can be reached, tells what is there.`,
      ].join('\n')
    case 'failed':
      return failureText(name, outcome)
  }
}

function failureText(name: string, outcome: Outcome): string {
  const lines = [`${pc.red('✗')} ${name}: ${whatText(outcome)} is not good: ${outcome.reason ?? ''}`]
  if (outcome.journal) {
    lines.push('  Its last lines:', ...outcome.journal.split('\n').map((line) => `    ${line}`))
  }
  for (const note of outcome.notes) lines.push(`  ${pc.yellow('note:')} ${note}`)
  lines.push(`  ${servingText(outcome)}`, `  ${pc.cyan('next:')} ${nextText(outcome)}`)
  return lines.join('\n')
}

function servingText({ name, kind, serving, previous, left, byHand }: Outcome): string {
  if (byHand !== undefined) return `${byHand} serves, as before.`
  if (left !== undefined) return `It was not put back: ${left}.`
  const { one, is } = WORDS[kind]
  const capital = one.charAt(0).toUpperCase() + one.slice(1)
  if (serving !== null) return `${capital} ${serving} ${is}, as before.`
  if (previous === null) return `Nothing ${is} in its place: it had no ${one} before.`
  return kind === 'service'
    ? `Release ${previous} was put back, but is not healthy either: see to ${name} now.`
    : `Generation ${previous} could not be activated again: see to ${name} now.`
}

function nextText({ name, kind, host, byHand }: Outcome): string {
  if (byHand !== undefined)
    return `slipway logs ${name} shows more; correct it, then: slipway adopt ${host} --service ${name}`
  return kind === 'service'
    ? `slipway logs ${name} shows more; correct it and deploy again.`
    : `journalctl -t slipway on ${host} shows more; correct it and deploy again.`
}
