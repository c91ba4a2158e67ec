import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import {
  access,
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Every write of the agent: checked, and durable where it must outlive a power cut. One place, so that tests can make
 * each of them fail.
 */
export interface Files {
  /** Replaces a file so that a reader, a crash or a power cut finds the old text or the new one. Default mode: 0644. */
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>
  /**
   * The same for a file that others have written, too: it keeps its mode and its owner, and a link stays one, to the new
   * text.
   */
  rewrite(path: string, content: string): Promise<void>
  /** A new file, durable only once somebody syncs: for what is moved to its place as a whole. Default mode: 0644. */
  put(path: string, content: string | Uint8Array, mode?: number): Promise<void>
  /** Adds to a file. `durable`: it is on the disk when this ends. */
  append(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number; durable?: boolean },
  ): Promise<void>
  /** An empty file, where there is none. */
  touch(path: string): Promise<void>
  /** Makes a link lead to a target, by one rename. */
  link(target: string, path: string): Promise<void>
  /** Fails with ENOENT where there is nothing at `from`. What it moves is on the disk when this ends. */
  move(from: string, to: string): Promise<void>
  /** Gives a file a second name, beside which its text is not written again. Both must never change. */
  hardLink(from: string, to: string): Promise<void>
  /** Makes a folder and those it lies in. Default mode: 0755, whatever the process's umask. */
  makeFolder(path: string, mode?: number): Promise<void>
  /** Changes who may read and write what is there. */
  setMode(path: string, mode: number): Promise<void>
  /** Takes a file or a folder away, if it is there. */
  remove(path: string): Promise<void>
  /** Has all that was written below a folder, or to a file, on the disk. */
  sync(path: string): Promise<void>
  /** Takes away, from a folder and not from those in it, what a write was at when another process was killed. */
  removeUnfinished(folder: string): Promise<void>
}

/** What tells the writes of one process from those of another, in bytes: enough that two never meet. */
const RUN_BYTES = 6
const UNFINISHED = /\.new-([\da-f]{12})-\d+$/

export interface FilesOptions {
  /** Called before each write; throws in its place where a test wants that. */
  beforeWrite?: (path: string) => void
}

export function createFiles({ beforeWrite = () => undefined }: FilesOptions = {}): Files {
  // A process ID would come again after a reboot, and with it the name of a file that is still there.
  const own = randomBytes(RUN_BYTES).toString('hex')
  let counter = 0
  const beside = (path: string, hidden = '') => {
    counter += 1
    return join(dirname(path), `${hidden}${basename(path)}.new-${own}-${counter}`)
  }
  const replace = async (
    path: string,
    content: string | Uint8Array,
    like: Partial<Stats> & { mode: number },
    hidden?: '.',
  ) => {
    beforeWrite(path)
    const temporary = beside(path, hidden)
    try {
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(content)
        if (like.uid !== undefined && like.gid !== undefined) await handle.chown(like.uid, like.gid)
        await handle.chmod(like.mode)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await syncPath(dirname(path))
  }
  const files: Files = {
    write: (path, content, mode = 0o644) => replace(path, content, { mode }),
    rewrite: async (path, content) => {
      const target = (await realPath(path)) ?? path
      const found = await unlessMissing(stat(target))
      // What reads all of somebody's folder, as nginx does, is not to read half a file that a crash left.
      await replace(target, content, found ? { ...found, mode: found.mode & 0o7777 } : { mode: 0o644 }, '.')
    },
    put: async (path, content, mode = 0o644) => {
      beforeWrite(path)
      await writeFile(path, content, { mode, flag: 'wx' })
      await chmod(path, mode)
    },
    append: async (path, content, { mode = 0o644, durable = false } = {}) => {
      beforeWrite(path)
      await appendFile(path, content, { mode, flush: durable })
    },
    touch: async (path) => {
      beforeWrite(path)
      const handle = await open(path, 'a')
      await handle.close()
    },
    link: async (target, path) => {
      beforeWrite(path)
      const temporary = beside(path)
      await symlink(target, temporary)
      try {
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await syncPath(dirname(path))
    },
    move: async (from, to) => {
      beforeWrite(to)
      await rename(from, to)
      await syncPath(dirname(to))
    },
    hardLink: async (from, to) => {
      beforeWrite(to)
      await link(from, to)
    },
    makeFolder: async (path, mode = 0o755) => {
      if (await exists(path)) return
      beforeWrite(path)
      await files.makeFolder(dirname(path))
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      await chmod(path, mode)
    },
    setMode: async (path, mode) => {
      beforeWrite(path)
      await chmod(path, mode)
    },
    remove: async (path) => {
      if (!(await exists(path))) return
      beforeWrite(path)
      await rm(path, { recursive: true, force: true })
    },
    sync: async (path) => {
      beforeWrite(path)
      await syncBelow(path)
    },
    removeUnfinished: async (folder) => {
      const left = (await listFolder(folder)).filter((name) => {
        const run = UNFINISHED.exec(name)?.[1]
        return run !== undefined && run !== own
      })
      for (const name of left) await files.remove(`${folder}/${name}`)
    },
  }
  return files
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncBelow(path: string): Promise<void> {
  const found = await lstat(path)
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await syncBelow(`${path}/${name}`)
  } else if (!found.isFile()) return
  await syncPath(path)
}

const MISSING = new Set(['ENOENT', 'ENOTDIR'])

/** undefined only where there is no such file: whatever else stands in the way is an error. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** The text of a file; undefined where there is none. */
export function readText(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, 'utf8'))
}

/** Where a link leads, as it is written; undefined where there is none. */
export function readLink(path: string): Promise<string | undefined> {
  return unlessMissing(readlink(path))
}

/** The same, and undefined too for what is no link. */
export async function linkTarget(path: string): Promise<string | undefined> {
  const found = await unlessMissing(lstat(path))
  return found?.isSymbolicLink() ? readLink(path) : undefined
}

/** A path with each link followed; undefined where it leads nowhere. */
export function realPath(path: string): Promise<string | undefined> {
  return unlessMissing(realpath(path))
}

/** The names in a folder, in order; none where there is no folder. */
export async function listFolder(path: string): Promise<string[]> {
  return ((await unlessMissing(readdir(path))) ?? []).sort()
}

/** Whether there is something, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return (await unlessMissing(lstat(path))) !== undefined
}

/** Whether something is there, links followed. */
export async function leadsSomewhere(path: string): Promise<boolean> {
  return (await unlessMissing(access(path).then(() => true))) ?? false
}
