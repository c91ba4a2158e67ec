import { satisfies, valid } from '@renovatebot/pep440'
import type { Marker, Operand } from './pep508.js'

/** The values of a marker's variables, where a release runs. */
type Environment = Record<string, string>

/** Where a release runs: CPython `3.<minor>` on Linux. What differs between the hosts is not known. */
export function markerEnvironment(minor: number): Environment {
  return {
    implementation_name: 'cpython',
    implementation_version: `3.${minor}.0`,
    os_name: 'posix',
    platform_python_implementation: 'CPython',
    platform_system: 'Linux',
    python_full_version: `3.${minor}.0`,
    python_version: `3.${minor}`,
    sys_platform: 'linux',
    extra: '',
  }
}

/**
 * Whether a dependency is one there. What a marker says of the machine or the kernel can't be known: it counts as
 * true, so that nothing is left out that may be needed.
 */
export function applies(marker: Marker | undefined, environment: Environment): boolean {
  if (!marker) return true
  if (marker.kind !== 'compare') {
    const both = [marker.left, marker.right]
    const holds = (part: Marker) => applies(part, environment)
    return marker.kind === 'and' ? both.every(holds) : both.some(holds)
  }
  const [left, right] = [operandText(marker.left, environment), operandText(marker.right, environment)]
  return left === undefined || right === undefined || compare(left, marker.operator, right)
}

function operandText(operand: Operand, environment: Environment): string | undefined {
  return 'value' in operand ? operand.value : environment[operand.variable]
}

/** By version where both are versions, else as strings. */
function compare(left: string, operator: string, right: string): boolean {
  if (operator === 'in') return right.includes(left)
  if (operator === 'not in') return !compare(left, 'in', right)
  if (valid(left) && valid(right.replace(/\.\*$/, '')))
    return satisfies(left, `${operator}${right}`, { prereleases: true })
  switch (operator) {
    case '==':
    case '===':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}
