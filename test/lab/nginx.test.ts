import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** How long an answer is waited for. */
const ANSWER_MS = 10_000

const SITE = `{ pkgs ? import <nixpkgs> { } }:
pkgs.runCommand "site" { } ''
  mkdir -p $out/.git $out/.well-known $out/deep/.ssh $out/.well-known/.hidden
  echo front > $out/index.html
  echo lost > $out/404.html
  echo secret | tee $out/.git/config $out/.env $out/deep/.ssh/key $out/.well-known/.hidden/key
  echo contact > $out/.well-known/security.txt
  echo "body {}" > $out/app.0123abcd.css
''
`

/** What a client sends, byte by byte, and all that comes back. */
function raw(host: LabHost, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(80, host.address)
    let answer = ''
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no end of the answer to ${text}`)))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', (error) => (/ECONNRESET/.test(error.message) ? resolve(answer) : reject(error)))
    socket.on('close', () => resolve(answer))
    socket.write(text)
  })
}

/** A request with some lines of its own; the connection ends after it. */
const request = (target: string, ...lines: string[]) =>
  `GET ${target} HTTP/1.1\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`

describe('nginx in front of services', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const configure = (services: string, at = host.name, more = '') =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service, site } from 'slipway'
const package_ = { file: './default.nix' }
export default defineConfig({
  hosts: { web: 'rehearse:${at}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  ${more}
  services: { ${services} },
})
`,
    )
  const deploys = async () => {
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
  }
  /** The request as the program saw it: its target, and its headers. */
  const seen = async (text: string) => {
    const answer = await raw(host, text)
    assert.match(answer, /^HTTP\/1\.1 200 /, answer)
    return answer
  }

  before(async () => {
    host = await labHost('t-nginx', after)
    app = await project('test/fixtures/app', after)
    await app.write('site.nix', SITE)
    await app.commit()
    await configure(
      `
      app: service({ package: package_, listen: 'port', health: { path: '/health' },
        secrets: { USERS: { from: { command: ['printf', 'ann:s3:cret\\\\nbob:t0ken\\\\n'] }, as: 'nginx' } }, routes: [
        'http://app.example.test',
        'http://shared.example.test/forum/',
        'http://bücher.example.test',
        'https://*.tenants.example.test',
        { url: 'http://limits.example.test', http: {
          maxBody: '100m', maxResponseHead: '64k',
          headers: { 'Content-Security-Policy': "default-src 'self'; img-src \\"x\\"", 'X-Release': null },
          redirects: [{ from: '/old', to: '/new' }, { from: '/away', to: 'https://example.test/x?y=1', status: 302 }],
        } },
        { url: 'http://closed.example.test', http: { allow: ['192.0.2.0/24'] } },
        { url: 'http://proxied.example.test', http: { trustedProxies: ['10.0.0.0/8'], deny: ['198.51.100.7'] } },
        { url: 'http://asks.example.test', http: { basicAuth: { secret: 'USERS', realm: 'preview' } } },
        { url: 'http://slow.example.test', http: { rateLimit: { rate: '1/m', burst: 2 } } },
      ] }),
      admin: service({ package: package_, listen: 'port', health: { path: '/health' }, env: { MESSAGE: 'admin' },
        routes: ['http://shared.example.test/admin/'] }),
      front: site({ package: { file: './site.nix' }, routes: ['http://shared.example.test'] }),
      board: site({ package: { file: './site.nix' }, fallback: 'index.html', http: { cache: { pages: '1h' } },
        routes: [{ url: 'http://board.example.test', redirectFrom: ['www.bücher-board.example.test'] }] }),
      `,
      host.name,
      `certificates: { domains: { '*.tenants.example.test': 'local' } },`,
    )
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await deploys()
  })

  describe('audit 25: the host that a program is told', () => {
    it('is that of the URL, where a client sends one', async () => {
      const answer = await seen(request('http://app.example.test/request', 'Host: evil.example'))
      assert.match(answer, /^Host: app\.example\.test$/m)
      assert.match(answer, /^X-Forwarded-Host: app\.example\.test$/m)
      assert.doesNotMatch(answer, /evil/)
    })

    for (const given of ['app.example.test:1234@evil', 'app.example.test:1234', 'APP.example.test:80']) {
      it(`has nothing of a client's ${given}`, async () => {
        const answer = await raw(host, request('/request', `Host: ${given}`))
        if (/^HTTP\/1\.1 400 /.test(answer)) return
        assert.match(answer, /^Host: app\.example\.test$/m, answer)
        assert.match(answer, /^X-Forwarded-Host: app\.example\.test$/m)
      })
    }
  })

  describe('audit 26: what clients say of themselves', () => {
    const CLAIMS = [
      'Forwarded: for=9.9.9.9;host=evil.example',
      'X-Forwarded-For: 9.9.9.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Port: 9999',
      'X-Forwarded-Ssl: on',
      'X-Forwarded-Prefix: /evil',
      'X-Forwarded-Server: evil.example',
      'X-Forwarded-User: evil',
      'X-Original-URL: /evil',
      'X-Rewrite-URL: /evil',
      'X-Real-IP: 9.9.9.9',
      'True-Client-IP: 9.9.9.9',
      'CF-Connecting-IP: 9.9.9.9',
      'Proxy: http://evil.example',
      'X-Sendfile-Type: X-Accel-Redirect',
      'X-Accel-Mapping: /=/evil/',
      'X_Forwarded_For: 9.9.9.9',
      'Proxy-Connection: evil',
      'TE: evil',
    ]

    it('reaches no program', async () => {
      const answer = await seen(request('/request', 'Host: app.example.test', ...CLAIMS))
      assert.doesNotMatch(answer, /evil|9\.9\.9\.9|9999|X-Forwarded-(?:Ssl|Port)/)
      assert.match(answer, /^X-Forwarded-For: 10\.[\d.]+$/m)
      assert.match(answer, /^X-Forwarded-Proto: http$/m)
    })

    it('counts where a proxy that the config trusts says it', async () => {
      const claim = 'X-Forwarded-For: 9.9.9.9, 203.0.113.5'
      const answer = await seen(request('/request', 'Host: proxied.example.test', claim))
      assert.match(answer, /^X-Forwarded-For: 203\.0\.113\.5$/m)
      assert.match(answer, /^X-Real-Ip: 203\.0\.113\.5$/m)
      const denied = await raw(
        host,
        request('/request', 'Host: proxied.example.test', 'X-Forwarded-For: 198.51.100.7'),
      )
      assert.match(denied, /^HTTP\/1\.1 403 /)
    })
  })

  describe('audit 27: upgrades', () => {
    for (const protocol of ['h2c', 'anything', 'websocket, h2c', 'h2c, websocket', 'websocketx']) {
      it(`to ${protocol} are not passed on`, async () => {
        const answer = await raw(
          host,
          `GET /upgrade HTTP/1.1\r\nHost: app.example.test\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n`,
        )
        assert.match(answer, /^HTTP\/1\.1 200 /)
        assert.match(answer, /not upgraded/)
      })
    }

    it('to WebSockets are', async () => {
      const answer = await raw(
        host,
        'GET /upgrade HTTP/1.1\r\nHost: app.example.test\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n',
      )
      assert.match(answer, /^HTTP\/1\.1 101 /)
      assert.match(answer, /raw pipe/)
    })
  })

  describe("audit 28: a site's dotfiles", () => {
    for (const path of [
      '/.git/config',
      '/.env',
      '/deep/.ssh/key',
      '/%2egit/config',
      '/.well-known/.hidden/key',
    ]) {
      it(`${path} is not there`, async () => {
        for (const domain of ['shared.example.test', 'board.example.test']) {
          const { status, body } = await host.get(domain, path)
          assert.deepEqual([status, body], [404, 'lost\n'], domain)
        }
      })
    }

    it('are, below .well-known', async () => {
      assert.equal((await host.get('shared.example.test', '/.well-known/security.txt')).body, 'contact\n')
    })
  })

  describe('audit 29: names and messages that nobody serves', () => {
    const unknown = () => raw(host, request('/', 'Host: nobody.example.test'))

    it('leave a default server of the host alone, and doctor tells of it', async () => {
      assert.match(await unknown(), /^HTTP\/1\.1 200 /)
      const { stdout } = await app.slipway('doctor')
      assert.match(
        stdout,
        /nginx unknown names: answered by the default server of \/etc\/nginx\/sites-enabled\/default/,
      )
    })

    it('are closed without an answer where there is none', async () => {
      // The old workers take connections until the new ones do.
      await host.run('rm /etc/nginx/sites-enabled/default && systemctl restart nginx')
      assert.equal(await unknown(), '')
      assert.equal(await raw(host, request('/', `Host: ${host.address}`)), '')
      assert.equal(await raw(host, 'GET / HTTP/1.0\r\n\r\n'), '')
      const { stdout } = await app.slipway('doctor')
      assert.match(stdout, /nginx unknown names: closed on port 80/)
    })

    it('are closed over TLS', async () => {
      const asked = await execa(
        'curl',
        ['-sk', '--connect-to', `::${host.address}:`, 'https://nobody.example.test/'],
        { reject: false },
      )
      assert.notEqual(asked.exitCode, 0)
      const tls = ['--connect-to', `::${host.address}:`, 'https://one.tenants.example.test/']
      const other = await execa('curl', ['-sk', '-H', 'Host: nobody.example.test', ...tls], { reject: false })
      assert.equal(other.stdout, '')
    })

    it('with two lengths are refused', async () => {
      const both =
        'POST /echo HTTP/1.1\r\nHost: app.example.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
      assert.match(await raw(host, both), /^HTTP\/1\.1 400 /)
    })

    it('that climb with encoded slashes get no further than the place they come to', async () => {
      for (const path of ['/forum/..%2fadmin/request', '/forum/%2e%2e/admin/request', '/./admin/request']) {
        const answer = await seen(request(path, 'Host: shared.example.test'))
        assert.match(answer, /\r\n\r\n(?:[0-9a-f]+\r\n)?\/request\n/, path)
        assert.match(answer, /^X-Forwarded-Prefix: \/admin$/m, path)
      }
    })
  })

  it('hands on headers that are larger than nginx takes by itself', async () => {
    const { status, headers } = await host.get(
      'app.example.test',
      `/answer?header=X-Large:+${'x'.repeat(6000)}`,
    )
    assert.deepEqual([status, headers.get('x-large')?.length], [200, 6000])
  })

  describe("audit 10: an answer from somebody else's internal location", () => {
    it('is not given to a program that asks for it', async () => {
      for (const header of ['X-Accel-Redirect:+/admin/request', 'X-Accel-Redirect:+@slipway_down_app']) {
        const { status, body } = await host.get('shared.example.test', `/forum/answer?header=${header}`)
        assert.deepEqual([status, body], [200, 'answered\n'])
      }
    })

    it('nor may it slow nginx down', async () => {
      const { headers } = await host.get('app.example.test', '/answer?header=X-Accel-Limit-Rate:+1')
      assert.equal(headers.get('x-accel-limit-rate'), null)
    })
  })

  describe('a prefix that is cut off', () => {
    for (const path of [
      '/forum/request',
      '//forum/request',
      '/./forum/request',
      '/%2Fforum/request',
      '/x/../forum//request',
      '/%66orum/request',
      '/forum%2Frequest',
    ]) {
      it(`is cut from ${path}`, async () => {
        const answer = await seen(request(path, 'Host: shared.example.test'))
        assert.match(answer, /\r\n\r\n(?:[0-9a-f]+\r\n)?\/+request\n/)
      })
    }

    const location = async (header: string) => {
      const path = `/forum/answer?status=303&header=${encodeURIComponent(`Location: ${header}`)}`
      return (await host.get('shared.example.test', path)).headers.get('location')
    }

    it('is put in front of where redirects lead', async () => {
      assert.equal(await location('/post/1'), '/forum/post/1')
      assert.equal(
        await location('http://shared.example.test/post/1'),
        'http://shared.example.test/forum/post/1',
      )
      assert.equal(await location('/'), '/forum/')
    })

    it('is not put there twice, nor elsewhere', async () => {
      assert.equal(await location('/forum/post/1'), '/forum/post/1')
      assert.equal(await location('https://other.example.test/post/1'), 'https://other.example.test/post/1')
      assert.equal(await location('//other.example.test/'), '//other.example.test/')
    })

    it('is put in front of the paths of cookies', async () => {
      const cookie = async (text: string) =>
        (
          await host.get(
            'shared.example.test',
            `/forum/answer?header=${encodeURIComponent(`Set-Cookie: ${text}`)}`,
          )
        ).headers.get('set-cookie')
      assert.equal(await cookie('a=b; Path=/'), 'a=b; Path=/forum/')
      assert.equal(await cookie('a=b; Path=/deep'), 'a=b; Path=/forum/deep')
      assert.equal(await cookie('a=b; Path=/forum/'), 'a=b; Path=/forum/')
      assert.equal(await cookie('__Host-a=b; Path=/'), '__Host-a=b; Path=/')
    })
  })

  describe('what routes say of how they are served', () => {
    it('case 09: paths that a program in the browser has are its page', async () => {
      const { status, body, headers } = await host.get('board.example.test', '/boards/7')
      assert.deepEqual([status, body], [200, 'front\n'])
      assert.equal(headers.get('cache-control'), 'public, max-age=3600')
      const etag = headers.get('etag') ?? ''
      const again = await host.get('board.example.test', '/boards/7', { headers: { 'If-None-Match': etag } })
      assert.equal(again.status, 304)
      assert.equal((await host.get('shared.example.test', '/boards/7')).status, 404)
    })

    it('case 19: a wildcard is every name that has no route of its own; international names are what they are in DNS', async () => {
      const tls = ['--connect-to', `::${host.address}:`]
      const asked = await execa('curl', ['-sk', ...tls, 'https://one.tenants.example.test/request'])
      assert.match(asked.stdout, /^Host: one\.tenants\.example\.test$/m)
      assert.equal((await host.get('xn--bcher-kva.example.test', '/health')).status, 200)
      const led = await host.get('www.xn--bcher-board-thb.example.test', '/x?y')
      assert.deepEqual([led.status, led.headers.get('location')], [308, 'http://board.example.test/x?y'])
    })

    it('case 28: answers have room for 16 KiB of headers, and for more where a route says so', async () => {
      assert.equal((await host.get('app.example.test', '/answer?big=4200')).status, 200)
      assert.equal((await host.get('app.example.test', '/answer?big=16384')).status, 200)
      assert.equal((await host.get('app.example.test', '/answer?big=50000')).status, 502)
      assert.equal((await host.get('limits.example.test', '/answer?big=50000')).status, 200)
    })

    it('case 29: uploads are as large as a route says', async () => {
      const upload = (domain: string) =>
        execa('sh', [
          '-c',
          `head -c 70000000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${domain}' --data-binary @- http://${host.address}/upload`,
        ])
      assert.equal((await upload('app.example.test')).stdout, '413')
      assert.equal((await upload('limits.example.test')).stdout, '200')
    })

    it('headers are on every answer, once', async () => {
      for (const path of ['/answer?header=Content-Security-Policy:+none', '/answer?status=500']) {
        const { headers } = await host.get('limits.example.test', path)
        assert.equal(headers.get('content-security-policy'), `default-src 'self'; img-src "x"`)
        assert.equal(headers.get('x-release'), null)
      }
    })

    it('paths lead elsewhere', async () => {
      const led = async (path: string) => {
        const { status, headers } = await host.get('limits.example.test', path)
        return [status, headers.get('location')]
      }
      assert.deepEqual(await led('/old?a=b'), [308, '/new?a=b'])
      assert.deepEqual(await led('/away?a=b'), [302, 'https://example.test/x?y=1'])
      assert.equal((await led('/older'))[0], 200)
    })

    it('addresses are kept out, and the deploy does not mind', async () => {
      assert.equal((await host.get('closed.example.test', '/health')).status, 403)
    })

    it('passwords are asked for, hashed on the host, and not passed on', async () => {
      const as = (user: string) => ({
        headers: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` },
      })
      const asked = await host.get('asks.example.test', '/request')
      assert.deepEqual([asked.status, asked.headers.get('www-authenticate')], [401, 'Basic realm="preview"'])
      assert.equal((await host.get('asks.example.test', '/request', as('ann:wrong'))).status, 401)
      for (const user of ['ann:s3:cret', 'bob:t0ken']) {
        const { status, body } = await host.get('asks.example.test', '/request', as(user))
        assert.equal(status, 200)
        assert.doesNotMatch(body, /Authorization/i)
      }
      const release = '/var/lib/slipway/services/app/current/release'
      assert.equal(await host.run(`stat -Lc '%a %U:%G' ${release}/passwords/USERS`), '640 root:www-data')
      await host.run(
        `! grep -rE 's3:cret|t0ken' ${release}/ && ! systemctl show app@blue app@green | grep USERS`,
      )
      assert.equal(
        await host.run(
          'runuser -u nobody -- cat /var/lib/slipway/services/app/current/release/passwords/USERS 2>/dev/null | wc -l',
        ),
        '0',
      )
    })

    it('an address may ask only so often', async () => {
      const statuses = []
      for (let asked = 0; asked < 6; asked += 1) {
        statuses.push((await host.get('slow.example.test', '/health')).status)
      }
      assert.ok(statuses.includes(429), statuses.join())
    })
  })

  describe('case 27: the size of the hash of names, set by the host', () => {
    const SET =
      "sed -i 's/# server_names_hash_bucket_size 64/server_names_hash_bucket_size 64/' /etc/nginx/nginx.conf"

    it('after setup: setup leads out', async () => {
      await host.run(`${SET} && ! nginx -t`)
      const doctor = await app.slipway('doctor')
      assert.equal(doctor.code, 3)
      const setup = await app.slipway('setup', 'web')
      assert.equal(setup.code, 0, setup.text)
      await host.run('nginx -t')
      await deploys()
    })

    it('before it: setup leaves it alone', async () => {
      const other = await labHost('t-nginx-hash', after)
      await other.run(`${SET} && nginx -t`)
      await configure(
        `app: service({ package: package_, listen: 'port', routes: ['http://app.example.test'] })`,
        other.name,
      )
      assert.equal((await app.slipway('setup', 'web')).code, 0)
      await deploys()
      assert.equal((await other.get('app.example.test', '/')).status, 200)
      await other.run(
        'nginx -t 2>&1 && grep -q "^\\s*server_names_hash_bucket_size 64" /etc/nginx/nginx.conf',
      )
    })
  })
})
