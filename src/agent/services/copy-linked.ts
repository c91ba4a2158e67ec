import { link, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../files.js'

/** A folder with the same files: they never change. Nothing where there is no such folder. */
export async function copyLinked(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return
  const { mode } = await lstat(from)
  await mkdir(to, { mode: mode & 0o777, recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyLinked(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else if (entry.isFile()) await link(source, target)
  }
}
