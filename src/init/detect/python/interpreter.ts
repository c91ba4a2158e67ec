import { satisfies, validRange } from '@renovatebot/pep440'
import { NIXPKGS } from '../nixpkgs.js'

/** The Python that a project is given. */
export interface Interpreter {
  /** An attribute of nixpkgs. */
  attribute: string
  /** The second number of its version. */
  minor: number
  /** Why it isn't what the project asks for. */
  note: string | undefined
}

/** Patch releases that a minor version of Python may have: a bound such as `>=3.11.4` holds for one of them. */
const PATCHES = Array.from({ length: 40 }, (_, patch) => patch)

/**
 * A Python of nixpkgs that satisfies all that a project says of it: `requires-python`, Poetry's constraint, and of
 * those the one that its developers use (`.python-version`).
 */
export function interpreterFor(wanted: readonly (string | undefined)[], used?: string): Interpreter {
  const [usual] = NIXPKGS.pythonMinors
  const ranges = wanted.filter((range) => range !== undefined).map(pep440Range)
  const fitting = NIXPKGS.pythonMinors.filter((minor) =>
    ranges.every((range) => PATCHES.some((patch) => matches(`3.${minor}.${patch}`, range))),
  )
  const own = Number(/^(?:c?python-?)?3\.(\d+)/.exec(used ?? '')?.[1] ?? Number.NaN)
  const known = NIXPKGS.pythonMinors.some((minor) => minor === own)
  const minor = fitting.find((one) => one === own) ?? fitting[0] ?? usual
  const asked = ranges.length > 0 && fitting.length === 0 ? wanted.filter(Boolean).join(', ') : undefined
  const note =
    asked !== undefined
      ? `it asks for Python ${asked}, which nixpkgs doesn't have: the flake takes 3.${minor}`
      : used !== undefined && !known
        ? `it is used with Python ${used}, which nixpkgs doesn't have: the flake takes 3.${minor}`
        : undefined
  return { attribute: minor === usual ? 'python3' : `python3${minor}`, minor, note }
}

function matches(version: string, range: string): boolean {
  return range.split('||').some((part) => part.trim() === '' || satisfies(version, part.trim()))
}

/** A constraint of Poetry or Pipenv in the words of PEP 440: `^3.11`, `~3.11`, `3.11`, `>=3.9 <3.13`. */
function pep440Range(range: string): string {
  return range
    .split('||')
    .map((part) => {
      const words = part
        .trim()
        .replace(/([<>=!~^]+)\s+/g, '$1')
        .split(/[\s,]+/)
        .filter(Boolean)
      const translated = words.map(constraint).join(',')
      return validRange(translated) ? translated : ''
    })
    .join('||')
}

function constraint(word: string): string {
  const [, operator = '', version = ''] = /^([<>=!~^]*)v?(.*)$/.exec(word) ?? []
  if (version === '*' || version === '') return ''
  const [major = '3', minor] = version.split('.')
  if (operator === '^') return `>=${version},<${Number(major) + 1}`
  if (operator === '~') return minor === undefined ? `==${major}.*` : `>=${version},==${major}.${minor}.*`
  if (operator !== '' && operator !== '=' && operator !== '==') return word
  return version.includes('*') ? `==${version}` : `==${version.split('.').slice(0, 2).join('.')}.*`
}
