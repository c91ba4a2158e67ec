import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { SecretsReport } from '../../src/contract/report.js'
import { copyProgram } from './program-copy.js'

const copy = copyProgram()
after(() => copy.remove())

const store = join(copy.root, 'secrets')
const sent = join(dirname(copy.root), 'sent')
const KEY = 'ab'.repeat(32)
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

beforeEach(() => {
  for (const path of [store, sent, join(copy.root, 'services')])
    rmSync(path, { recursive: true, force: true })
})

/** Sends files, and has the program put them in their places. */
function stage(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(sent, path)), { recursive: true })
    writeFileSync(join(sent, path), text)
  }
  return copy.functions(`set -eu\numask 022\nwith_secrets secrets_stage ${sent}`)
}

/** A release that refers to versions. */
function release(number: number, secrets: Record<string, string>) {
  const folder = join(copy.root, 'services/web/releases', String(number))
  mkdirSync(folder, { recursive: true })
  const lines = Object.entries(secrets).map(([name, version]) => `secret=${name} ${version}\n`)
  writeFileSync(join(folder, 'spec'), `kind=service\n${lines.join('')}`)
  return { folder, ended: copy.functions(`set -eu\nsecrets_link web ${folder}`) }
}

const keep = (name: string, version: string, value: string) =>
  copy.verb(['secret-keep', 'web', name, version, 'ann'], { input: `${KEY}\n${value}` })

describe('secrets_stage', () => {
  it("stores values whole, root's alone", () => {
    const value = 'two\nlines\n\n'
    assert.equal(stage({ 'web/.key': `${KEY}\n`, 'web/URL/aa': value, 'web/PIN/bb': '1' }).status, 0)
    assert.equal(readFileSync(join(store, 'web/URL/aa'), 'utf8'), value)
    assert.deepEqual(readdirSync(join(store, 'web/URL')), ['aa'])
    for (const path of ['', 'web', 'web/URL']) assert.equal(mode(join(store, path)), '700')
    for (const path of ['.lock', 'web/.key', 'web/URL/aa']) assert.equal(mode(join(store, path)), '600')
  })

  it('keeps the first key, and refuses values that belong to another', () => {
    stage({ 'web/.key': `${KEY}\n`, 'web/URL/aa': 'x' })
    const { status, stderr } = stage({ 'web/.key': `${'cd'.repeat(32)}\n`, 'web/URL/bb': 'y' })
    assert.equal(status, 1)
    assert.match(stderr, /somebody else put secrets of web there/)
    assert.deepEqual(readdirSync(join(store, 'web/URL')), ['aa'])
  })

  for (const path of ['web/URL/xyz', 'web/U-L/aa', 'Web/URL/aa', 'web/URL/aa.x', 'web/1A/aa']) {
    it(`refuses ${path}`, () => {
      assert.equal(stage({ [path]: 'x' }).status, 1)
      assert.equal(existsSync(join(store, path)), false)
    })
  }
})

describe('secrets_link', () => {
  it('leads from a release to its versions', () => {
    stage({ 'web/URL/aa': 'x' })
    const { folder, ended } = release(1, { URL: 'aa' })
    assert.equal(ended.status, 0)
    assert.equal(readlinkSync(join(folder, 'secrets/URL')), join(store, 'web/URL/aa'))
  })

  for (const [what, secrets] of [
    ['a version that is not there', { URL: 'bb' }],
    ['a way out', { URL: '../../../../../../etc/shadow' }],
    ["another service's", { '../api/URL': 'aa' }],
  ] as const) {
    it(`refuses ${what}`, () => {
      stage({ 'web/URL/aa': 'x', 'api/URL/aa': 'x' })
      const { folder, ended } = release(1, secrets as Record<string, string>)
      assert.equal(ended.status, 1)
      assert.equal(existsSync(join(folder, 'secrets')), false)
    })
  }
})

