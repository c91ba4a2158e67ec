import { ExitCode } from './contract/exit-codes.js'

export { ExitCode }

/** The parts of a message for somebody who has to act on it. */
export interface ErrorParts {
  /** What happened, to what: one sentence without a full stop. */
  what: string
  /** Why, as far as it is known: a probe's answer, the end of a log. */
  why?: string | undefined
  /** What still works, or serves, in spite of it. */
  still?: string | undefined
  /** What to do next. */
  next?: string | undefined
  /** Default: {@link ExitCode.failed}. */
  code?: ExitCode | undefined
}

/** An error that the user can act on, as opposed to a defect in slipway. */
export class SlipwayError extends Error {
  override name = 'SlipwayError'
  readonly parts: ErrorParts
  readonly code: ExitCode

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts.what, options)
    this.parts = parts
    this.code = parts.code ?? ExitCode.failed
  }
}

/** A wrong command line or config: nothing was contacted or changed. */
export function usageError(parts: Omit<ErrorParts, 'code'>): SlipwayError {
  return new SlipwayError({ ...parts, code: ExitCode.usage })
}
