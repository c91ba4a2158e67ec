import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { renderProxyLocations } from '../../src/release/nginx.js'
import { gatewaySettings } from '../../src/release/nginx-gateway.js'
import { renderUpstreams } from '../../src/release/nginx-upstreams.js'
import { gatewayServer, type Variables } from './gateway-server.js'
import { ask, type NginxFolder, nginxFolder, startNginx, testNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app } from './samples.js'

const PROTOCOLS = ['uwsgi', 'fastcgi'] as const

describe('settings of a gateway protocol', () => {
  const settings = (params = {}, http = {}) =>
    gatewaySettings({ protocol: 'fastcgi', params }, 'https', '/forum', http)

  it('have what the config says in place of what nginx knows', () => {
    const lines = settings({
      SCRIPT_FILENAME: '/srv/cgit.cgi',
      HTTP_X_SCRIPT_NAME: '/x',
      PATH_INFO: '/always',
    })
    assert.ok(lines.includes('fastcgi_param SCRIPT_FILENAME "/srv/cgit.cgi";'))
    for (const name of ['HTTP_X_SCRIPT_NAME', 'PATH_INFO']) {
      assert.equal(lines.filter((line) => line.startsWith(`fastcgi_param ${name} `)).length, 1, name)
    }
  })

  it('keep passwords to nginx', () => {
    const closed = settings({}, { basicAuth: { secret: 'WHO', realm: 'Board' } })
    assert.ok(closed.includes('fastcgi_param HTTP_AUTHORIZATION "" if_not_empty;'))
    assert.ok(settings().every((line) => !line.includes('HTTP_AUTHORIZATION')))
  })

  it('have limits by the names of the protocol', () => {
    const lines = settings({}, { timeoutMs: 1000, bufferRequests: false, bufferResponses: false })
    assert.ok(lines.includes('fastcgi_read_timeout 1000ms;'))
    assert.ok(lines.includes('fastcgi_request_buffering off;'))
    assert.ok(lines.includes('fastcgi_buffering off;'))
    assert.ok(lines.every((line) => !line.startsWith('proxy_')))
  })
})

for (const protocol of PROTOCOLS) {
  describe(`routes to a program that speaks ${protocol}`, { skip: WITHOUT_NGINX }, () => {
    let nginx: NginxFolder
    let stop: () => Promise<void>
    let server: Server
    const own = mkdtempSync(join(tmpdir(), 'slipway-gateway-'))

    before(async () => {
      server = await gatewayServer(join(own, 'blue'), protocol)
      const web = app({
        listen: 'unix',
        protocol,
        params: { SCRIPT_FILENAME: '/srv/app.py' },
        routes: [
          'https://example.com/my.forum',
          { url: 'https://example.com/kept', strip: false },
          'http://plain.example',
        ],
      })
      const endpoints = { blue: { unix: join(own, 'blue') }, green: { unix: join(own, 'green') } }
      const proxied = { service: 'web', endpoints, queued: false }
      const files = Object.entries(renderProxyLocations(proxied, web)).map(
        ([domain, text]) => [`locations/${domain}/web.conf`, text] as const,
      )
      nginx = nginxFolder({ 'upstreams/web.conf': renderUpstreams(proxied), ...Object.fromEntries(files) })
      stop = await startNginx(nginx)
    })
    after(async () => {
      await stop()
      server.close()
      nginx.remove()
      rmSync(own, { recursive: true })
    })

    async function seen(host: string, path: string, headers: Record<string, string> = {}) {
      const { status, body } = await ask(nginx, host, path, headers)
      assert.equal(status, 200, body)
      return JSON.parse(body) as Variables
    }

    it('are accepted by nginx without a warning', () => {
      const { status, output } = testNginx(nginx)
      assert.equal(status, 0, output)
      assert.doesNotMatch(output, /warn|could not build/)
    })

    it('hand on a prefix as the name of the script, and what follows as the path', async () => {
      const told = await seen('example.com', '/my.forum/caf%C3%A9/a%20b?q=%2F&r')
      assert.equal(told.SCRIPT_NAME, '/my.forum')
      assert.equal(told.PATH_INFO, '/café/a b')
      assert.equal(told.QUERY_STRING, 'q=%2F&r')
      assert.equal(told.REQUEST_URI, '/my.forum/caf%C3%A9/a%20b?q=%2F&r')
      assert.equal(told.SCRIPT_FILENAME, '/srv/app.py')
      assert.equal(told.HTTP_X_FORWARDED_PREFIX, '/my.forum')
      assert.equal((await seen('example.com', '/my.forum/')).PATH_INFO, '/')
      assert.equal((await seen('example.com', '//%6dy.forum/x')).PATH_INFO, '/x')
    })

    it('or the whole path, where it is kept', async () => {
      const told = await seen('example.com', '/kept/x')
      assert.deepEqual([told.SCRIPT_NAME, told.PATH_INFO], ['', '/kept/x'])
      assert.equal(told.HTTP_X_FORWARDED_PREFIX, undefined)
      assert.equal((await seen('plain.example', '/')).PATH_INFO, '/')
    })

    it('say of the scheme what the config says', async () => {
      const secure = await seen('example.com', '/kept/')
      assert.deepEqual(
        [secure.HTTPS, secure.REQUEST_SCHEME, secure.HTTP_X_FORWARDED_PROTO],
        ['on', 'https', 'https'],
      )
      const plain = await seen('plain.example', '/')
      assert.deepEqual([plain.HTTPS, plain.REQUEST_SCHEME], [undefined, 'http'])
    })

    it('tell nothing in a client’s words of who asks and by what way', async () => {
      const told = await seen('plain.example', '/', {
        'X-Forwarded-For': '192.0.2.1',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Prefix': '/evil',
        'X-Script-Name': '/evil',
        'Remote-User': 'root',
        Forwarded: 'for=192.0.2.1',
        Proxy: 'http://192.0.2.1',
        'Script-Filename': '/etc/passwd',
        'UWSGI-File': '/tmp/evil.py',
        Upgrade: 'websocket',
        Connection: 'upgrade',
        Cookie: 'a=b',
      })
      assert.equal(told.HTTP_X_FORWARDED_PROTO, 'http')
      assert.notEqual(told.HTTP_X_FORWARDED_FOR, '192.0.2.1')
      for (const name of [
        'X_FORWARDED_PREFIX',
        'X_SCRIPT_NAME',
        'REMOTE_USER',
        'FORWARDED',
        'PROXY',
        'UPGRADE',
        'CONNECTION',
      ]) {
        assert.equal(told[`HTTP_${name}`], undefined, name)
      }
      assert.equal(told.SCRIPT_FILENAME, '/srv/app.py')
      assert.equal(told.UWSGI_FILE, undefined)
      assert.equal(told.HTTP_COOKIE, 'a=b')
    })

    it('refuse a path that nginx and a program could read differently', async () => {
      for (const path of ['/my.forum/../kept/', '/kept/%2e%2e/my.forum/x', '/kept/a#b', '/kept/./x']) {
        assert.equal((await ask(nginx, 'example.com', path)).status, 400, path)
      }
    })

    it('keep what is not a program’s to answer with', async () => {
      const { status, headers } = await ask(nginx, 'example.com', '/kept/')
      assert.equal(status, 200)
      assert.equal(headers['alt-svc'], undefined)
    })
  })
}
