import type { CertificateReport } from '../../contract/report.js'

export type ProblemKind = NonNullable<CertificateReport['kind']>

/** Why an attempt to get a certificate failed. */
export class CertificateProblem extends Error {
  override name = 'CertificateProblem'
  readonly kind: ProblemKind
  /** When a server said it may be asked again, in seconds since 1970; 0: it said nothing. */
  readonly retryAt: number

  constructor(kind: ProblemKind, text: string, retryAt = 0) {
    super(text)
    this.kind = kind
    this.retryAt = retryAt
  }
}