describe('secrets_prune', () => {
  it('leaves what a release refers to or the host keeps, and nothing else', () => {
    stage({ 'web/.key': `${KEY}\n`, 'web/URL/aa': 'x', 'web/URL/bb': 'y', 'web/PIN/cc': 'z' })
    assert.equal(keep('TOKEN', 'dd', 'one').status, 0)
    assert.equal(keep('TOKEN', 'ee', 'two').status, 0)
    writeFileSync(join(store, 'web/URL/.new-ff'), 'half')
    release(1, { URL: 'aa', TOKEN: 'dd' })
    assert.equal(copy.functions('set -eu\nsecrets_prune web').status, 0)
    assert.deepEqual(readdirSync(join(store, 'web')), ['.key', 'TOKEN', 'URL'])
    assert.deepEqual(readdirSync(join(store, 'web/URL')), ['aa'])
    assert.deepEqual(readdirSync(join(store, 'web/TOKEN')), ['dd', 'ee', 'kept'])
    rmSync(join(copy.root, 'services/web/releases/1'), { recursive: true })
    copy.functions('set -eu\nsecrets_prune web')
    assert.deepEqual(readdirSync(join(store, 'web/TOKEN')), ['ee', 'kept'])
    assert.equal(copy.verb(['secret-forget', 'web', 'TOKEN', 'ann']).status, 0)
    assert.deepEqual(readdirSync(join(store, 'web')), ['.key'])
  })

  it('has nothing to do for a service without secrets', () => {
    assert.equal(copy.functions('set -eu\nsecrets_prune web').status, 0)
    assert.equal(existsSync(store), false)
  })
})

describe('secret-keep', () => {
  it('replaces what is kept, and leaves no trace elsewhere', () => {
    keep('TOKEN', 'aa', 'one')
    keep('TOKEN', 'bb', ' two\n\n')
    assert.equal(readlinkSync(join(store, 'web/TOKEN/kept')), 'bb')
    assert.equal(readFileSync(join(store, 'web/TOKEN/kept'), 'utf8'), ' two\n\n')
    assert.deepEqual(readdirSync(join(dirname(copy.root), 'run')), [])
  })

  it('refuses what did not arrive whole', () => {
    for (const input of ['', KEY, `${KEY}\n`]) {
      const ended = copy.verb(['secret-keep', 'web', 'TOKEN', 'aa', 'ann'], { input })
      assert.equal(ended.status, 1)
      assert.equal(existsSync(join(store, 'web/TOKEN')), false)
    }
  })

  it('says where there is nothing to forget', () => {
    assert.match(copy.verb(['secret-forget', 'web', 'TOKEN', 'ann']).stderr, /keeps no secret TOKEN of web/)
  })
})

describe('what the host says of secrets', () => {
  const told = (key: 'yes' | 'no') =>
    JSON.parse(`[${copy.functions(`set -eu\nsecrets_json ${key}`).stdout}]`) as SecretsReport[]

  it('is nothing where there are none', () => assert.deepEqual(told('yes'), []))

  it('is versions, and the key only where it is asked for', () => {
    stage({ 'web/.key': `${KEY}\n`, 'web/URL/aa': 'hunter2', 'api/PIN/cc': '1' })
    keep('TOKEN', 'dd', 'x')
    writeFileSync(join(store, 'web/URL/bb.cred'), 'encrypted')
    // What a crash has left is no version.
    for (const name of ['cc', '.new-dd']) writeFileSync(join(store, 'web/URL', name), '')
    const web = { service: 'web', versions: { TOKEN: ['dd'], URL: ['aa', 'bb.cred'] }, kept: { TOKEN: 'dd' } }
    const api = { service: 'api', key: null, versions: { PIN: ['cc'] }, kept: {} }
    assert.deepEqual(told('yes'), [api, { ...web, key: KEY }])
    assert.deepEqual(told('no'), [api, { ...web, key: null }])
  })
})

describe('a release and its secrets', () => {
  it('notices one that is gone', () => {
    stage({ 'web/URL/aa': 'x' })
    const { folder } = release(1, { URL: 'aa' })
    assert.equal(copy.functions(`secret_gone ${folder}`).status, 1)
    rmSync(join(store, 'web/URL/aa'))
    assert.deepEqual(copy.functions(`secret_gone ${folder}`), { status: 0, stdout: 'URL', stderr: '' })
  })

  it('names those that another release has in another version', () => {
    stage({ 'web/A/aa': 'x', 'web/A/bb': 'y', 'web/B/cc': 'z' })
    const old = release(1, { A: 'aa', B: 'cc' }).folder
    const next = release(2, { A: 'bb', B: 'cc' }).folder
    const none = release(3, {}).folder
    const changed = (one: string, other: string) => copy.functions(`secrets_changed ${one} ${other}`).stdout
    assert.deepEqual([changed(old, next), changed(old, old), changed(old, none)], [' A', '', ''])
  })

  it('is not led astray by a name that is no link', () => {
    const folder = join(copy.root, 'services/web/releases/4')
    mkdirSync(folder, { recursive: true })
    symlinkSync('/nowhere', join(folder, 'package'))
    assert.equal(copy.functions(`secret_gone ${folder}`).status, 1)
  })
})
