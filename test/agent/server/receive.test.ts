import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createFiles } from '../../../src/agent/files.js'
import { receiveAssets } from '../../../src/agent/server/receive.js'
import type { PeerInfo, Session } from '../../../src/agent/server/session.js'
import type { ApplyRequest } from '../../../src/contract/activation.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const KEY = { service: 'web', name: 'ci' }
const MIB = 1024 * 1024

let test: TestAgent
beforeEach(() => {
  test = testAgent()
})
afterEach(() => test.remove())

function receive(
  streams: Record<number, AsyncIterable<Buffer>>,
  assets: (number | null)[],
  { key = null, signal = new AbortController().signal }: { key?: PeerInfo['key']; signal?: AbortSignal } = {},
) {
  const session = {
    peer: { connection: '', became: false, key },
    channel: { download: (stream: number) => streams[stream] },
  } as unknown as Session
  const request = { releases: assets.map((stream) => ({ assets: stream })) } as unknown as ApplyRequest
  return receiveAssets(test.agent, session, request, test.folder, signal)
}

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function* mebibytes(count: number) {
  const piece = Buffer.alloc(MIB)
  for (let sent = 0; sent < count; sent += 1) yield piece
}

/** Where a whole gibibyte need not go to a disk. */
function withoutDisk() {
  test.remove()
  test = testAgent({ files: { ...createFiles(), append: async () => undefined } })
}

describe('shipped files arrive', () => {
  it('audit 16: for a key as long as there is room, which stays for others', async () => {
    // A file system of the kernel's has none.
    test.agent.places = { ...test.agent.places, root: '/proc' }
    await assert.rejects(receive({ 1: pieces('a') }, [1], { key: KEY }), /no room for the service's files/)
  })

  it('each for its release', async () => {
    const received = await receive({ 1: pieces('a', 'b'), 3: pieces('c') }, [3, null, 1])
    assert.deepEqual(
      [...received].map(([index, path]) => [index, readFileSync(path, 'utf8')]),
      [
        [0, 'c'],
        [2, 'ab'],
      ],
    )
    assert.equal(received.get(0), join(test.folder, 'assets-0'))
  })

  it('of a gibibyte at most with a key, all together', async () => {
    withoutDisk()
    await receive({ 1: mebibytes(1024) }, [1], { key: KEY })
    withoutDisk()
    const more = receive({ 1: mebibytes(1000), 3: mebibytes(25) }, [1, 3], { key: KEY })
    await assert.rejects(more, /it brings more than 1 GiB of files/)
    withoutDisk()
    await receive({ 1: mebibytes(1030) }, [1])
  })

  it('until somebody asks for their end, also while nothing comes', async () => {
    const stop = new AbortController()
    const silent = (async function* () {
      yield Buffer.from('a')
      await new Promise(() => undefined)
    })()
    setTimeout(() => stop.abort('stopped on request'), 20)
    await assert.rejects(receive({ 1: silent }, [1], { signal: stop.signal }), /stopped on request/)
    withoutDisk()
    await assert.rejects(receive({ 1: pieces('a') }, [1], { signal: stop.signal }), /stopped on request/)
  })
})
