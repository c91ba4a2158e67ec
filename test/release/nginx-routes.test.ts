import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { passwordFile } from '../../src/agent/services/passwords.js'
import type { Endpoints } from '../../src/release/listen.js'
import { renderProxyLocations } from '../../src/release/nginx.js'
import { MAINTENANCE_SEEN_MS } from '../../src/release/nginx-server.js'
import { renderSiteLocations } from '../../src/release/nginx-site.js'
import { renderUpstreams } from '../../src/release/nginx-upstreams.js'
import { ask, type NginxFolder, nginxFolder, startNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, staticSite } from './samples.js'

/** Snippets by the paths that a release gives them. */
function located(service: string, byDomain: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(byDomain).map(([domain, text]) => [`locations/${domain}/${service}.conf`, text]),
  )
}

/** The snippets of a service that is reached in one way. */
function snippets(web: ReturnType<typeof app>, endpoints: Endpoints): Record<string, string> {
  const proxied = { service: 'web', endpoints, queued: web.listen?.mode === 'fixed' }
  return {
    'upstreams/web.conf': renderUpstreams(proxied),
    ...located('web', renderProxyLocations(proxied, web)),
  }
}

async function listening(path: string, answer: RequestListener): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true })
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}

describe('routes to a service', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  let server: Server
  const own = mkdtempSync(join(tmpdir(), 'slipway-upstream-'))

  before(async () => {
    server = await listening(join(own, 'blue'), (request, response) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers })),
    )
    const web = app({
      listen: 'unix',
      routes: [
        'https://example.com/my.forum',
        'https://example.com/my.forum/deep',
        { url: 'https://example.com/kept', strip: false },
        'https://root.example',
        'http://plain.example',
      ],
    })
    const endpoints = { blue: { unix: join(own, 'blue') }, green: { unix: join(own, 'green') } }
    nginx = nginxFolder(snippets(web, endpoints))
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    await closed(server)
    nginx.remove()
    rmSync(own, { recursive: true })
  })

  /** The request as the service saw it. */
  async function seen(host: string, path: string, headers: Record<string, string> = {}) {
    const { status, body } = await ask(nginx, host, path, headers)
    assert.equal(status, 200, body)
    return JSON.parse(body) as { url: string; headers: IncomingHttpHeaders }
  }

  for (const [path, url] of [
    ['/my.forum/', '/'],
    ['/my.forum/a/b?c=d&e', '/a/b?c=d&e'],
    ['/my.forum/a%2Fb%20c%3F', '/a%2Fb%20c%3F'],
    ['/my.forum/%E6%BC%A2', '/%E6%BC%A2'],
    ['/my.forum//double', '//double'],
    ['/my.forum/deep/x', '/x'],
    ['/kept/a%2Fb?c', '/kept/a%2Fb?c'],
  ] as const) {
    it(`${path} is ${url} to the service`, async () =>
      assert.equal((await seen('example.com', path)).url, url))
  }

  it('the root passes paths on as they are', async () => {
    for (const path of ['/a%2Fb//c%20?d', '/a..b/.c/..d/...?x=/../', '/%C3%A9?%2e%2e/']) {
      assert.equal((await seen('root.example', path)).url, path)
    }
  })

  for (const [path, url] of [
    ['/a%2Fb/../c?d', '/a/c?d'],
    ['/a/%2e%2E/b%3Fc%20d?e', '/b%3Fc%20d?e'],
    ['/a/.%2e', '/'],
    ['/a/b%2f..%2Fc', '/a/c'],
    ['/./a', '/a'],
    ['/a/..#/b', '/'],
    ['/a/../%0ab', '/%0Ab'],
  ] as const) {
    it(`nothing that climbs is left to programs: ${path} is ${url}`, async () => {
      assert.equal((await seen('root.example', path)).url, url)
    })
  }

  for (const [path, url] of [
    ['//my.forum/a%2Fb?c', '/a/b?c'],
    ['/my.forum%2Fa', '/a'],
    ['/%6Dy.forum/a%20b%3Fc', '/a%20b%3Fc'],
    ['/./my.forum/a', '/a'],
    ['/my.forum/../my.forum/a', '/a'],
    ['/my.forum/x/%2e%2e/a?b=/../', '/a?b=/../'],
    ['//my.forum/a%0ab', '/a%0Ab'],
    ['/my.forum/my.forum/a', '/my.forum/a'],
  ] as const) {
    it(`the prefix is cut however it is written: ${path} is ${url}`, async () => {
      assert.equal((await seen('example.com', path)).url, url)
    })
  }

  it('tell the prefix that was taken away', async () => {
    const { headers } = await seen('example.com', '/my.forum/x')
    assert.equal(headers['x-forwarded-prefix'], '/my.forum')
    assert.equal(headers.host, 'example.com')
    assert.equal(headers['x-forwarded-host'], 'example.com')
  })

  it('tell the scheme of an https route, whatever nginx and visitors say', async () => {
    const { headers } = await seen('root.example', '/', { 'X-Forwarded-Proto': 'http' })
    assert.equal(headers['x-forwarded-proto'], 'https')
  })

  it('tell the scheme that nginx sees for an http route', async () => {
    const { headers } = await seen('plain.example', '/', { 'X-Forwarded-Proto': 'https' })
    assert.equal(headers['x-forwarded-proto'], 'http')
  })

  it('do not let visitors tell a prefix', async () => {
    const { headers } = await seen('root.example', '/', { 'X-Forwarded-Prefix': '/evil' })
    assert.equal(headers['x-forwarded-prefix'], undefined)
  })

  it('keep connections to the service, unless one is to be upgraded', async () => {
    assert.equal((await seen('root.example', '/')).headers.connection, undefined)
  })

  it('lead to the slash at the end of a prefix, with the query', async () => {
    const { status, headers } = await ask(nginx, 'example.com', '/my.forum?a=b')
    assert.equal(status, 301)
    assert.equal(headers.location, '/my.forum/?a=b')
  })

  it('leave the rest of the domain alone', async () => {
    assert.equal((await ask(nginx, 'example.com', '/myxforum/')).status, 404)
  })
})

