import { NotOwner } from '../guard/owner.js'
import { ItemProblem } from './item.js'

/** Why a piece of work failed, for people; undefined where it did not. */
export async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof NotOwner) throw error
    return textOf(error)
  }
}

const DISK_ERRORS: Record<string, string> = {
  ENOSPC: 'the disk of the host is full',
  EDQUOT: 'the disk quota of the host is used up',
  EROFS: "the host's disk can only be read",
  EIO: "the host's disk fails",
}

export function textOf(error: unknown): string {
  if (error instanceof ItemProblem) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  const disk = code === undefined ? undefined : DISK_ERRORS[code]
  return disk === undefined ? String(message ?? error) : `${disk} (${message})`
}
