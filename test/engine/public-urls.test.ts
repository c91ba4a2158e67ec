import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ServiceConfig } from '../../src/config/resolved.js'
import { touchedServices, type UrlCheck, watchUrls } from '../../src/engine/public-urls.js'
import { planHost } from '../../src/plan/plan.js'
import {
  app,
  boxReport,
  builds,
  built,
  builtBox,
  manifestOf,
  report,
  SYSTEM,
  serving,
  staticSite,
} from '../plan/samples.js'

/** Longer than anything here takes. */
const TIMEOUT_MS = 30_000

let server: Server
let at: string
/** What was asked for, in order. */
let asked: string[]
/** What is answered. */
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  asked = []
  answer = status(200)
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  at = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(stop)

async function stop(): Promise<void> {
  server.closeAllConnections()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}

/** Answers with a status, or with the last one from then on. */
function status(...codes: number[]): typeof answer {
  const left = [...codes]
  return (_, response) => {
    response.writeHead((left.length > 1 ? left.shift() : left[0]) ?? 500, { location: '/elsewhere' })
    response.end('body')
  }
}

/** The services, with their routes on the server of this test. */
function here(...services: ServiceConfig[]): ServiceConfig[] {
  return services.map((service) => ({
    ...service,
    routes: service.routes.map((route) => ({ ...route, scheme: 'http' as const, domain: at })),
  }))
}

const WEB = () => here(app({ listen: 'port', health: { path: '/up' }, routes: ['http://a.example'] }))

/**
 * Watches, and waits until the first answers have come: only then is asked again for as many as were good.
 * From then on, `asked` holds what was asked since.
 */
async function watched(services: ServiceConfig[], good: number, timeoutMs = TIMEOUT_MS): Promise<UrlCheck> {
  const check = watchUrls(services, timeoutMs)
  const first = services.flatMap(({ routes }) => routes).length
  while (asked.length < first) await turn()
  for (let again = 0; again < good; ) {
    await turn()
    const before = asked.length
    await check.problem()
    again = asked.length - before
  }
  asked = []
  return check
}