describe('the slots of a service', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  let servers: Record<'blue' | 'green' | 'queue-blue' | 'queue-green', Server>
  let own: string

  /** A service that answers with the name of its slot, or with what `/status/…` asks for. */
  async function start(listen: 'unix' | { port: number }, health = '/up'): Promise<void> {
    own = mkdtempSync(join(tmpdir(), 'slipway-slots-'))
    const at = (slot: string) => ({ unix: join(own, slot) })
    const routes = ['http://example.com', { url: 'http://kept.example/app', strip: false }]
    nginx = nginxFolder(
      snippets(app({ listen, routes, health: { path: health } }), { blue: at('blue'), green: at('green') }),
    )
    const answering =
      (slot: string): RequestListener =>
      (request, response) => {
        const [, status] = /^\/status\/(\d+)$/.exec(request.url ?? '') ?? []
        response.writeHead(Number(status ?? 200)).end(slot)
      }
    const queue = (slot: string) => join(nginx.path, `run/web@queue-${slot}.sock`)
    servers = {
      blue: await listening(at('blue').unix, answering('blue')),
      green: await listening(at('green').unix, answering('green')),
      'queue-blue': await listening(queue('blue'), answering('queue-blue')),
      'queue-green': await listening(queue('green'), answering('queue-green')),
    }
    stop = await startNginx(nginx)
  }
  async function end(): Promise<void> {
    await stop()
    await Promise.all(Object.values(servers).map(closed))
    nginx.remove()
    rmSync(own, { recursive: true })
  }
  async function restart(...args: Parameters<typeof start>): Promise<void> {
    await end()
    await start(...args)
  }
  beforeEach(() => start('unix'))
  afterEach(end)

  /** Makes files that nginx looks for. */
  function mark(...paths: string[]): void {
    for (const path of paths) {
      mkdirSync(dirname(join(nginx.path, path)), { recursive: true })
      writeFileSync(join(nginx.path, path), '')
    }
  }

  /** Has requests wait in a queue. */
  function hold(queue: string): void {
    symlinkSync(`web@${queue}.sock`, join(nginx.path, 'run/web@queue.sock'))
    mark('run/slipway-hold/web')
  }

  /** Who answers. */
  async function answering(path = '/'): Promise<string> {
    const { status, body } = await ask(nginx, 'example.com', path)
    assert.equal(status, 200, body)
    return body
  }

  it('stand in for each other, for requests that come too late', async () => {
    await closed(servers.blue)
    assert.equal(await answering(), 'green')
  })

  it('say so where nobody answers', async () => {
    await Promise.all([closed(servers.blue), closed(servers.green)])
    const { status, body, headers } = await ask(nginx, 'example.com', '/')
    assert.equal(status, 502)
    assert.match(body, /<title>Not available<\/title>/)
    assert.deepEqual(
      [headers['content-type'], headers['cache-control'], headers['retry-after']],
      ['text/html', 'no-store', undefined],
    )
  })

  for (const status of [404, 500, 502, 503, 504]) {
    it(`let the service say ${status} in its own words`, async () => {
      const answer = await ask(nginx, 'example.com', `/status/${status}`)
      assert.deepEqual([answer.status, answer.body], [status, 'blue'])
    })
  }

  describe('in maintenance', () => {
    beforeEach(() => mark('maintenance/web'))

    it('answer that the service is closed', async () => {
      for (const [host, path] of [
        ['example.com', '/'],
        ['example.com', '/up/deeper'],
        ['kept.example', '/app/'],
      ] as const) {
        const { status, body, headers } = await ask(nginx, host, path)
        assert.equal(status, 503)
        assert.match(body, /<title>Maintenance<\/title>/)
        assert.deepEqual(
          [headers['content-type'], headers['cache-control'], headers['retry-after']],
          ['text/html', 'no-store', '60'],
        )
      }
    })

    it('let its health be asked', async () => assert.equal(await answering('/up'), 'blue'))

    for (const path of ['/up?deep=1', '/a%20b', '//up', '/(a|b)+.*[c]']) {
      it(`let its health be asked at ${path}`, async () => {
        await restart('unix', path)
        mark('maintenance/web')
        assert.equal(await answering(path), 'blue')
      })
    }

    it('let nothing else be asked that resembles its health', async () => {
      await restart('unix', '/a.b')
      mark('maintenance/web')
      for (const path of ['/axb', '/a.b/', '/a.bc', '/x/a.b', '/?/a.b']) {
        assert.equal((await ask(nginx, 'example.com', path)).status, 503, path)
      }
      assert.equal(await answering('/a.b?x'), 'blue')
    })

    it('let nobody in where its health is the page that visitors ask for', async () => {
      await restart('unix', '/')
      mark('maintenance/web')
      assert.equal((await ask(nginx, 'example.com', '/')).status, 503)
    })

    it('open again, and close again, once nginx has looked', async () => {
      assert.equal((await ask(nginx, 'example.com', '/')).status, 503)
      rmSync(join(nginx.path, 'maintenance/web'))
      await sleep(MAINTENANCE_SEEN_MS)
      assert.equal(await answering(), 'blue')
      mark('maintenance/web')
      await sleep(MAINTENANCE_SEEN_MS)
      assert.equal((await ask(nginx, 'example.com', '/')).status, 503)
    })
  })

  describe('with room for one instance', () => {
    beforeEach(() => restart({ port: 3000 }))

    it('lead to it', async () => assert.equal(await answering(), 'blue'))

    for (const queue of ['queue-blue', 'queue-green']) {
      it(`lead to ${queue} while requests wait there`, async () => {
        hold(queue)
        assert.equal(await answering(), queue)
        rmSync(join(nginx.path, 'run/slipway-hold/web'))
        assert.equal(await answering(), 'blue')
      })
    }

    it('stand in for a queue that is gone', async () => {
      hold('queue-blue')
      await closed(servers['queue-blue'])
      writeFileSync(join(nginx.path, 'run/web@queue-blue.sock'), '')
      assert.equal(await answering(), 'blue')
    })
  })
})

