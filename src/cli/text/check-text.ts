import type { CheckEvent, CheckResult, FlakeCheck } from '../../nix/flake-checks.js'
import { derivationName } from '../../nix/internal-json.js'
import { colors as pc } from './colors.js'
import { formatDuration, type Terminal } from './terminal.js'

/** Shows checks while they run: a line for each that is over, and below, one for each that is not. */
export function checkProgress(terminal: Terminal): (event: CheckEvent) => void {
  const running = new Map<FlakeCheck, string>()
  let preparing = ''
  return (event) => {
    if (event.type === 'started') running.set(event.check, '')
    else if (event.type === 'line') running.set(event.check, event.line)
    else if (event.type === 'finished') {
      for (const check of running.keys()) if (isOf(check, event.result)) running.delete(check)
      terminal.line(checkLine(event.result))
    } else if (event.event.type === 'building')
      preparing = `building ${derivationName(event.event.derivation)}`
    else if (event.event.type === 'fetching') preparing = `fetching ${derivationName(event.event.path)}`
    const lines = [...running].map(([check, line]) => `… ${nameOf(check)}${line ? `: ${line}` : ''}`)
    terminal.status((lines.length > 0 ? lines : [preparing]).join('\n'))
  }
}

/** How a check went, on one line. */
export function checkLine(result: CheckResult): string {
  const mark = result.ok ? pc.green('✓') : pc.red('✗')
  const time =
    result.seconds === null ? (result.ok ? 'passed before' : '') : formatDuration(result.seconds * 1000)
  return `${mark} ${nameOf(result)}${time ? ` ${pc.dim(time)}` : ''}`
}

/** All about a check that failed: the end of its log, and how to see the rest. */
export function checkFailureText(result: CheckResult): string {
  const { failed, log } = result
  const name = failed === null ? '' : ` (${derivationName(failed)})`
  return [
    `${pc.red('✗')} ${nameOf(result)}${name}`,
    ...log.map((line) => `    ${line}`),
    ...(failed === null ? [] : [`  ${pc.cyan('all of it:')} nix log ${failed}`]),
  ].join('\n')
}

/** The check's name; with its flake, where that is not the config's own. */
export function nameOf({ flake, name }: Pick<FlakeCheck, 'flake' | 'name'>): string {
  return flake === '.' ? name : `${flake}#${name}`
}

function isOf(check: FlakeCheck, result: CheckResult): boolean {
  return check.flake === result.flake && check.name === result.name
}