describe('watchUrls', () => {
  it('finds nothing wrong with what answers well still', async () => {
    const check = await watched(WEB(), 1)
    assert.equal(await check.problem(), undefined)
    assert.deepEqual(asked, ['/up'])
  })

  it('asks nothing for services without routes', async () => {
    assert.equal(await watchUrls(here(app()), TIMEOUT_MS).problem(), undefined)
    assert.deepEqual(asked, [])
  })

  it('tells what answered well before and does no more, after asking three times', async () => {
    const check = await watched(WEB(), 1)
    answer = status(500)
    assert.equal(await check.problem(), `http://${at}/up answers 500`)
    assert.deepEqual(asked, ['/up', '/up', '/up'])
  })

  it('forgives what recovers meanwhile', async () => {
    const check = await watched(WEB(), 1)
    answer = status(502, 502, 200)
    assert.equal(await check.problem(), undefined)
    assert.deepEqual(asked, ['/up', '/up', '/up'])
  })

  it('tells of what does not answer any more', async () => {
    const check = await watched(WEB(), 1)
    await stop()
    assert.equal(await check.problem(), `http://${at}/up does not answer (ECONNREFUSED)`)
  })

  it('tells of what takes too long to answer', async () => {
    const check = await watched(WEB(), 1, 1000)
    answer = () => undefined
    assert.equal(
      await check.problem(),
      `http://${at}/up does not answer (The operation was aborted due to timeout)`,
    )
  })

  it('says nothing of what was bad before', async () => {
    const services = here(
      app({
        listen: 'port',
        health: { path: '/' },
        routes: ['http://a.example/bad', 'http://a.example/good'],
      }),
    )
    answer = (request, response) => status(request.url === '/bad/' ? 404 : 200)(request, response)
    const check = await watched(services, 1)
    assert.equal(await check.problem(), undefined)
    assert.deepEqual(asked, ['/good/'])
  })

  it('says nothing of what has not answered yet', async () => {
    answer = () => undefined
    const check = watchUrls(WEB(), TIMEOUT_MS)
    answer = status(500)
    assert.equal(await check.problem(), undefined)
  })

  it('tells of the first of several problems, and asks for all', async () => {
    const routes = ['http://a.example/one', 'http://a.example/two', 'http://a.example/three']
    const check = await watched(here(app({ listen: 'port', routes })), 3)
    answer = (request, response) => status(request.url === '/one/' ? 200 : 503)(request, response)
    assert.equal(await check.problem(), `http://${at}/two/ answers 503`)
    assert.deepEqual(new Set(asked), new Set(['/one/', '/two/', '/three/']))
  })

  it('takes a redirect for an answer, and does not follow it', async () => {
    answer = status(301)
    const check = await watched(WEB(), 1)
    assert.equal(await check.problem(), undefined)
    assert.deepEqual(asked, ['/up'])
  })

  it('goes by the status codes of the health check', async () => {
    answer = status(401)
    const web = app({
      listen: 'port',
      health: { path: '/up', status: [401] },
      routes: ['http://a.example'],
    })
    const check = await watched(here(web), 1)
    answer = status(200)
    assert.equal(await check.problem(), `http://${at}/up answers 200`)
  })

  it('takes any answer of a route that does not reach the health path, but nginx’s own errors', async () => {
    const routes = [{ url: 'http://a.example/app', strip: false }]
    answer = status(404)
    const check = await watched(here(app({ listen: 'port', routes })), 1)
    for (const [code, problem] of [
      [200, undefined],
      [500, undefined],
      [501, undefined],
      [502, `http://${at}/app/ answers 502`],
      [504, `http://${at}/app/ answers 504`],
      [505, undefined],
    ] as const) {
      answer = status(code)
      assert.equal(await check.problem(), problem)
    }
  })

  it('asks sites for their routes', async () => {
    const check = await watched(here(staticSite({ routes: ['http://a.example/docs'] })), 1)
    await check.problem()
    assert.deepEqual(asked, ['/docs/'])
  })

  it('says nothing once it was abandoned, and keeps no connection', async () => {
    const check = await watched(WEB(), 1)
    answer = () => undefined
    const waiting = watchUrls(WEB(), TIMEOUT_MS)
    const problem = check.problem()
    while (asked.length < 2) await turn()
    check.abandon()
    waiting.abandon()
    assert.equal(await problem, undefined)
    assert.equal(await check.problem(), undefined)
    for (;;) {
      const open = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
      if (open === 0) break
      await turn()
    }
  })
})

describe('touchedServices', () => {
  const web = app({ listen: 'port', routes: ['http://web.example'] })
  const api = { ...staticSite({ routes: ['http://api.example'] }), name: 'api' }
  const names = (given: Parameters<typeof planHost>[1], current: Parameters<typeof planHost>[2]) =>
    touchedServices(planHost('nixie', given, current, 'ann')).map(({ name }) => name)
  const unchanged = { ...serving(manifestOf(api)), name: 'api' }

  it('are those that a plan changes', () => {
    assert.deepEqual(names(builds(built(web), built(api)), report({ services: [unchanged] })), ['web'])
  })

  it('are none where nothing changes', () => {
    assert.deepEqual(names(builds(built(api)), report({ services: [unchanged] })), [])
  })

  it('are all where a system changes, which may be in their way', () => {
    const withSystem = { ...builds(built(api)), systems: [builtBox()] }
    assert.deepEqual(names(withSystem, report({ services: [unchanged], systems: [boxReport()] })), ['api'])
    const same = { ...withSystem, systems: [builtBox(SYSTEM.current)] }
    assert.deepEqual(names(same, report({ services: [unchanged], systems: [boxReport()] })), [])
  })
})
