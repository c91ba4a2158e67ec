import { type Finding, finding, type Subject } from './finding.js'

/** Who works on it, and what was cut off. A deploy waits for the one, and puts the other right. */
export function workFindings({ report: { lock, services } }: Subject): Finding[] {
  return [
    finding('lock', true, lock ? `held by ${lock.who}: ${lock.what}` : 'free'),
    ...services
      .filter(({ activating }) => activating !== null)
      .map(({ name, activating }) =>
        finding(`service ${name}`, lock !== null, `release ${activating} was cut off half-way`, {
          fix: `slipway deploy ${name} puts it right`,
        }),
      ),
  ]
}
