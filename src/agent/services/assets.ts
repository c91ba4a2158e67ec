import { dirname, join, normalize } from 'node:path'
import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'

/** The most that the shipped files of a release may take; larger ones belong into the package. */
const MOST_BYTES = 2 * 1024 * 1024 * 1024
const MOST_FILES = 100_000

/** Unpacks shipped files: plain files and links within the folder, and nothing else. */
export async function unpackAssets(agent: Agent, archive: Readable, to: string): Promise<void> {
  await agent.files.makeFolder(to)
  // Read from at once: an entry that nobody waits for yet would be lost.
  const entries = extract()
  archive.on('error', (error) => entries.destroy(error))
  archive.pipe(entries)
  const links = new Set<string>()
  let bytes = 0
  let count = 0
  for await (const entry of entries) {
    const { name, type, mode = 0o644, size = 0 } = entry.header
    const path = normalize(name)
    if (path.startsWith('..') || path.startsWith('/'))
      throw failed(`a shipped file leads out of its folder: ${name}`)
    // Through links whose targets lie inside each, one could still get out.
    if (foldersOf(path).some((folder) => links.has(folder)))
      throw failed(`a shipped file lies behind a link: ${name}`)
    bytes += size
    count += 1
    if (bytes > MOST_BYTES || count > MOST_FILES) throw failed('the shipped files are too many, or too large')
    if (type === 'directory') {
      await agent.files.makeFolder(join(to, path))
      entry.resume()
      continue
    }
    if (type === 'symlink') {
      const target = entry.header.linkname ?? ''
      const leads = normalize(join(dirname(path), target))
      if (target.startsWith('/') || leads.startsWith('..')) {
        throw failed(`a shipped link leads out of its folder: ${name}`)
      }
      await agent.files.makeFolder(dirname(join(to, path)))
      await agent.files.link(target, join(to, path))
      links.add(path)
      entry.resume()
      continue
    }
    if (type !== 'file') throw failed(`${name} is neither a file, a folder nor a link`)
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    await agent.files.makeFolder(dirname(join(to, path)))
    await agent.files.put(join(to, path), Buffer.concat(chunks), (mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

/** The folders that a path leads through: `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
