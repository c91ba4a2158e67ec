import { access, constants, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PATH } from '../run.js'

/** Why a folder of the path does not have a program. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EACCES'])

/** Where a program is that the agent would run; undefined where there is none. */
export async function onPath(program: string, path = PATH): Promise<string | undefined> {
  const found = await Promise.all(path.split(':').map((folder) => executable(join(folder, program))))
  return found.find((at) => at !== undefined)
}

async function executable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile() ? path : undefined
  } catch (error) {
    if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
