import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { fields, NIXPKGS, type Project, project } from './project.js'

const SITE = `{ pkgs ? import <nixpkgs> { } }:
pkgs.runCommand "site" { } ''
  mkdir -p $out/posts
  echo "<h1>front</h1>" > $out/index.html
  echo "<h1>post</h1>" > $out/posts/index.html
  echo "nothing here" > $out/404.html
  echo "body {}" > $out/style.0123abcd.css
  echo "body {}" > $out/plain.css
''
`

describe('routes', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const configure = (services: string) =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service, site } from 'slipway'
const package_ = { file: './default.nix' }
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { ${services} },
})
`,
    )
  const deploys = async (services: string) => {
    await configure(services)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
    return ended
  }
  const ask = async (path: string, domain = 'example.test') => fields((await host.get(domain, path)).body)

  before(async () => {
    host = await labHost('t-routes', after)
    app = await project('test/fixtures/app', after)
    await app.write('site.nix', SITE)
    await app.commit()
    await configure('')
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })

  it('serves every way to listen, by domain and under a sub-path of a site', async () => {
    await deploys(`
      front: site({ package: { file: './site.nix' }, routes: ['http://example.test'] }),
      'a-port': service({ package: package_, listen: 'port', routes: ['http://example.test/port/'] }),
      'a-fixed': service({ package: package_, listen: { port: 4000 }, routes: ['http://fixed.example.test', { url: 'http://example.test/kept/', strip: false }] }),
      'a-unix': service({ package: package_, listen: 'unix', routes: ['http://example.test/unix/'] }),
      'a-socket': service({ package: package_, listen: 'socket', routes: ['http://example.test/socket/deep/'] }),
    `)
    for (const path of ['/port', '/unix', '/socket/deep']) {
      const answer = await ask(`${path}/x%2Fy%20z?q=1&r=%2F`)
      assert.equal(answer.message, 'one')
      assert.equal(answer.uri, '/x%2Fy%20z?q=1&r=%2F', 'encoded characters arrive as they were sent')
      assert.equal(answer.prefix, path)
      assert.equal(answer.host, 'example.test')
      assert.equal(answer.proto, 'http')
      assert.match(answer.for ?? '', /^10\./)
    }
    assert.equal((await ask('/kept/x')).uri, '/kept/x')
    assert.equal((await ask('/kept/x')).prefix, '')
    assert.equal((await ask('/x', 'fixed.example.test')).uri, '/x')
  })

  it('runs each service as a user of its own, reachable by nginx alone', async () => {
    const users = await Promise.all(
      ['/port/', '/unix/', '/socket/deep/'].map(async (path) => (await ask(path)).uid),
    )
    assert.equal(new Set(users).size, 3)
    assert.ok(!users.includes('0'))
    const modes = await host.run(
      "cd /run/slipway-sockets && stat -c '%A %G' a-unix a-unix/blue.sock a-socket@blue.sock",
    )
    assert.equal(modes, 'drwxr-s--- www-data\nsrwxrwx--- www-data\nsrw-rw---- www-data')
  })

  it('is hardened: exposure at most 2.0', async () => {
    for (const unit of ['a-port', 'a-fixed', 'a-unix', 'a-socket']) {
      const text = await host.run(`systemd-analyze security ${unit}@blue.service --no-pager | tail -1`)
      const exposure = Number(/: (\d+\.\d+) /.exec(text)?.[1])
      assert.ok(exposure <= 2, text)
    }
  })

  it('leads a prefix without its slash to the one with it', async () => {
    const answer = await host.get('example.test', '/port?q=1')
    assert.equal(answer.status, 301)
    assert.equal(answer.headers.get('location'), '/port/?q=1')
  })

  it('passes WebSocket handshakes on', async () => {
    const answer = await host.get('example.test', '/port/', {
      headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    })
    assert.equal(answer.status, 200)
    await host.run(
      'grep -q "proxy_set_header Upgrade" /var/lib/slipway/nginx/locations/example.test/a-port.conf',
    )
  })

  it('serves a site: index pages, its own 404, caching that notices every change', async () => {
    const front = await host.get('example.test', '/')
    assert.equal(front.body, '<h1>front</h1>\n')
    assert.equal(front.headers.get('cache-control'), 'no-cache')
    const etag = front.headers.get('etag') ?? ''
    assert.match(etag, /^"[a-z0-9]{32}"$/)
    assert.equal(front.headers.get('last-modified'), null)
    assert.equal((await host.get('example.test', '/', { headers: { 'If-None-Match': etag } })).status, 304)
    assert.equal((await host.get('example.test', '/posts/')).body, '<h1>post</h1>\n')
    const missing = await host.get('example.test', '/nowhere')
    assert.equal(missing.status, 404)
    assert.equal(missing.body, 'nothing here\n')
    assert.equal(
      (await host.get('example.test', '/style.0123abcd.css')).headers.get('cache-control'),
      'public, max-age=31536000, immutable',
    )
    assert.equal((await host.get('example.test', '/plain.css')).headers.get('cache-control'), 'no-cache')
  })

  it('a change of routes alone restarts nothing', async () => {
    const id = await host.run('systemctl show -p InvocationID --value a-port@blue.service')
    await configure(`
      front: site({ package: { file: './site.nix' }, routes: ['http://example.test/front/'] }),
      'a-port': service({ package: package_, listen: 'port', routes: ['http://example.test/moved/'] }),
    `)
    const planned = await app.slipway('plan')
    assert.match(planned.stdout, /routes \+http:\/\/example\.test\/moved\/ -http:\/\/example\.test\/port\//)
    assert.match(planned.stdout, /left alone: a-fixed, a-socket, a-unix/)
    assert.equal((await app.slipway('deploy')).code, 0)
    assert.equal((await ask('/moved/')).message, 'one')
    assert.equal((await host.get('example.test', '/port/')).status, 404)
    assert.equal((await host.get('example.test', '/front/')).body, '<h1>front</h1>\n')
    assert.equal((await host.get('example.test', '/front/nowhere')).body, 'nothing here\n')
    assert.equal(await host.run('systemctl show -p InvocationID --value a-port@blue.service'), id)
  })

  it('serves a sub-path inside an nginx site it does not manage', async () => {
    const route = `{ url: 'http://old.example.test/app/', server: 'existing' }`
    const services = `'a-port': service({ package: package_, listen: 'port', routes: [${route}] })`
    await host.run(
      'printf "server {\\n listen 80;\\n server_name old.example.test;\\n location / { return 200 old; }\\n}\\n" > /etc/nginx/sites-enabled/old && systemctl reload nginx',
    )
    await configure(services)
    const doctor = await app.slipway('doctor')
    assert.equal(doctor.code, 3)
    assert.match(doctor.stdout, /✗ nginx server of old\.example\.test: does not include the routes/)
    const refused = await app.slipway('deploy')
    assert.equal(refused.code, 3)
    const line = /include \/var\/lib\/slipway\/nginx\/locations\/old\.example\.test\/\*\.conf;/.exec(
      refused.stderr,
    )?.[0]
    assert.ok(line, refused.stderr)
    await host.run(
      `sed -i 's#server_name.*#&\\n ${line}#' /etc/nginx/sites-enabled/old && nginx -t && systemctl reload nginx`,
    )
    assert.equal((await app.slipway('doctor')).code, 0)
    await deploys(services)
    assert.equal((await ask('/app/x', 'old.example.test')).uri, '/x')
    assert.equal((await host.get('old.example.test', '/')).body, 'old')
  })

  it('refuses a port that something else was given, in another config of the same host', async () => {
    await configure(`other: service({ package: package_, listen: { port: 4000 } })`)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 3)
    assert.match(ended.text, /port 4000 is taken by app \(process \d+\)/)
  })

  it('survives a reboot: everything comes back by itself', async () => {
    await host.powerOff()
    await host.boot()
    await execa('sh', [
      '-c',
      `for i in $(seq 50); do curl -sf -H 'Host: fixed.example.test' http://${host.address}/ && exit; sleep 0.1; done`,
    ])
    assert.equal((await ask('/x', 'fixed.example.test')).message, 'one')
    assert.equal((await ask('/unix/')).message, 'one')
    assert.equal((await ask('/socket/deep/')).message, 'one')
    assert.equal((await ask('/app/', 'old.example.test')).message, 'one')
  })
})
