import { join } from 'node:path'
import type { ApplyRequest } from '../../contract/activation.js'
import { failed } from '../../contract/failure.js'
import { refused } from '../access/session.js'
import type { Agent } from '../agent.js'
import { freeBytes, ROOM_BYTES } from '../room/free.js'
import type { Session } from './session.js'

/** The most bytes of shipped files that a key may send with a request. */
const KEY_BYTES = 1024 * 1024 * 1024
/** After how many bytes it is looked whether there is still room. */
const LOOK_BYTES = 16 * 1024 * 1024

/** Takes in the shipped files of releases, as they were packed. Resolves to where they lie, by the release's place. */
export async function receiveAssets(
  agent: Agent,
  { channel, peer }: Session,
  { releases }: ApplyRequest,
  incoming: string,
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const received = new Map<number, string>()
  let bytes = 0
  let looked = 0
  for (const [index, { assets }] of releases.entries()) {
    if (assets === null) continue
    const path = join(incoming, `assets-${index}`)
    await agent.files.put(path, '', 0o600)
    for await (const piece of untilAborted(channel.download(assets), signal)) {
      bytes += piece.byteLength
      if (peer.key !== null && bytes > KEY_BYTES) throw refused(['it brings more than 1 GiB of files'])
      if (peer.key !== null && (looked === 0 || bytes - looked > LOOK_BYTES)) {
        looked = bytes
        await requireRoom(agent, bytes)
      }
      await agent.files.append(path, piece)
    }
    received.set(index, path)
  }
  return received
}

/** The files lie there twice, until they are unpacked. */
async function requireRoom({ places }: Agent, bytes: number): Promise<void> {
  if ((await freeBytes([places.root])) >= ROOM_BYTES + bytes) return
  throw failed("there is no room for the service's files", {
    why: `less than ${ROOM_BYTES / 1024 ** 2} MiB would be free on the disk of ${places.root}`,
    full: true,
  })
}

/** What is asked to stop does so also while nothing comes. */
async function* untilAborted(pieces: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(failed(String(signal.reason)))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  aborted.catch(() => undefined)
  const reader = pieces[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([reader.next(), aborted])
    if (next.done) return
    yield next.value
  }
}
