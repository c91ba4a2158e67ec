import { link, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../errors.js'

/** Writes new files into a folder: all of them, or none. Nothing is ever overwritten. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  const temporary: Record<string, string> = {}
  const placed: string[] = []
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, `.${process.pid}.${name}`)
      temporary[name] = path
      await writeFile(path, text, { flag: 'wx' })
    }
    for (const [name, path] of Object.entries(temporary)) {
      await place(path, join(folder, name))
      placed.push(join(folder, name))
    }
  } catch (error) {
    await Promise.all(placed.map((path) => rm(path, { force: true })))
    throw error
  } finally {
    await Promise.all(Object.values(temporary).map((path) => rm(path, { force: true })))
  }
}

/** A link, unlike a rename, fails where there is a file already. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw usageError({ what: `${to} is there already`, still: 'Nothing was written.' })
  }
}
