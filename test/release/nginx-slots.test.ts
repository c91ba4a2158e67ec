import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { SLOTS, type Slot } from '../../src/contract/service.js'
import { listenPath } from '../../src/release/listen.js'
import { ask, moved, type NginxFolder, nginxFolder, startNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, released } from './samples.js'
import { type Slots, slotsOf } from './slots.js'

/** Shows which of the hundred shares nginx drew for a request. */
const SHOW_SHARE = { 'upstreams/share.conf': 'add_header X-Share $slipway_die;\n' }
/** So many that a share is left out in fewer than one of 10¹⁰ runs. */
const REQUESTS = 3200
const AT_ONCE = 32

describe('slots, as a host moves them', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  let servers: Record<Slot, Server>
  let slots: Slots

  beforeEach(async () => {
    const web = app({ listen: 'unix', routes: ['http://example.com'] })
    nginx = nginxFolder({ ...released(web).nginx.files, ...SHOW_SHARE })
    for (const slot of SLOTS) mkdirSync(dirname(socketOf(slot)), { recursive: true })
    servers = { blue: await instance('blue'), green: await instance('green') }
    stop = await startNginx(nginx)
    slots = slotsOf(nginx.path, 'web')
    slots.switchTo('blue')
  })
  afterEach(async () => {
    await stop()
    await Promise.all(SLOTS.map(gone))
    nginx.remove()
  })

  const socketOf = (slot: Slot) => moved(listenPath('web', slot), nginx.path)

  /** What runs in a slot: answers with its name and how much it was sent, but leaves `/slow` to the test. */
  async function instance(slot: Slot): Promise<Server> {
    const server = createServer((asked, response) => {
      if (asked.url === '/slow') return
      let bytes = 0
      asked.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      asked.on('end', () => response.end(bytes === 0 ? slot : `${slot} got ${bytes}`))
    })
    server.listen(socketOf(slot))
    await once(server, 'listening')
    return server
  }

  /** Stops what runs in a slot, with all its connections. */
  async function gone(slot: Slot): Promise<void> {
    servers[slot].closeAllConnections()
    if (servers[slot].listening) await new Promise((resolve) => servers[slot].close(resolve))
  }

  async function answered(path = '/'): Promise<string> {
    const { status, body } = await ask(nginx, 'example.com', path)
    return `${status} ${body}`
  }

  it('answer from the current one', async () => {
    assert.equal(await answered(), '200 blue')
    for (const slot of ['green', 'blue', 'green'] as const) {
      slots.switchTo(slot)
      assert.equal(await answered(), `200 ${slot}`)
    }
  })

  it('let a request end where it began', async () => {
    const arrived = once(servers.blue, 'request')
    const slow = answered('/slow')
    const [, response] = (await arrived) as [unknown, ServerResponse]
    slots.switchTo('green')
    assert.equal(await answered(), '200 green')
    response.end('from the old one')
    assert.equal(await slow, '200 from the old one')
  })

  it('take an upload whose slot was stopped before it had all come', async () => {
    const half = Buffer.alloc(100_000, 'x')
    const upload = request({
      socketPath: join(nginx.path, 'web'),
      method: 'POST',
      headers: { Host: 'example.com', 'Content-Length': 2 * half.length, Expect: '100-continue' },
    })
    // nginx wants the body once it has chosen a slot.
    const chosen = once(upload, 'continue')
    upload.flushHeaders()
    await chosen
    upload.write(half)
    slots.switchTo('green')
    await gone('blue')
    const response = once(upload, 'response')
    upload.end(half)
    const [{ statusCode }, body] = await response.then(async ([answer]) => [answer, await textOf(answer)])
    assert.equal(`${statusCode} ${body}`, '200 green got 200000')
  })

  /** Asks until every share was drawn; each must have been answered by whom it belongs to. */
  async function assertShares(owner: (share: number) => Slot): Promise<void> {
    const drawn = new Set<number>()
    for (let asked = 0; asked < REQUESTS; asked += AT_ONCE) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(nginx, 'example.com', '/')))
      for (const { headers, body } of answers) {
        const share = Number(headers['x-share'])
        assert.equal(body, owner(share), `share ${headers['x-share']}`)
        drawn.add(share)
      }
    }
    const all = Array.from({ length: 100 }, (_, share) => share)
    assert.deepEqual(
      [...drawn].sort((one, other) => one - other),
      all,
    )
  }

  for (const [percent, current, canary] of [
    [1, 'blue', 'green'],
    [37, 'blue', 'green'],
    [99, 'green', 'blue'],
  ] as const) {
    it(`give a canary in ${canary} ${percent} of a hundred shares, and ${current} the rest`, async () => {
      slots.switchTo(current)
      slots.share(canary, percent)
      const green = canary === 'green' ? percent : 100 - percent
      await assertShares((share) => (share < green ? 'green' : 'blue'))
    })
  }

  it('give a canary another share at once, and everything when it is promoted', async () => {
    slots.share('green', 10)
    slots.share('green', 60)
    await assertShares((share) => (share < 60 ? 'green' : 'blue'))
    slots.switchTo('green')
    slots.withdraw()
    await assertShares(() => 'green')
  })

  it('give nothing to a canary that is withdrawn', async () => {
    slots.share('green', 99)
    slots.withdraw()
    await assertShares(() => 'blue')
    slots.switchTo('green')
    slots.share('blue', 40)
    slots.withdraw()
    await assertShares(() => 'green')
  })

  it("give nothing to another service's canary", async () => {
    const others = slotsOf(nginx.path, 'other')
    others.switchTo('blue')
    others.share('green', 99)
    await assertShares(() => 'blue')
  })
})

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}
