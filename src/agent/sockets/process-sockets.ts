import { listFolder, readLink } from '../files.js'

/** The inodes of the sockets that a process holds; `process` is its folder in /proc. */
export async function socketsOf(process: string): Promise<string[]> {
  const files = await ofProcess(listFolder(`${process}/fd`), [])
  const links = await Promise.all(files.map((fd) => ofProcess(readLink(`${process}/fd/${fd}`), undefined)))
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? [])
}

/** Processes end at any time; the files of some, such as those of other users of a container, are nobody's to see. */
const UNKNOWN = new Set(['ESRCH', 'EACCES', 'EPERM'])

export async function ofProcess<T>(question: Promise<T>, gone: T): Promise<T> {
  try {
    return await question
  } catch (error) {
    if (UNKNOWN.has((error as NodeJS.ErrnoException).code ?? '')) return gone
    throw error
  }
}