describe('routes to a site', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  const HASHES = ['0'.repeat(32), '1'.repeat(32)] as const

  /** Makes one of two packages the current one. */
  function current(hash: string): void {
    const link = join(nginx.path, 'services/web/current/release/package')
    rmSync(link, { force: true })
    symlinkSync(join(nginx.path, `store/${hash}-site`), link)
  }

  before(async () => {
    const { routes } = staticSite({ routes: ['https://root.example', 'https://example.com/docs'] })
    const root = '/var/lib/slipway/services/web/current/release/package'
    nginx = nginxFolder(
      located('web', renderSiteLocations({ service: 'web', root, notFound: '404.html' }, routes)),
    )
    mkdirSync(join(nginx.path, 'services/web/current/release'), { recursive: true })
    for (const hash of HASHES) {
      const folder = join(nginx.path, `store/${hash}-site`)
      mkdirSync(folder, { recursive: true })
      for (const [name, text] of Object.entries({
        'index.html': 'home',
        '404.html': 'lost',
        'app.0123abcd.css': 'css',
        'app.css': 'css',
        'long.css': 'p { margin: 0 }\n'.repeat(100),
      })) {
        writeFileSync(join(folder, name), text)
      }
    }
    current(HASHES[0])
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    nginx.remove()
  })

  for (const [host, prefix] of [
    ['root.example', ''],
    ['example.com', '/docs'],
  ] as const) {
    const where = prefix === '' ? 'at the root' : 'below a prefix'

    it(`${where} serve the index`, async () => {
      const { status, body, headers } = await ask(nginx, host, `${prefix}/`)
      assert.deepEqual([status, body], [200, 'home'])
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.equal(headers.etag, `"${HASHES[0]}"`)
      assert.equal(headers['last-modified'], undefined)
    })

    it(`${where} serve the page for what is not there`, async () => {
      const { status, body } = await ask(nginx, host, `${prefix}/nothing`)
      assert.deepEqual([status, body], [404, 'lost'])
    })

    it(`${where} answer that nothing changed`, async () => {
      const known = async (hash: string) =>
        (await ask(nginx, host, `${prefix}/`, { 'If-None-Match': `"${hash}"` })).status
      assert.equal(await known(HASHES[0]), 304)
      assert.equal(await known(HASHES[1]), 200)
      const dated = { 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' }
      assert.equal((await ask(nginx, host, `${prefix}/`, dated)).status, 200)
    })

    it(`${where} tell that something changed once another package is current`, async () => {
      current(HASHES[1])
      try {
        const { status, headers } = await ask(nginx, host, `${prefix}/`, {
          'If-None-Match': `"${HASHES[0]}"`,
        })
        assert.deepEqual([status, headers.etag], [200, `"${HASHES[1]}"`])
      } finally {
        current(HASHES[0])
      }
    })

    it(`${where} answer that nothing changed to whoever got it compressed`, async () => {
      const compressed = { 'Accept-Encoding': 'gzip' }
      const { headers } = await ask(nginx, host, `${prefix}/long.css`, compressed)
      assert.equal(headers['content-encoding'], 'gzip')
      const known = { ...compressed, 'If-None-Match': String(headers.etag) }
      assert.equal((await ask(nginx, host, `${prefix}/long.css`, known)).status, 304)
    })

    it(`${where} let files with a digest in their name be kept`, async () => {
      const caching = async (path: string) => (await ask(nginx, host, prefix + path)).headers['cache-control']
      assert.equal(await caching('/app.0123abcd.css'), 'public, max-age=31536000, immutable')
      assert.equal(await caching('/app.css'), 'no-cache')
      assert.equal(await caching('/'), 'no-cache')
    })
  }
})

