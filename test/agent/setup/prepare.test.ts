import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { NginxFacts } from '../../../src/agent/nginx/facts.js'
import type { TestResult } from '../../../src/agent/nginx/test-tree.js'
import { prepare } from '../../../src/agent/setup/prepare.js'
import type { OwnBundle } from '../../../src/agent/upgrade/own-bundle.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const OWN: OwnBundle = { path: '/nix/store/x/agent.cjs', hash: 'aaaaaaaaaaaaaaaa', declared: true }
const NGINX: NginxFacts = {
  version: '1.26.3',
  running: true,
  valid: true,
  error: null,
  includes: false,
  domains: [],
  group: 'www-data',
  namesHash: false,
  defaultServer: null,
  brotli: false,
}

describe('preparing a host', () => {
  let test: TestAgent
  let etc: string
  let facts: NginxFacts
  let complaint: TestResult
  let unitFileState: string
  let unitPath: string[]
  let features: string
  let asked: string[]
  let outdated: boolean

  beforeEach(() => {
    facts = NGINX
    complaint = { kind: 'ok' }
    unitFileState = 'disabled'
    unitPath = ['/etc/systemd/system']
    features = 'nix-command'
    asked = []
    outdated = false
    const done = (verb: string) => async (name: string) => {
      asked.push(`${verb} ${name}`)
      return 'done'
    }
    test = testAgent({
      systemd: {
        property: async () => unitFileState,
        unitPath: async () => unitPath,
        reloadOrRestart: done('reload'),
        start: done('start'),
        enable: async (name) => void asked.push(`enable ${name}`),
        daemonReload: async () => void asked.push('daemon-reload'),
        stop: done('stop'),
      },
    })
    etc = join(test.folder, 'etc')
    mkdirSync(join(etc, 'nix'), { recursive: true })
    mkdirSync(join(etc, 'nginx/conf.d'), { recursive: true })
  })
  afterEach(() => test.remove())

  const prepared = async (dry = false, programs: string[] = []) => {
    const nginx = {
      facts: async () => facts,
      check: async () => complaint,
      prepare: async () => void asked.push('tree'),
      outdated: async () => outdated,
      publish: async () => void asked.push('publish'),
    }
    const parts = { nginx, nixFeatures: async () => features, own: OWN, etc }
    const notes = await prepare(test.agent, { dry, deployUser: null, programs }, parts)
    return notes.map(({ kind, text }) => (kind === 'change' ? text : `manual: ${text}`))
  }
  const include = () => join(etc, 'nginx/conf.d/slipway.conf')

  const CHANGES = [
    'allow flakes: extra-experimental-features in /etc/nix/nix.conf',
    'create /var/lib/slipway',
    "include slipway's routes: /etc/nginx/conf.d/slipway.conf",
    'start nginx, now and at boot',
  ]

  it('says in a dry run what it would do, and does nothing', async () => {
    assert.deepEqual(await prepared(true), CHANGES)
    assert.deepEqual(asked, [])
    assert.deepEqual([existsSync(include()), existsSync(join(etc, 'nix/nix.conf'))], [false, false])
    assert.equal(existsSync(test.agent.places.services), false)
  })

  it('makes it ready', async () => {
    writeFileSync(join(etc, 'nix/nix.conf'), 'sandbox = false')
    assert.deepEqual(await prepared(), CHANGES)
    assert.deepEqual(asked, [
      'tree',
      'reload nginx.service',
      'enable nginx.service',
      'daemon-reload',
      'start nginx.service',
    ])
    assert.equal(readFileSync(include(), 'utf8'), 'include /var/lib/slipway/nginx/http.conf;\n')
    assert.equal(
      readFileSync(join(etc, 'nix/nix.conf'), 'utf8'),
      'sandbox = false\nextra-experimental-features = nix-command flakes\n',
    )
  })

  it('writes its part anew where nginx does not take it any more, and it is not as it should be', async () => {
    facts = { ...NGINX, includes: true, valid: false }
    unitFileState = 'enabled'
    await prepared()
    assert.ok(!asked.includes('publish'))
    outdated = true
    const text = "write slipway's part of nginx's configuration anew, as the rest of it now is"
    assert.deepEqual(
      (await prepared(true)).filter((note) => note === text),
      [text],
    )
    assert.ok(!asked.includes('publish'))
    await prepared()
    assert.ok(asked.includes('publish'))
  })

  it('changes nothing that is right already', async () => {
    features = 'flakes nix-command'
    facts = { ...NGINX, includes: true }
    unitFileState = 'enabled'
    mkdirSync(test.agent.places.services, { recursive: true })
    mkdirSync(test.agent.places.nginx)
    assert.deepEqual(await prepared(), [])
    assert.deepEqual(asked, [])
  })

  it('takes the include line back where nginx refuses it', async () => {
    complaint = { kind: 'complaint', complaint: 'nginx: [emerg] no' }
    await assert.rejects(prepared(), (error) => {
      assert.ok(error instanceof CallFailed && error.failure.kind === 'failed')
      assert.deepEqual(
        [error.failure.what, error.failure.why],
        ['nginx refused the include line, it was taken back', 'nginx: [emerg] no'],
      )
      return true
    })
    assert.equal(existsSync(include()), false)
  })

  it('leaves it to the owner where the file is there, and nginx does not read it', async () => {
    writeFileSync(include(), '')
    features = 'flakes'
    assert.deepEqual(
      (await prepared(true))[1],
      `manual: add to http { … } in /etc/nginx/nginx.conf: include /etc/nginx/conf.d/slipway.conf;`,
    )
  })

  it('has nothing to say of an nginx that is not there', async () => {
    facts = { ...NGINX, version: null }
    assert.deepEqual(await prepared(true), CHANGES.slice(0, 2))
  })

  it('declares what a NixOS configuration lacks', async () => {
    writeFileSync(join(etc, 'NIXOS'), '')
    const [create, manual] = await prepared(true)
    assert.equal(create, 'create /var/lib/slipway')
    assert.match(manual ?? '', /^manual: use the module slipway-host in the NixOS configuration/)
    facts = { ...NGINX, includes: true }
    unitPath = [`${test.agent.places.root}/units`]
    assert.deepEqual(await prepared(true, ['sh']), ['create /var/lib/slipway'])
    assert.match((await prepared(true, ['no-such-program'])).join('\n'), /pkgs\.no-such-program/)
  })
})
