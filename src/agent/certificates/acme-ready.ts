import { type Answer, ask } from './http.js'
import { CertificateProblem } from './problem.js'

/** How far this host's clock may be from the ACME server's: its answers are signed for minutes, certificates for days. */
const CLOCK_SECONDS = 3_600
const ANSWER_MS = 15_000
/** A directory is a few hundred bytes. */
const ANSWER_BYTES = 1_048_576

/** Sees that an ACME server answers, and agrees on the time: with a wrong clock no certificate of its own holds, either. */
export async function requireReady(server: string, now: () => number): Promise<void> {
  let answer: Answer
  try {
    answer = await ask(server, { timeoutMs: ANSWER_MS, maxBytes: ANSWER_BYTES })
  } catch (error) {
    throw new CertificateProblem('unreachable', `${server} does not answer: ${(error as Error).message}`)
  }
  const { status, headers } = answer
  if (status < 200 || status > 299) throw new CertificateProblem('unreachable', `${server} answers ${status}`)
  const theirs = Date.parse(headers.date ?? '')
  if (Number.isNaN(theirs)) return
  const ahead = Math.floor(now()) - theirs / 1000
  if (Math.abs(ahead) <= CLOCK_SECONDS) return
  const hours = Math.floor(Math.abs(ahead) / 3_600)
  throw new CertificateProblem(
    'clock',
    `this host's clock is ${hours} hours ${ahead > 0 ? 'ahead' : 'behind'} of ${server}'s: no certificate would hold; \`timedatectl set-ntp true\` sets it`,
  )
}
