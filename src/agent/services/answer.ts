import { statusIsHealthy } from '../../release/route-probe.js'

/** What an answer is read of, in bytes: enough to show people; what a service sends without end ends here. */
export const ANSWER_BYTES = 4096
/** How much of what a service says people are shown, in characters. */
const SHOWN_CHARACTERS = 300

/** What a probe saw: an answer over HTTP, that all is well where no status tells it, or why there was none. */
export type Answer = { code: number; body: string } | { code: 0; well: string } | { code: 0; problem: string }

/** What is said of a connection that nobody takes. */
export const REFUSED = 'the connection was refused'

/** Why a connection did not come about, for people. */
export function problemText(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return REFUSED
    case 'ECONNRESET':
      return 'the connection was reset'
    case 'ENOENT':
      return 'there is no such socket'
    case 'ELOOP':
      return 'in place of its socket there is a link'
    case 'EACCES':
      return 'it may not be connected to'
    default:
      return error.message
  }
}

/** What is said of a service that lets one wait. */
export function nothingWithin(ms: number): string {
  return `nothing came within ${ms / 1000} s`
}

export function isHealthy(answer: Answer, allowed: readonly number[] | undefined): boolean {
  return 'well' in answer || (answer.code !== 0 && statusIsHealthy(answer.code, allowed))
}

/** A text of a service on one line, its beginning. */
export function shownText(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS)
}

/** What a request saw, for people. */
export function answerText(path: string, answer: Answer): string {
  if ('problem' in answer) return `GET ${path}: no answer: ${answer.problem}`
  if ('well' in answer) return `GET ${path}: ${answer.well}`
  return `GET ${path} answered ${answer.code}: ${shownText(answer.body)}`
}
