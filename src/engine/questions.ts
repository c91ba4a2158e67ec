import type { Ask as AskPassword } from '../remote/password.js'

/** What is asked while an engine function works. */
export type PasswordQuestion = Parameters<AskPassword>[0]

/** A hash of the project is not that of what was fetched; the difference was told. */
export interface HashQuestion {
  kind: 'hashes'
}

export type Question = PasswordQuestion | HashQuestion

/** Asks whoever began the work, one question at a time. A signal takes the question back: it is rejected then. */
export interface Ask {
  /** undefined: there is nobody to ask, or no answer. */
  (question: PasswordQuestion, signal?: AbortSignal): Promise<string | undefined>
  /** Whether to write the right hash, and build again. */
  (question: HashQuestion, signal?: AbortSignal): Promise<boolean>
}
