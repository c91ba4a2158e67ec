import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { project, type StandIn, standIns } from './project.js'

/** A repository as people have them, and what it answers once it is deployed. */
interface Shape {
  folder: string
  /** Files that are slipway's, or for which `init` is asked. */
  without?: string[]
  /** Inputs of its flake beside nixpkgs. */
  inputs?: StandIn[]
  /** Paths, and what their bodies hold. */
  answers: Record<string, RegExp>
}

const fixture = (name: string) => `test/fixtures/first-hour/${name}`

const SHAPES: Record<string, Shape> = {
  'a Flask starter, by requirements.txt': {
    folder: fixture('flask-starter'),
    answers: { '/': /^Hello, World!$/ },
  },
  'Flask by setup.py, with a module of another name': {
    folder: fixture('flask-by-setup-py'),
    answers: { '/': /^What is on$/, '/api/films': /Metropolis/ },
  },
  'an Express starter': {
    folder: fixture('express-starter'),
    answers: { '/': /Hello from Express!/ },
  },
  'a Vite starter, with React': {
    folder: fixture('vite-starter'),
    answers: { '/': /<script type="module" crossorigin src="\/assets\/index-/, '/robots.txt': /User-agent/ },
  },
  'a pnpm workspace, whose application needs a package of the repository': {
    folder: fixture('pnpm-workspace'),
    answers: { '/a%3Cb': /<h1>Open <em>today<\/em><\/h1><p>\/a&lt;b<\/p>/ },
  },
  'a Node starter by Yarn 1, with a build': {
    folder: fixture('yarn-starter'),
    answers: { '/a%3Cb': /Good <em>day<\/em><\/p>\n<p>\/a&lt;b/ },
  },
  'a Node starter by Yarn 4, with a build': {
    folder: fixture('yarn-berry'),
    answers: { '/a%3Cb': /Good <em>day<\/em><\/p>\n<p>\/a&lt;b/ },
  },
  'a bun starter, in TypeScript': {
    folder: fixture('bun-starter'),
    answers: { '/crust': /^fresh since \d+: \/crust$/ },
  },
  'a Go starter, with templates, static files and a Procfile': {
    folder: fixture('go-starter'),
    answers: { '/': /Getting started with Go/, '/static/main.css': /teal/ },
  },
  'Go with a flake of its own': {
    folder: 'test/fixtures/repos/existing-flake',
    answers: { '/up': /^up$/ },
  },
  'Go with SQLite, whose variables name a file and an address': {
    folder: 'examples/notes',
    without: ['flake.nix', 'slipway.config.ts'],
    answers: { '/': /<h1>Notes/ },
  },
  'a Rust backend (axum) without Nix': {
    folder: 'examples/fortune-cookie',
    without: ['flake.nix', 'slipway.config.ts'],
    answers: { '/': /"message"/ },
  },
  'a Rust backend by default.nix': {
    folder: 'test/fixtures/repos/default-nix',
    answers: { '/': /that is all/ },
  },
  'a Rust backend by crane': {
    folder: 'examples/backend',
    without: ['site', 'slipway.config.ts'],
    inputs: ['crane', 'flake-utils', 'advisory-db'],
    answers: { '/health': /^ok$/ },
  },
  'a Hugo site in a folder, by a flake': {
    folder: fixture('hugo-in-a-flake'),
    answers: { '/': /<title>Somebody/, '/posts/first/': /<em>begins/ },
  },
  'a Hugo site by default.nix': {
    folder: fixture('hugo-by-default-nix'),
    answers: { '/': /There is <em>room/ },
  },
}

/** `init`, told the host and the URL, then `deploy`: nothing else is typed. */
describe('the first hour', () => {
  const after = cleanups()
  const name = 't-first'
  let host: LabHost

  before(async () => {
    host = await labHost(name, after)
    const any = await project(fixture('flask-starter'), after)
    const init = await any.slipway('init', '--yes', '--host', `rehearse:${name}`)
    assert.equal(init.code, 0, init.text)
    const ready = await any.slipway('setup', name, ...standIns('nixpkgs'))
    assert.equal(ready.code, 0, ready.text)
  })

  Object.entries(SHAPES).forEach(([what, { folder, without = [], inputs = [], answers }], at) => {
    it(what, async () => {
      const domain = `first${at}.example.test`
      const app = await project(folder, after)
      for (const file of without) await rm(join(app.folder, file), { recursive: true })
      await app.commit()
      const overrides = standIns('nixpkgs', ...inputs)
      const told = ['--yes', '--host', `rehearse:${name}`, '--url', `http://${domain}`]
      const init = await app.slipway('init', ...told, ...overrides)
      assert.equal(init.code, 0, init.text)
      const deploy = await app.slipway('deploy', ...overrides)
      assert.equal(deploy.code, 0, `${init.text}\n${deploy.text}`)
      for (const [path, expected] of Object.entries(answers)) {
        const { status, body } = await host.get(domain, path)
        assert.equal(status, 200, `${path}: ${body}`)
        assert.match(body.trim(), expected)
      }
    })
  })

  it('asks for the port of a program that only its flake knows, and works once it is told', async () => {
    const app = await project(fixture('flask-with-its-flake'), after)
    const overrides = standIns('nixpkgs')
    const told = ['--yes', '--host', `rehearse:${name}`, '--url', 'http://clip.example.test', ...overrides]
    const refused = await app.slipway('init', ...told)
    assert.equal(refused.code, 2, refused.text)
    assert.match(refused.stderr, /--listen: How does flask-with-its-flake listen/)
    assert.equal((await app.slipway('init', ...told, '--listen', '7010')).code, 0)
    const deploy = await app.slipway('deploy', ...overrides)
    assert.equal(deploy.code, 0, deploy.text)
    assert.equal((await host.get('clip.example.test', '/')).body, 'clips')
  })
})
