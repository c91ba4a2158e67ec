import { SlipwayError } from '../../errors.js'
import { colors as pc } from './colors.js'

/** An error as people read it: what, why, what still works, what to do. */
export function errorText(error: unknown): string {
  if (!(error instanceof SlipwayError)) return bugText(error)
  const { what, why, still, next } = error.parts
  const lines = [`${pc.red('error:')} ${what}`]
  if (why) lines.push(indent(why))
  if (still) lines.push(still)
  if (next) lines.push(`${pc.cyan('next:')} ${next}`)
  return lines.join('\n')
}

function indent(text: string): string {
  return text
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `  ${line.replace(/^ {2}/, '')}`)
    .join('\n')
}

function bugText(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `${pc.red('This is a defect in slipway, not something you did:')}\n${detail}`
}
