import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** `slipway init && slipway deploy`, and nothing else, for every kind that the lab's toolchain builds. */
describe('init', () => {
  const after = cleanups()
  const name = 'h-init'
  let host: LabHost

  /** A repository without any of slipway's or Nix's files. */
  const plain = async (source: string, without: string[] = []): Promise<Project> => {
    const app = await project(source, after)
    for (const file of without) await rm(join(app.folder, file), { recursive: true })
    await app.commit()
    return app
  }
  const inits = async (app: Project, ...flags: string[]) => {
    const ended = await app.slipway('init', '--yes', '--host', `rehearse:${name}`, ...flags)
    assert.equal(ended.code, 0, ended.text)
    return ended.stdout
  }
  const deploys = async (app: Project) => {
    const ended = await app.slipway('deploy', '--override-input', 'nixpkgs', NIXPKGS)
    assert.equal(ended.code, 0, ended.text)
  }
  /** Puts the hash that Nix tells in the place of the one that nothing has. */
  const fillsHash = async (app: Project) => {
    const refused = await app.slipway('deploy', '--override-input', 'nixpkgs', NIXPKGS)
    assert.notEqual(refused.code, 0)
    const hash = /got:\s+(sha256-\S+)/.exec(refused.text)?.[1]
    assert.ok(hash, refused.text)
    const flake = await readFile(join(app.folder, 'flake.nix'), 'utf8')
    await app.write('flake.nix', flake.replace(/sha256-A{43}=/, hash))
  }
  const body = async (domain: string, path = '/') => {
    const answer = await host.get(domain, path)
    assert.equal(answer.status, 200, `${domain}${path}: ${answer.body}`)
    return answer.body
  }

  before(async () => {
    host = await labHost(name, after)
    const any = await plain('test/fixtures/repos/html')
    await inits(any)
    assert.equal((await any.slipway('setup', name)).code, 0)
  })

  it('a Rust workspace: the program that listens is the service', async () => {
    const app = await plain('test/fixtures/repos/rust-workspace')
    await inits(app, '--name', 'tickets')
    await deploys(app)
    assert.match(await body('tickets.example.test'), /the printer is on fire/)
  })

  it('a Go module without dependencies', async () => {
    const app = await plain('test/fixtures/repos/go-stdlib')
    await inits(app)
    await deploys(app)
    assert.match(await body('clock.example.test'), /It is \d+:\d+/)
  })

  it('a Go module with cgo and SQLite: its data, its folders, and a hash that Nix tells', async () => {
    const app = await plain('test/fixtures/repos/go-cgo-sqlite')
    await inits(app)
    await fillsHash(app)
    await deploys(app)
    await host.run(`curl -fsS -H 'Host: notes.example.test' -d text=milk http://127.0.0.1/`)
    assert.match(await body('notes.example.test'), /<li>milk/)
    assert.match(await body('notes.example.test', '/static/style.css'), /serif/)
    assert.match(await host.run('ls /var/lib/notes'), /notes\.db/)
  })

  it('a Go module with two commands and a Procfile', async () => {
    const app = await plain('test/fixtures/repos/go-commands')
    await inits(app, '--name', 'relay')
    await deploys(app)
    assert.equal(await body('relay.example.test', '/queue'), '3\n')
    assert.equal(await host.run('systemctl is-active relay-worker.service'), 'active')
  })

  it('a Go module with a vendor folder, on a unix socket', async () => {
    const app = await plain('test/fixtures/repos/go-vendor')
    await inits(app)
    await deploys(app)
    const answer = await host.get('redirects.example.test', '/?title=My%20Page')
    assert.equal(answer.status, 302)
    assert.equal(answer.headers.get('location'), 'https://example.org/my-page')
  })

  it('a service in a sub-folder of a repository', async () => {
    const app = await plain('test/fixtures/repos/subdirectory')
    await inits(app)
    await deploys(app)
    assert.equal(await body('mailer.example.test'), 'queued\n')
  })

  it('a Hugo site', async () => {
    const app = await plain('test/fixtures/repos/hugo-own-theme')
    await inits(app, '--name', 'minutes')
    await deploys(app)
    assert.match(await body('minutes.example.test'), /Nothing was decided/)
  })

  it('a folder of HTML', async () => {
    const app = await plain('test/fixtures/repos/html-public')
    await inits(app, '--name', 'page')
    await deploys(app)
    assert.match(await body('page.example.test'), /A page/)
    const missing = await host.get('page.example.test', '/nowhere')
    assert.equal(missing.status, 404)
    assert.match(missing.body, /Not here/)
  })

  it('a default.nix, used as it is', async () => {
    const app = await plain('test/fixtures/repos/default-nix')
    await inits(app)
    await deploys(app)
    await host.run('echo first post >/var/lib/forum/posts.txt')
    assert.equal(await body('forum.example.test'), 'first post\nthat is all\n')
  })

  it('an existing flake, whose outputs Nix lists', async () => {
    const app = await plain('test/fixtures/repos/existing-flake')
    const before = await readFile(join(app.folder, 'flake.nix'), 'utf8')
    const said = await inits(app, '--override-input', 'nixpkgs', NIXPKGS)
    assert.match(said, /packages +default, status-page\n/)
    assert.match(said, /nixosModules +status-page\n/)
    assert.equal(await readFile(join(app.folder, 'flake.nix'), 'utf8'), before)
    await deploys(app)
    assert.equal(await body('status-page.example.test', '/up'), 'up\n')
  })

  it('the examples, without their Nix and config: a fortune', async () => {
    const app = await plain('examples/fortune-cookie', ['flake.nix', 'slipway.config.ts'])
    await inits(app)
    await deploys(app)
    assert.equal(typeof JSON.parse(await body('fortune-cookie.example.test')).message, 'string')
  })

  it('the examples, without their Nix and config: a guestbook', async () => {
    const app = await plain('examples/guestbook', ['flake.nix', 'slipway.config.ts'])
    await inits(app)
    await fillsHash(app)
    await deploys(app)
    await host.run(
      `curl -fsS -H 'Host: guestbook.example.test' -d name=Ada -d message=words http://127.0.0.1/sign`,
    )
    assert.match(await body('guestbook.example.test'), /words/)
  })

  it('the examples, without their Nix and config: a forum, and its site', async () => {
    const app = await plain('examples/forum', ['default.nix', 'site.nix', 'slipway.config.ts'])
    const urls = ['forum=http://club.example.test/forum/', 'site=http://club.example.test']
    await inits(
      app,
      '--program',
      'forum,site',
      ...urls.flatMap((url) => ['--url', url]),
      '--name',
      'forum=club',
    )
    await deploys(app)
    assert.match(await body('club.example.test', '/forum/'), /<form/)
    assert.match(await body('club.example.test'), /<html/)
  })
})
