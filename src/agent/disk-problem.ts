import { CallFailed, failed } from '../contract/failure.js'

/** What the errors of a disk mean: errno(3). */
const DISK_ERRORS: Record<string, string> = {
  ENOSPC: 'the disk of the host is full',
  EDQUOT: 'the disk quota of the host is used up',
  EROFS: "the host's disk can only be read",
  EIO: "the host's disk fails",
}
const FULL = ['ENOSPC', 'EDQUOT']

/** What is wrong with the disk, for people; undefined for any other error. */
export function diskProblem(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  const text = code === undefined ? undefined : DISK_ERRORS[code]
  return text === undefined ? undefined : `${text} (${message})`
}

/** An error as a call tells it: what the disk has done is no defect of the agent's. */
export function toldFailure(error: unknown): unknown {
  const problem = diskProblem(error)
  if (problem === undefined || error instanceof CallFailed) return error
  return failed(problem, { full: FULL.includes((error as NodeJS.ErrnoException).code ?? '') })
}
