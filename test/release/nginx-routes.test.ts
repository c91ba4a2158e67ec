import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { renderProxyLocations, renderSiteLocations, renderUpstream } from '../../src/release/nginx.js'
import { ask, type NginxFolder, nginxFolder, startNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, staticSite } from './samples.js'

/** Snippets by the paths that a release gives them. */
function located(service: string, byDomain: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(byDomain).map(([domain, text]) => [`locations/${domain}/${service}.conf`, text]),
  )
}

describe('routes to a service', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  let server: Server
  const own = mkdtempSync(join(tmpdir(), 'slipway-upstream-'))

  before(async () => {
    server = createServer((request, response) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers })),
    )
    await new Promise<void>((resolve) => server.listen(join(own, 'app'), resolve))
    const { routes } = app({
      listen: 'unix',
      routes: [
        'https://example.com/my.forum',
        'https://example.com/my.forum/deep',
        { url: 'https://example.com/kept', strip: false },
        'https://root.example',
        'http://plain.example',
      ],
    })
    nginx = nginxFolder({
      'upstreams/web.conf': renderUpstream('web', { unix: join(own, 'app') }),
      ...located('web', renderProxyLocations('web', routes)),
    })
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    await new Promise((resolve) => server.close(resolve))
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
    assert.equal((await seen('root.example', '/a%2Fb/../c?d')).url, '/a%2Fb/../c?d')
  })

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

describe('routes to a site', { skip: WITHOUT_NGINX }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  const root = mkdtempSync(join(tmpdir(), 'slipway-site-'))

  before(async () => {
    writeFileSync(join(root, 'index.html'), 'home')
    writeFileSync(join(root, '404.html'), 'lost')
    writeFileSync(join(root, 'app.0123abcd.css'), 'css')
    writeFileSync(join(root, 'app.css'), 'css')
    const { routes } = staticSite({ routes: ['https://root.example', 'https://example.com/docs'] })
    nginx = nginxFolder(
      located('web', renderSiteLocations({ root, notFound: '404.html', etag: 'v1' }, routes)),
    )
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    nginx.remove()
    rmSync(root, { recursive: true })
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
      assert.equal(headers.etag, '"v1"')
      assert.equal(headers['last-modified'], undefined)
    })

    it(`${where} serve the page for what is not there`, async () => {
      const { status, body } = await ask(nginx, host, `${prefix}/nothing`)
      assert.deepEqual([status, body], [404, 'lost'])
    })

    it(`${where} answer that nothing changed`, async () => {
      assert.equal((await ask(nginx, host, `${prefix}/`, { 'If-None-Match': '"v1"' })).status, 304)
      assert.equal((await ask(nginx, host, `${prefix}/`, { 'If-None-Match': '"v0"' })).status, 200)
      const dated = { 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' }
      assert.equal((await ask(nginx, host, `${prefix}/`, dated)).status, 200)
    })

    it(`${where} let files with a digest in their name be kept`, async () => {
      const caching = async (path: string) => (await ask(nginx, host, prefix + path)).headers['cache-control']
      assert.equal(await caching('/app.0123abcd.css'), 'public, max-age=31536000, immutable')
      assert.equal(await caching('/app.css'), 'no-cache')
      assert.equal(await caching('/'), 'no-cache')
    })
  }
})
