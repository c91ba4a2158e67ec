import { NIXPKGS } from '../nixpkgs.js'

/** The attribute of nixpkgs with a Python that satisfies `requires-python`. */
export function interpreterFor(wanted: string | undefined): string {
  const bound = (pattern: RegExp) => Number(pattern.exec(wanted ?? '')?.[1] ?? Number.NaN)
  const least = bound(/(?:>=|\^|~=|~)\s*3\.(\d+)/)
  const exact = bound(/==\s*3\.(\d+)/)
  const below = bound(/<\s*3\.(\d+)/)
  if (exact >= 0) return `python3${exact}`
  if (least > NIXPKGS.pythonMinor) return `python3${least}`
  if (below <= NIXPKGS.pythonMinor) return `python3${below - 1}`
  return 'python3'
}
