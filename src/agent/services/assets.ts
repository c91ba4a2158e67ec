import { dirname, join, normalize } from 'node:path'
import type { Readable } from 'node:stream'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { createPlaces } from './asset-places.js'
import { readTar, type TarEntry } from './tar.js'

/** The most that the shipped files of a release may take; larger ones belong into the package. */
const MOST_BYTES = 2 * 1024 * 1024 * 1024
/** What is written at once, so that memory stays bounded. */
const WRITE_BYTES = 1024 * 1024
/** PATH_MAX: what the kernel takes. */
const NAME_LENGTH = 4095

/** Unpacks shipped files: plain files, folders, and links that stay within the folder; nothing else. */
export async function unpackAssets(agent: Agent, archive: Readable, to: string): Promise<void> {
  await agent.files.makeFolder(to)
  const places = createPlaces()
  let bytes = 0
  const within = (size: number) => {
    bytes += size
    if (bytes > MOST_BYTES) throw failed('the shipped files are too many, or too large')
  }
  for await (const entry of readTar(archive)) {
    const path = pathOf(entry)
    places.add(path, entry)
    if (path === '') continue
    const place = join(to, path)
    if (entry.type === 'folder') {
      await agent.files.makeFolder(place)
      continue
    }
    await agent.files.makeFolder(dirname(place))
    if (entry.type === 'link') await agent.files.link(entry.target, place)
    else await writeFile(agent, place, entry, within)
  }
  places.requireLinksWithin()
}

/** Where an entry lies in the folder, without `.` and `..`; empty for the folder itself. */
function pathOf({ name, target }: TarEntry): string {
  const shown = name.slice(0, 100)
  if (name.length > NAME_LENGTH || target.length > NAME_LENGTH) {
    throw failed(`the name of a shipped file is too long: ${shown}…`)
  }
  if (name.includes('\0') || target.includes('\0')) throw failed(`a shipped file has no name: ${shown}`)
  const path = normalize(name).replace(/\/$/, '')
  if (path === '..' || path.startsWith('../') || name.startsWith('/')) {
    throw failed(`a shipped file leads out of its folder: ${name}`)
  }
  return path === '.' ? '' : path
}

async function writeFile(
  agent: Agent,
  place: string,
  { content, executable }: TarEntry,
  within: (size: number) => void,
): Promise<void> {
  let made = false
  let held: Buffer[] = []
  let size = 0
  const write = async () => {
    const part = Buffer.concat(held)
    if (made) await agent.files.append(place, part)
    else await agent.files.put(place, part, executable ? 0o755 : 0o644)
    made = true
    held = []
    size = 0
  }
  for await (const piece of content) {
    within(piece.byteLength)
    held.push(piece)
    size += piece.byteLength
    if (size >= WRITE_BYTES) await write()
  }
  if (!made || size > 0) await write()
}
