import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import { projectOf, repositoryName, suggestedProject } from '../../src/engine/project.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'

let folder: Folder
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const git = (at: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...args], {
    cwd: at,
    encoding: 'utf8',
  }).trim()

/** A repository with three commits. */
function repository(): string {
  const at = join(folder.path, 'work')
  mkdirSync(join(at, 'site'), { recursive: true })
  git(at, 'init', '-q')
  for (const message of ['one', 'two', 'three']) git(at, 'commit', '-q', '--allow-empty', '-m', message)
  return at
}

const of = (root: string, project?: string) => projectOf({ root, project })

describe('projectOf', () => {
  it('is what the config says', async () => {
    assert.deepEqual(await of(repository(), 'shop'), { name: 'shop', from: 'config' })
  })

  it('is one of its own for each environment', async () => {
    const root = repository()
    assert.deepEqual(await projectOf({ root, project: 'me/shop', environment: 'staging' }), {
      name: 'me/shop:staging',
      from: 'config',
      base: 'me/shop',
    })
    const { name, base } = await projectOf({ root, project: undefined, environment: 'staging' })
    assert.equal(name, `${base}:staging`)
    assert.equal(base, (await of(root)).name)
  })

  it('keeps its environment however long its name is', async () => {
    const { name } = await projectOf({ root: '/', project: 'p'.repeat(128), environment: 'staging' })
    assert.equal(name, `${'p'.repeat(120)}:staging`)
  })

  it('is the repository that origin is, whichever way leads there, and the folder in it', async () => {
    const at = repository()
    git(at, 'remote', 'add', 'another', 'https://git.example/ann/fork.git')
    git(at, 'remote', 'add', 'origin', 'git@git.example:me/shop.git')
    assert.deepEqual(await of(at), { name: 'me/shop', from: 'remote' })
    assert.deepEqual(await of(join(at, 'site')), { name: 'me/shop/site', from: 'remote' })
  })

  it('is the same in a shallow clone', async () => {
    const at = repository()
    git(at, 'remote', 'add', 'origin', 'ssh://git@git.example/me/shop')
    const clone = join(folder.path, 'clone')
    git(folder.path, 'clone', '-q', '--depth', '1', `file://${at}`, clone)
    assert.equal(git(clone, 'rev-parse', '--is-shallow-repository'), 'true')
    git(clone, 'remote', 'set-url', 'origin', 'https://token:x-oauth@git.example/me/shop.git')
    assert.deepEqual(await of(clone), await of(at))
  })

  it('is the first commit without a remote, but not where a clone does not reach back to it', async () => {
    const at = repository()
    const first = git(at, 'rev-list', '--max-parents=0', 'HEAD')
    assert.deepEqual(await of(at), { name: first.slice(0, 12), from: 'commit' })
    const clone = join(folder.path, 'clone')
    git(folder.path, 'clone', '-q', '--depth', '1', `file://${at}`, clone)
    git(clone, 'remote', 'remove', 'origin')
    assert.equal((await of(clone)).from, 'folder')
  })

  it('is this machine and the folder without git', async () => {
    assert.deepEqual(await of(folder.path), { name: `${hostname()}:${folder.path}`, from: 'folder' })
  })
})

describe('a name that was found', () => {
  it('is one that a config may write', async () => {
    const at = join(folder.path, 'Ünser Laden')
    mkdirSync(at)
    const { name } = await of(at)
    const input = { project: name, hosts: { web: 'root@web' }, services: {} }
    assert.equal(resolveConfig(input, { file: 'slipway.config.ts', root: at }).project, name)
  })
})

describe('repositoryName', () => {
  for (const url of [
    'git@git.example:me/shop.git',
    'work:me/shop',
    'ssh://git@git.example:2222/me/shop.git/',
    'https://user:token@git.example/gitea/me/shop.git',
    '/srv/me/shop.git',
    'file:///srv/me/shop',
    '../me/shop',
  ]) {
    it(`is me/shop of ${url}`, () => assert.equal(repositoryName(url), 'me/shop'))
  }

  it('holds no password', () => {
    assert.equal(repositoryName('https://user:token@git.example/shop'), 'shop')
    assert.equal(repositoryName('https://user:token@git.example'), undefined)
  })
})

describe('suggestedProject', () => {
  it('is the repository, else the folder with the one around it', async () => {
    const at = repository()
    const [above] = folder.path.split('/').slice(-1)
    assert.equal(await suggestedProject(at), `${above}/work`)
    git(at, 'remote', 'add', 'origin', 'https://git.example/Me/My Shop.git')
    assert.equal(await suggestedProject(at), 'Me/My-Shop')
  })
})
