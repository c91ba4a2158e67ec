import pLimit from 'p-limit'

const turn = pLimit(1)

/**
 * Runs work while nobody else adds or prunes secrets. Whoever stages values and links a release to them does both
 * within one turn, and has the release in its place before the end of it. Turns can't be nested.
 */
export function withSecrets<T>(work: () => Promise<T>): Promise<T> {
  return turn(work)
}
