import type { SetupNote } from '../../contract/verbs.js'

/** What was changed on a host beside what was asked for, or what its owner has to do. */
export function noteText(host: string, { kind, text }: SetupNote): string {
  return kind === 'manual' ? `${host}: yours to do: ${text}` : `${host}: ${text}`
}
