import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What {@link writeFiles} calls a file before it is in its place, by whose it is. */
export function temporaryName(name: string, pid: number): string {
  return `.${pid}.slipway-init.${name}`
}

const TEMPORARY = /^\.(\d+)\.slipway-init\.(.+)$/

/**
 * Removes what an `init` that was killed left in a folder; gives the names of what it had already put in
 * place. A file that it placed is the same file as its temporary one, so nobody else's is ever removed.
 */
export function clearUnfinished(folder: string): string[] {
  const removed: string[] = []
  const left = readdirSync(folder).flatMap((temporary) => {
    const [, pid, name] = TEMPORARY.exec(temporary) ?? []
    if (pid === undefined || name === undefined || isRunning(Number(pid))) return []
    const placed = isSameFile(join(folder, temporary), join(folder, name))
    return [{ temporary, name, placed }]
  })
  const finished = left.every(({ placed }) => placed)
  for (const { name, placed } of left) {
    if (placed && !finished) {
      rmSync(join(folder, name), { force: true })
      removed.push(name)
    }
  }
  for (const { temporary } of left) rmSync(join(folder, temporary), { force: true })
  return removed
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
