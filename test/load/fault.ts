/** What went wrong with a request. */
export type Reason =
  /** No connection was made. */
  | 'connect'
  /** The connection broke. */
  | 'reset'
  /** The connection was closed in good order, without one byte of an answer, or of a stream's end. */
  | 'closed'
  /** The connection was closed in good order, in the middle of an answer. */
  | 'truncated'
  | 'timeout'
  /** Another status than the one that was expected. */
  | 'status'
  /** Not HTTP, or not the protocol that was agreed on. */
  | 'protocol'
  /** The answer is for another request. */
  | 'number'
  /** The answer does not say which release it comes from, or says two things. */
  | 'release'
  /** The answer's content is not what it has to be. */
  | 'body'

/** How far a request got. */
export interface Progress {
  /** The connection had carried an answer before. */
  reused: boolean
  /** Bytes given to the kernel or waiting for it. */
  bytesSent: number
  /** Bytes of the answer, head and body. */
  bytesReceived: number
}

/** A request that failed, as opposed to a defect of the load generator. */
export class Fault extends Error {
  override name = 'Fault'
  readonly reason: Reason
  /** Absent where there was no connection. */
  progress: Progress | undefined

  constructor(reason: Reason, message: string, progress?: Progress) {
    super(message)
    this.reason = reason
    this.progress = progress
  }
}

/** The fault, or throws what is none. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  throw error
}
