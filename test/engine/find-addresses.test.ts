import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { findAddresses, listedAddresses, lookupUntil } from '../../src/engine/find-addresses.js'

const A = 1
const AAAA = 28
const NXDOMAIN = 3

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-names-'))
  await writeFile(join(folder, 'hosts'), '127.0.0.2 listed.example.test\n')
})
after(() => rm(folder, { recursive: true }))

const servers: Socket[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A DNS server on this machine: answers by the kind of a question; `undefined`: never, `null`: there is no such name. */
async function dns(answers: (type: number) => Buffer[] | null | undefined): Promise<string> {
  const socket = createSocket('udp4')
  servers.push(socket)
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5
    const found = answers(query.readUInt16BE(end - 4))
    if (found === undefined) return
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(0x8180 | (found === null ? NXDOMAIN : 0), 2)
    head.writeUInt16BE(found?.length ?? 0, 6)
    head.writeUInt32BE(0, 8)
    const type = query.subarray(end - 4, end)
    const records = (found ?? []).map((data) =>
      Buffer.concat([Buffer.from([0xc0, 12]), type, Buffer.from([0, 0, 0, 60, 0, data.length]), data]),
    )
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`
}

const NEVER = new AbortController().signal
const V4 = Buffer.from([192, 0, 2, 7])
const V6 = Buffer.from('20010db8000000000000000000000007', 'hex')

async function find(
  answers: Parameters<typeof dns>[0],
  { name = 'www.example.test', signal = NEVER } = {},
): ReturnType<typeof findAddresses> {
  return findAddresses(name, signal, { hostsFile: join(folder, 'hosts'), servers: [await dns(answers)] })
}

describe('findAddresses', () => {
  it('asks DNS, for IPv4 first', async () => {
    assert.deepEqual(await find((type) => (type === A ? [V4] : [V6])), [{ address: '192.0.2.7', family: 4 }])
  })

  it('takes IPv6 where there is nothing else', async () => {
    const six = [{ address: '2001:db8::7', family: 6 }]
    assert.deepEqual(await find((type) => (type === AAAA ? [V6] : [])), six)
  })

  it('does not wait for what is not needed', async () => {
    const began = performance.now()
    await find((type) => (type === A ? [V4] : undefined))
    assert.ok(performance.now() - began < 1000)
  })

  it('goes by the hosts file first', async () => {
    const listed = [{ address: '127.0.0.2', family: 4 }]
    assert.deepEqual(await find(() => undefined, { name: 'listed.example.test' }), listed)
  })

  it('says that there is no such name', async () => {
    await assert.rejects(
      find(() => null),
      { code: 'ENOTFOUND' },
    )
  })

  it('is given up at once, and leaves nothing that keeps the program', async () => {
    const stop = new AbortController()
    const finding = find(() => undefined, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('given up')), 50)
    const began = performance.now()
    await assert.rejects(finding, { message: 'given up' })
    assert.ok(performance.now() - began < 1000)
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((name) => /QUERY|GetAddrInfo/i.test(name)),
      [],
    )
    await assert.rejects(
      find(() => [V4], { signal: stop.signal }),
      { message: 'given up' },
    )
  })
})

describe('lookupUntil', () => {
  const sources = () => ({ hostsFile: join(folder, 'hosts'), servers: ['127.0.0.1:9'] })
  const lookup = (name: string, all: boolean) =>
    new Promise<unknown[]>((resolve) => {
      lookupUntil(NEVER, sources())(name, { all }, (...results) => resolve(results))
    })

  it('answers as a socket asks: with one address, or all', async () => {
    assert.deepEqual(await lookup('listed.example.test', false), [null, '127.0.0.2', 4])
    assert.deepEqual(await lookup('listed.example.test', true), [null, [{ address: '127.0.0.2', family: 4 }]])
  })

  it('passes on why there is none', async () => {
    const [error] = await lookup('www.example.test', true)
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED')
  })
})

describe('listedAddresses', () => {
  const HOSTS = `# a comment
127.0.0.1\tlocalhost
::1 localhost ip6-localhost # another
192.0.2.1   Web.Example.test www
#192.0.2.2 commented
`
  for (const [name, addresses] of [
    ['localhost', ['127.0.0.1', '::1']],
    ['web.example.test', ['192.0.2.1']],
    ['WWW.', ['192.0.2.1']],
    ['commented', []],
    ['192.0.2.1', []],
    ['another', []],
  ] as const) {
    it(`finds ${addresses.length} for ${name}`, () => {
      assert.deepEqual(
        listedAddresses(HOSTS, name),
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    })
  }
})
