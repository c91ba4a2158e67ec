import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** The examples, deployed exactly as they stand, to a throwaway host in place of the one they name. */
describe('examples', () => {
  const after = cleanups()
  let host: LabHost

  const example = async (name: string): Promise<Project & { deploys(): Promise<void> }> => {
    const found = await project(`examples/${name}`, after)
    return {
      ...found,
      deploys: async () => {
        const ended = await found.slipway(
          'deploy',
          '--rehearse',
          host.name,
          '--override-input',
          'nixpkgs',
          NIXPKGS,
        )
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
    const words = ['setup', host.name, '--rehearse', host.name, '--override-input', 'nixpkgs', NIXPKGS]
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
})
