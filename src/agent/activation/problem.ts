import { diskProblem } from '../disk-problem.js'
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

export function textOf(error: unknown): string {
  if (error instanceof ItemProblem) return error.message
  return diskProblem(error) ?? String((error as Error | undefined)?.message ?? error)
}
