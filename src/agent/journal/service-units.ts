import { failed } from '../../contract/failure.js'
import { SLOTS } from '../../contract/service.js'

/** The units whose journal is a service's, given those of it that are installed. */
export function unitsWithJournal(service: string, installed: readonly string[]): string[] {
  if (installed.length === 0) throw failed(`${service} runs no program on this host`)
  // A follower goes on when the next release takes the other slot.
  const slots = SLOTS.map((slot) => `${service}@${slot}.service`)
  return [...new Set([...installed, ...slots])]
}
