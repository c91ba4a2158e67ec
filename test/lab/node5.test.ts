import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { type Project, project, standIns } from './project.js'

/** `examples/node5`, deployed as it stands: what kinds of service such a server has. */
describe('a small server of one’s own', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const deploys = async () => {
    const ended = await app.slipway('deploy', '--rehearse', host.name, ...standIns('nixpkgs'))
    assert.equal(ended.code, 0, ended.text)
    return ended.text
  }

  before(async () => {
    host = await labHost('t-node5', after)
    app = await project('examples/node5', after)
    const ended = await app.slipway('setup', host.name, '--rehearse', host.name, ...standIns('nixpkgs'))
    assert.equal(ended.code, 0, ended.text)
    await deploys()
  })

  it('has a front page', async () => {
    assert.match((await host.get('node5.test', '/')).body, /<h1>node5/)
  })

  it('wsgi: a package’s dependencies are found, and its SQLite file is made once', async () => {
    const first = await host.get('blog.node5.test', '/moved')
    assert.equal(first.status, 200, first.body)
    assert.match(first.body, /<h1>Moved<\/h1>[\s\S]*Read 1 times/)
    assert.match((await host.get('blog.node5.test', '/moved')).body, /Read 2 times/)
    assert.match(await host.run('stat -c %U /var/lib/blog/blog.db'), /^blog$/)
  })

  it('wsgi: uWSGI serves the folders that it is told, and nothing beside them', async () => {
    const style = await host.get('blog.node5.test', '/static/style.css')
    assert.equal(style.status, 200, style.body)
    assert.match(style.body, /max-width/)
    assert.equal((await host.get('blog.node5.test', '/static/nothing.css')).status, 404)
    for (const path of [
      '/static/../create_db.sql',
      '/static/%2e%2e/create_db.sql',
      '/static/..%2fcreate_db.sql',
    ]) {
      const code = await host.run(
        `curl -s --path-as-is -o /dev/null -w '%{http_code}' -H 'Host: blog.node5.test' 'http://127.0.0.1${path}'`,
      )
      assert.match(code, /^40[034]$/, path)
    }
  })

  it('wsgi: what it reads is a store path of its own, and kept with the release', async () => {
    const path = await host.run(
      'readlink /var/lib/slipway/services/blog/current/release/package-CONTENT_ROOT_PATH',
    )
    assert.match(path, /^\/nix\/store\/[a-z0-9]{32}-articles$/)
    assert.match(await host.run(`nix-store --query --roots ${path}`), /package-CONTENT_ROOT_PATH/)
  })

  it('wsgi: uWSGI’s own protocol, over the socket that systemd made', async () => {
    assert.match(
      await host.run('cat /var/lib/slipway/nginx/locations/blog.node5.test/blog.conf'),
      /uwsgi_pass \$slipway_upstream;/,
    )
    assert.match(await host.run('journalctl -t blog'), /SystemD socket activation detected/)
  })

  it('wsgi: below a path, with a worker beside it', async () => {
    const { body } = await host.get('node5.test', '/guests/')
    assert.match(body, /action="\/guests\/sign"/)
    const signed = await host.run(`curl -si -H 'Host: node5.test' -d name=Ann http://127.0.0.1/guests/sign`)
    assert.match(signed, /^HTTP\/1\.1 302 /)
    assert.match(signed, /^Location: \/guests\/\r?$/m)
    assert.match((await host.get('node5.test', '/guests/')).body, /<li>Ann/)
    assert.match(await host.run('systemctl is-active guests-sweep'), /^active$/)
  })

  it('asgi: over HTTP', async () => {
    const { status, body } = await host.get('node5.test', '/clock/')
    assert.equal(status, 200, body)
    assert.equal(JSON.parse(body).scheme, 'http')
  })

  it('a second deploy changes nothing; a new release keeps the data', async () => {
    assert.match(await deploys(), /= blog on t-node5: unchanged/)
    await app.write('blog/articles/again.md', '# Again\n')
    await app.commit()
    const text = await deploys()
    assert.match(text, /environment[^\n]*CONTENT_ROOT_PATH/)
    assert.match((await host.get('blog.node5.test', '/')).body, /again/)
    assert.match((await host.get('blog.node5.test', '/moved')).body, /Read [3-9] times/)
  })
})
