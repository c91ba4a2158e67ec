import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { fetchPaths } from '../../../src/agent/cache/fetch.js'
import { lookInCaches } from '../../../src/agent/cache/look.js'
import { isSignedBy, parseNarinfo } from '../../../src/agent/cache/narinfo.js'
import { endedWith, testAgent } from '../test-agent.js'

const PAIR = generateKeyPairSync('ed25519')
/** The 32 bytes of the key, which are the last of its DER. */
const RAW = PAIR.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
const KEY = `main-1:${RAW}`
const PATH = `/nix/store/${'a'.repeat(32)}-app`
const OTHER = `/nix/store/${'b'.repeat(32)}-lib`
const HASH = `sha256:${'0'.repeat(52)}`

function narinfo({
  path = PATH,
  size = 100,
  refs = [OTHER],
  sig = signature({ path, size, refs }),
} = {}): string {
  const names = refs.map((ref) => ref.slice('/nix/store/'.length)).join(' ')
  return `StorePath: ${path}\nURL: nar/x.nar.zst\nCompression: zstd\nFileSize: 40\nNarHash: ${HASH}\nNarSize: ${size}\nReferences: ${names}\n${sig}`
}

function signature({ path = PATH, size = 100, refs = [OTHER], name = 'main-1' } = {}): string {
  const text = `1;${path};${HASH};${size};${[...refs].sort().join(',')}`
  return `Sig: ${name}:${sign(null, Buffer.from(text), PAIR.privateKey).toString('base64')}\n`
}

describe('isSignedBy', () => {
  const signed = (text: string) => isSignedBy(parseNarinfo(text) ?? assert.fail(), KEY)

  it('is true of what the key has signed, one signature among several', () => {
    assert.equal(signed(narinfo()), true)
    assert.equal(signed(narinfo({ refs: [OTHER, PATH] })), true)
    assert.equal(signed(narinfo({ refs: [] })), true)
    assert.equal(signed(`${narinfo()}${signature({ name: 'old-1' })}`), true)
  })

  it('is false of anything else', () => {
    for (const text of [
      narinfo({ sig: '' }),
      narinfo({ sig: 'Sig: main-1:\n' }),
      narinfo({ sig: 'Sig: nonsense\n' }),
      narinfo({ sig: signature({ name: 'main-2' }) }),
      narinfo({ sig: signature({ size: 101 }) }),
      narinfo({ sig: signature({ path: OTHER }) }),
      narinfo({ sig: signature({ refs: [] }) }),
    ]) {
      assert.equal(signed(text), false, text)
    }
  })
})

describe('lookInCaches', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  const cacheAt = async (name: string, answer: RequestListener) => {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, key: KEY }
  }
  const having =
    (infos: Record<string, string>): RequestListener =>
    (request, response) => {
      const info = infos[request.url?.slice('/x/'.length, '/x/'.length + 32) ?? '']
      response.writeHead(info === undefined ? 404 : 200).end(info)
    }

  it('names the first cache that has a path, and what it would send', async () => {
    const one = await cacheAt('one', having({ [`${'a'.repeat(32)}`]: narinfo() }))
    const two = await cacheAt(
      'two',
      having({ ['a'.repeat(32)]: narinfo(), ['b'.repeat(32)]: narinfo({ path: OTHER, refs: [] }) }),
    )
    assert.deepEqual(await lookInCaches([one, two], [PATH, OTHER]), {
      found: [
        { cache: 'one', paths: [PATH], bytes: 40 },
        { cache: 'two', paths: [OTHER], bytes: 40 },
      ],
      problems: [],
    })
  })

  it('tells what is missing from what is not signed, signed by others, or nonsense', async () => {
    const found = async (text: string) => {
      const { found, problems } = await lookInCaches(
        [await cacheAt('it', having({ ['a'.repeat(32)]: text }))],
        [PATH],
      )
      assert.deepEqual(found, [])
      return problems.map(({ kind, paths }) => `${kind} ${paths}`).join()
    }
    assert.equal(await found(narinfo({ sig: '' })), 'unsigned 1')
    assert.equal(await found(narinfo({ sig: signature({ name: 'x' }) })), 'wrong-key 1')
    assert.equal(await found('<html>'), 'broken 1')
    assert.equal(await found(narinfo({ path: OTHER })), 'broken 1')
    assert.equal(await found('x'.repeat(2 * 1024 * 1024)), 'broken 1')
    const { problems } = await lookInCaches([await cacheAt('it', having({}))], [PATH])
    assert.deepEqual(problems, [])
  })

  it('goes on without one that is dead, ill or silent', async () => {
    const dead = { name: 'dead', url: 'http://127.0.0.1:9', key: KEY }
    const ill = await cacheAt('ill', (_request, response) => void response.writeHead(503).end())
    const silent = await cacheAt('silent', () => undefined)
    const cut = await cacheAt('cut', (_request, response) => {
      response.writeHead(200, { 'content-length': '500' })
      response.write('StorePath: ')
      setTimeout(() => response.destroy(), 20)
    })
    const good = await cacheAt('good', having({ ['a'.repeat(32)]: narinfo() }))
    const began = Date.now()
    const { found, problems } = await lookInCaches([dead, ill, silent, cut, good], [PATH])
    assert.ok(Date.now() - began < 6000)
    assert.deepEqual(found, [{ cache: 'good', paths: [PATH], bytes: 40 }])
    assert.deepEqual(
      problems.map(({ cache, kind }) => `${cache} ${kind}`),
      ['dead down', 'ill down', 'silent down', 'cut down'],
    )
    assert.match(problems[1]?.why ?? '', /503/)
  })

  it('what Nix then does not get is no error, and not said to be there', async () => {
    const cache = await cacheAt(
      'it',
      having({ ['a'.repeat(32)]: narinfo(), ['b'.repeat(32)]: narinfo({ path: OTHER, refs: [] }) }),
    )
    const there = new Set<string>()
    const ran: string[] = []
    const host = testAgent({
      run: async (argv) => {
        ran.push(argv.join(' '))
        there.add(OTHER)
        return { ...endedWith(1), stderr: 'x\nerror: hash mismatch\n' }
      },
    })
    const { agent } = host
    const lack = async (paths: readonly string[]) => paths.filter((path) => !there.has(path))
    assert.deepEqual(await fetchPaths(agent, { caches: [cache], paths: [PATH, OTHER] }, lack), {
      found: [{ cache: 'it', paths: [OTHER], bytes: 40 }],
      problems: [{ cache: 'it', kind: 'broken', paths: 0, why: 'error: hash mismatch' }],
    })
    assert.match(
      ran[0] ?? '',
      new RegExp(`--option substituters ${cache.url} --option trusted-public-keys main-1:`),
    )
    await fetchPaths(agent, { caches: [cache], paths: [OTHER] }, lack)
    assert.equal(ran.length, 1)
    host.remove()
  })
})
