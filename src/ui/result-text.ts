import type { ServiceConfig } from '../config/resolved.js'
import type { DeployResult, Outcome } from '../deploy/outcome.js'
import { colors as pc } from './colors.js'

/** What came of a deploy, as people read it: a line for each service, and all about those that failed. */
export function resultText(result: DeployResult, services: readonly ServiceConfig[]): string {
  return result.outcomes.map((outcome) => outcomeText(outcome, services)).join('\n')
}

function outcomeText(outcome: Outcome, services: readonly ServiceConfig[]): string {
  const name = `${outcome.service} on ${outcome.host}`
  if (outcome.result === 'unchanged')
    return `${pc.dim('=')} ${name}: unchanged, release ${outcome.serving} serves`
  if (outcome.result === 'deployed') {
    const urls =
      services.find((service) => service.name === outcome.service)?.routes.map(({ url }) => url) ?? []
    return `${pc.green('✓')} ${name}: release ${outcome.release} serves${urls.length > 0 ? ` at ${urls.join(', ')}` : ''}`
  }
  return failureText(name, outcome)
}

function failureText(name: string, outcome: Outcome): string {
  const lines = [`${pc.red('✗')} ${name}: release ${outcome.release} is not good: ${outcome.reason ?? ''}`]
  if (outcome.journal) {
    lines.push('  Its last lines:', ...outcome.journal.split('\n').map((line) => `    ${line}`))
  }
  lines.push(
    `  ${servingText(outcome)}`,
    `  ${pc.cyan('next:')} slipway logs ${outcome.service} shows more; correct it and deploy again.`,
  )
  return lines.join('\n')
}

function servingText({ service, serving, previous }: Outcome): string {
  if (serving !== null) return `Release ${serving} serves, as before.`
  if (previous === null) return 'Nothing serves in its place: it had no release before.'
  return `Release ${previous} was put back, but is not healthy either: see to ${service} now.`
}
