import { dirname, join, normalize } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'

/** The most that the shipped files of a release may take; larger ones belong into the package. */
const MOST_BYTES = 2 * 1024 * 1024 * 1024
const MOST_FILES = 100_000

/** Unpacks shipped files: plain files and links within the folder, and nothing else. */
export async function unpackAssets(agent: Agent, archive: AsyncIterable<Buffer>, to: string): Promise<void> {
  const entries = extract()
  const source = Readable.from(archive)
  source.on('error', (error) => entries.destroy(error))
  source.pipe(entries)
  await agent.files.makeFolder(to)
  let bytes = 0
  let count = 0
  for await (const entry of entries) {
    const { name, type, mode = 0o644, size = 0 } = entry.header
    const path = normalize(name)
    if (path.startsWith('..') || path.startsWith('/'))
      throw failed(`a shipped file leads out of its folder: ${name}`)
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
