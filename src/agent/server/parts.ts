import type { Report } from '../../contract/report.js'
import type { Params, Result } from '../../contract/verbs.js'
import type { Certificates } from '../certificates/certificates.js'
import type { Login } from '../report/host.js'

/** What the server hands calls on to. */
export interface Parts {
  /** The version of this agent, and the hash of its bundle. */
  self: { version: string; bundle: string }
  /** What `hello` tells of upgrades of this agent. */
  upgrades(): Promise<Pick<Result<'hello'>, 'declared' | 'failedUpgrade'>>
  report(params: Params<'report'>, login: Login): Promise<Report>
  certificates: Certificates
  prepare(params: Params<'prepare'>): Promise<Result<'prepare'>>
  /** Ends when the other version answers, which ends this one. */
  upgrade(hash: string, bundle: AsyncIterable<Buffer>, who: string): Promise<void>
}