describe('passwords that nginx asks for', { skip: WITHOUT_NGINX }, () => {
  it('let in who knows one, without telling the service', async () => {
    const own = mkdtempSync(join(tmpdir(), 'slipway-upstream-'))
    const server = await listening(join(own, 'blue'), (request, response) =>
      response.end(JSON.stringify(request.headers)),
    )
    const web = app({
      listen: 'unix',
      secrets: { USERS: { as: 'nginx' } },
      http: { basicAuth: { secret: 'USERS' } },
      routes: ['https://example.com'],
    })
    const endpoints = { blue: { unix: join(own, 'blue') }, green: { unix: join(own, 'green') } }
    const nginx = nginxFolder(snippets(web, endpoints))
    const folder = join(nginx.path, 'services/web/current/release/passwords')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'USERS'), passwordFile('ann:s3:cret', 'USERS'))
    const stop = await startNginx(nginx)
    const as = async (user: string) =>
      ask(nginx, 'example.com', '/', { Authorization: `Basic ${Buffer.from(user).toString('base64')}` })
    try {
      assert.equal((await ask(nginx, 'example.com', '/')).status, 401)
      assert.equal((await as('ann:other')).status, 401)
      const { status, body } = await as('ann:s3:cret')
      assert.equal(status, 200)
      assert.doesNotMatch(body, /authorization/)
    } finally {
      await stop()
      await closed(server)
      nginx.remove()
      rmSync(own, { recursive: true })
    }
  })
})
