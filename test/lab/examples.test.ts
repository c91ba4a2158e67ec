import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { LAB_ENV, NIXPKGS, type Project, project, type StandIn, standIns } from './project.js'

/** The examples, deployed exactly as they stand, to a throwaway host in place of the one they name. */
describe('examples', () => {
  const after = cleanups()
  let host: LabHost

  const example = async (
    name: string,
    inputs: StandIn[] = ['nixpkgs'],
  ): Promise<Project & { deploys(): Promise<void> }> => {
    const found = await project(`examples/${name}`, after)
    return {
      ...found,
      deploys: async () => {
        const ended = await found.slipway('deploy', '--rehearse', host.name, ...standIns(...inputs))
        assert.equal(ended.code, 0, ended.text)
      },
    }
  }
  const edit = async (app: Project, path: string, from: string, to: string) => {
    const text = await readFile(join(app.folder, path), 'utf8')
    assert.ok(text.includes(from), `${path} holds ${from}`)
    await app.write(path, text.replaceAll(from, to))
  }

  before(async () => {
    host = await labHost('t-examples', after)
    const any = await example('fortune-cookie')
    const words = ['setup', host.name, '--rehearse', host.name, ...standIns('nixpkgs')]
    const ended = await any.slipway(...words)
    assert.equal(ended.code, 0, ended.text)
  })

  it('fortune-cookie: a Rust backend on its own domain', async () => {
    const app = await example('fortune-cookie')
    await app.deploys()
    const first = await host.get('fortune.example.test', '/')
    assert.equal(first.headers.get('content-type'), 'application/json')
    assert.equal(typeof JSON.parse(first.body).message, 'string')
    await edit(app, 'Cargo.toml', 'version = "0.1.0"', 'version = "0.2.0"')
    await edit(
      app,
      'Cargo.lock',
      'name = "fortune-cookie"\nversion = "0.1.0"',
      'name = "fortune-cookie"\nversion = "0.2.0"',
    )
    await app.deploys()
    assert.equal(JSON.parse((await host.get('fortune.example.test', '/')).body).version, '0.2.0')
    assert.equal((await app.slipway('rollback', '--rehearse', host.name)).code, 0)
    assert.equal(JSON.parse((await host.get('fortune.example.test', '/')).body).version, '0.1.0')
  })

  it('forum: a Rust service below a path of the domain of a Hugo site', async () => {
    const app = await example('forum')
    await app.deploys()
    assert.match((await host.get('forum.example.test', '/')).body, /<html/)
    assert.equal((await host.get('forum.example.test', '/nowhere')).status, 404)
    const forum = await host.get('forum.example.test', '/forum/')
    assert.equal(forum.status, 200)
    assert.match(forum.body, /<form/)
    assert.equal((await host.get('forum.example.test', '/forum/health')).status, 200)
    const version = /version = "(.*)"/.exec(await readFile(join(app.folder, 'Cargo.toml'), 'utf8'))?.[1]
    assert.match(
      await host.run('readlink /var/lib/slipway/services/forum/current/release/package'),
      new RegExp(`-${version}$`),
    )
  })

  it('guestbook: a Go app whose data survives deploys and rollbacks', async () => {
    const app = await example('guestbook')
    await app.deploys()
    const signs = async (text: string) =>
      execa('curl', [
        ...['-sS', '-f', '-o', '/dev/null', '--resolve', `guestbook.example.test:80:${host.address}`],
        ...['--data-urlencode', 'name=Ada', '--data-urlencode', `message=${text}`],
        `http://guestbook.example.test/${await formAction()}`,
      ])
    const page = async () => (await host.get('guestbook.example.test', '/')).body
    const formAction = async () => (/<form[^>]*action="\/?([^"]*)"/.exec(await page())?.[1] ?? '').trim()
    await signs('first words')
    assert.match(await page(), /first words/)
    await edit(app, 'views/index.html', '<h1>', '<h1>New: ')
    await app.deploys()
    assert.match(await page(), /<h1>New: /)
    assert.match(await page(), /first words/)
    await signs('second words')
    assert.equal((await app.slipway('rollback', '--rehearse', host.name)).code, 0)
    assert.doesNotMatch(await page(), /<h1>New: /)
    assert.match(await page(), /first words/)
    assert.match(await page(), /second words/)
    await host.run('systemctl start guestbook-digest.service')
    assert.match((await app.slipway('logs', 'guestbook', '--rehearse', host.name)).stdout, /digest/)
  })

  it('notes: a Go app that is told its port as an address, with its views; back by commit', async () => {
    const app = await example('notes')
    await app.deploys()
    const notes = async () => (await host.get('notes.example.test', '/')).body
    const keeps = async (text: string) =>
      host.run(`curl -fsS -H 'Host: notes.example.test' -d 'text=${text}' http://127.0.0.1/notes`)
    await keeps('milk')
    const first = (await execa('git', ['rev-parse', 'HEAD'], { cwd: app.folder })).stdout
    await edit(app, 'views/index.html', '<h1>Notes</h1>', '<h1>All notes</h1>')
    await app.commit()
    await app.deploys()
    assert.match(await notes(), /<h1>All notes[\s\S]*<li>milk/)
    const back = await app.slipway('rollback', 'notes', first, '--rehearse', host.name)
    assert.equal(back.code, 0, back.text)
    assert.match(await notes(), /<h1>Notes<[\s\S]*<li>milk/)
  })

  describe('backend: a Rust service beside a Hugo site, by crane and flake-utils', () => {
    const inputs: StandIn[] = ['nixpkgs', 'crane', 'flake-utils', 'advisory-db']
    const checks = ['audit', 'backend', 'clippy', 'coverage', 'doc', 'fmt', 'site', 'tests']

    it('is deployed', async () => {
      const app = await example('backend', inputs)
      await app.deploys()
      assert.match((await host.get('site.example.test', '/')).body, /<h1>Doing it once/)
      const read = "curl -fsS -X POST -H 'Host: site.example.test' http://127.0.0.1/api/views/home"
      assert.equal(await host.run(read), '{"page":"home","views":1}')
      assert.equal(await host.run(read), '{"page":"home","views":2}')
    })

    it('has all of its checks', async () => {
      const app = await example('backend', inputs)
      const ended = await app.slipway('check', ...standIns(...inputs))
      assert.equal(ended.code, 0, ended.text)
      for (const check of checks) assert.match(ended.text, new RegExp(`✓ ${check}\\b`))
    })

    it('fails the check that it breaks, and that one alone', async () => {
      const app = await example('backend', inputs)
      await edit(app, 'src/main.rs', 'let views = Views::default();', 'let views =  Views::default();')
      await app.commit()
      const fmt = await app.slipway('check', ...standIns(...inputs))
      assert.equal(fmt.code, 3, fmt.text)
      assert.match(fmt.text, /✗ fmt\b[\s\S]*let views = +Views::default/)
      assert.match(fmt.text, /✓ site\b/)
    })

    it('fails its audit where an advisory is about a crate that it locks', async () => {
      const app = await example('backend', inputs)
      const advisories = await project('lab/advisory-db', after)
      await mkdir(join(advisories.folder, 'crates/mio'), { recursive: true })
      const advisory = (patched: string) =>
        advisories.write(
          'crates/mio/RUSTSEC-2000-0001.md',
          `\`\`\`toml\n[advisory]\nid = "RUSTSEC-2000-0001"\npackage = "mio"\n[versions]\npatched = ["${patched}"]\n\`\`\`\n\n# Words\n`,
        )
      const audits = () =>
        app.slipway(
          'check',
          ...standIns('nixpkgs', 'crane', 'flake-utils'),
          '--override-input',
          'advisory-db',
          advisories.folder,
        )
      await advisory('>= 99')
      await advisories.commit()
      const failed = await audits()
      assert.equal(failed.code, 3, failed.text)
      assert.match(failed.text, /RUSTSEC-2000-0001: mio /)
      await advisory('>= 0.1')
      await advisories.commit()
      const passed = await audits()
      assert.equal(passed.code, 0, passed.text)
    })

    it('gives a module away that NixOS takes', async () => {
      const app = await example('backend', inputs)
      const unit = `modules: (import ${NIXPKGS}/nixos {
        pkgs = import ${NIXPKGS} { };
        modules = [ modules.default { services.backend = { enable = true; domain = "site.example.test"; }; } ];
      }).config.systemd.units."backend.service".text`
      const features = ['--extra-experimental-features', 'nix-command flakes']
      const words = [...features, 'eval', '--impure', '--raw', ...standIns(...inputs), '--apply', unit]
      const { stdout } = await execa('nix', [...words, '.#nixosModules'], { cwd: app.folder, env: LAB_ENV })
      assert.match(stdout, /^ExecStart=\/nix\/store\/[a-z0-9]{32}-backend-0\.1\.0\/bin\/backend$/m)
    })
  })

  it('blog: Flask under uWSGI on a unix socket; a new article builds nothing', async () => {
    const app = await example('blog')
    await app.deploys()
    assert.match((await host.get('blog.example.test', '/')).body, /What moved, and what did not/)
    const says = "curl -fsS -H 'Host: blog.example.test' -d 'text=so is a cat' http://127.0.0.1/first"
    await host.run(says)
    const running = () => host.run('readlink /var/lib/slipway/services/blog/current/release/package')
    const built = await running()
    await app.write('articles/later.md', '---\ntitle: A later one\ndate: 2026-05-01\n---\nShort.\n')
    await app.commit()
    await app.deploys()
    assert.match((await host.get('blog.example.test', '/later')).body, /<p>Short\.<\/p>/)
    assert.match((await host.get('blog.example.test', '/first')).body, /<li>so is a cat<\/li>/)
    assert.equal(await running(), built)
    const tests = await app.slipway('check', ...standIns('nixpkgs'))
    assert.equal(tests.code, 0, tests.text)
  })

  it('shopping-list: a Vite application with paths of its own, and its API in Express', async () => {
    const app = await example('shopping-list')
    await app.deploys()
    const page = await host.get('lists.example.test', '/lists/party')
    assert.equal(page.status, 200)
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1] ?? ''
    assert.match((await host.get('lists.example.test', script)).body, /What is missing/)
    const json = "-H 'Host: lists.example.test' -H 'Content-Type: application/json'"
    const added = `curl -fsS ${json} -d '{"item":"salt"}' http://127.0.0.1/api/lists/party`
    assert.equal(await host.run(added), '{"items":["salt"]}')
    assert.equal((await host.get('lists.example.test', '/api/lists/home')).body, '{"items":[]}')
    assert.equal((await host.get('lists.example.test', '/api/nothing')).status, 404)
  })
})
