import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { keepInherited, readInherited } from '../../../src/agent/access/inherited.js'
import { addKey, listKeys, removeKey } from '../../../src/agent/access/keys.js'
import { fingerprint } from '../../../src/agent/access/public-key.js'
import { rightsOf } from '../../../src/agent/access/session.js'
import { runProgram } from '../../../src/agent/run.js'
import { CallFailed } from '../../../src/contract/failure.js'
import type { Params } from '../../../src/contract/verbs.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'
import { made } from './policy/samples.js'

const keyFolder = testAgent()
after(keyFolder.remove)
const makeKey = (name: string): string => {
  const file = join(keyFolder.folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  return readFileSync(`${file}.pub`, 'utf8').trim()
}
const [KEY, OTHER_KEY] = [makeKey('one'), makeKey('other')]
const SIGNING = `ci-1:${'A'.repeat(43)}=`
const ROUTES = [{ domain: 'example.com', path: '/' }]

let test: TestAgent
let etc: string
let restarts: number
/** What Nix says of its settings. */
let shown: string
const unit = { active: 'active' } as Awaited<ReturnType<TestAgent['agent']['systemd']['unit']>>

beforeEach(() => {
  restarts = 0
  shown = ''
  test = testAgent({
    run: (argv, options) =>
      argv[0] === 'ssh-keygen'
        ? runProgram(argv, options)
        : Promise.resolve(endedWith(0, { stdout: argv[0] === 'nix' ? shown : '' })),
    systemd: {
      unit: async () => unit,
      restart: async () => {
        restarts += 1
        return 'done'
      },
    },
  })
  etc = join(test.folder, 'etc')
  mkdirSync(join(etc, 'nix'), { recursive: true })
  write(access('user'), 'slipway\n')
  mkdirSync(access('home/.ssh'), { recursive: true })
})
afterEach(() => test.remove())

const access = (path: string) => join(test.agent.places.access, path)
const conf = () => readFileSync(join(etc, 'nix/nix.conf'), 'utf8')
const authorized = () => readFileSync(access('home/.ssh/authorized_keys'), 'utf8')
function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

interface Changes extends Partial<Params<'addKey'>> {
  service?: string
  routes?: { domain: string; path: string }[]
}

/** For one service, unless said otherwise. */
function add({ service = 'app', routes = ROUTES, ...changes }: Changes = {}) {
  const services = [{ service, routes }]
  const params = { name: 'ci', key: KEY, services, observe: false, ...changes }
  return addKey(test.agent, params, etc)
}

describe('addKey', () => {
  it('lets a key in for one service, and nothing else', async () => {
    const added = await add()
    assert.deepEqual(added, { fingerprint: fingerprint(KEY), user: 'slipway', changed: true, notes: [] })
    assert.equal(authorized(), `restrict,command="${access('gate')} app ci" ${KEY} slipway:app/ci\n`)
    assert.equal(statSync(access('home/.ssh/authorized_keys')).mode & 0o777, 0o644)
    assert.equal((await add()).changed, false)
    assert.equal((await add({ routes: [] })).changed, true)
    assert.equal(authorized().split('\n').length, 2)
  })

  it('has the fingerprint that ssh-keygen shows', () => {
    const shown = execFileSync('ssh-keygen', ['-l', '-f', join(keyFolder.folder, 'one.pub')], {
      encoding: 'utf8',
    })
    assert.equal(fingerprint(KEY), shown.split(' ')[1])
  })

  for (const [name, changes, line] of [
    ['two keys', { key: `${KEY}\n${KEY}` }, /not one public key of ssh/],
    ['options', { key: `command="/bin/sh" ${KEY}` }, /not one public key of ssh/],
    ['a comment', { key: `${KEY} ci` }, /not one public key of ssh/],
    ['no key of its type', { key: KEY.replace('ssh-ed25519', 'ssh-rsa') }, /not one public key of ssh/],
    ['half a key', { key: KEY.slice(0, -20) }, /not one public key of ssh/],
    ['a certificate', { key: 'ssh-ed25519-cert-v01@openssh.com AAAA' }, /not one public key of ssh/],
    ['a domain of two words', { routes: [{ domain: 'a b', path: '/' }] }, /not a domain and a path/],
    ['a way out', { routes: [{ domain: 'a', path: '/../' }] }, /not a domain and a path: a \/\.\.\//],
    ['half a path', { routes: [{ domain: 'a', path: '/x' }] }, /not a domain and a path/],
    ['a name that is a path', { name: '../x' }, /not the name of a service and a key/],
    ['a service that is an option', { service: '-x' }, /not the name of a service and a key/],
    ['no right', { services: [] }, /without any right/],
    [
      'a service twice',
      { services: [ROUTES, []].map((routes) => ({ service: 'app', routes })) },
      /each service once/,
    ],
  ] as [string, Changes, RegExp][]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(add(changes), line)
      assert.equal(existsSync(access('home/.ssh/authorized_keys')), false)
      assert.equal(existsSync(access('keys')), false)
    })
  }

  it('refuses a key that another service has', async () => {
    await add()
    await assert.rejects(add({ service: 'blog' }), (error: CallFailed) => {
      assert.ok(error.failure.kind === 'failed')
      assert.equal(error.failure.what, 'this host knows that key already, as the key ci of app')
      assert.match(error.failure.next ?? '', /^slipway keys remove HOST ci --service app,/)
      return true
    })
    await assert.rejects(add({ name: 'again' }), /as the key ci of app/)
  })

  it('needs a deploy user', async () => {
    write(access('user'), '')
    await assert.rejects(add(), /this host has no deploy user yet/)
  })

  it('does not overwrite a record of a newer version', async () => {
    const text = '{"version":3,"key":"?"}\n'
    write(access('keys/app/ci.json'), text)
    await assert.rejects(add(), /ci\.json is of a newer slipway/)
    await assert.rejects(add({ name: 'other', key: OTHER_KEY }), /ci\.json is of a newer slipway/)
    assert.equal(readFileSync(access('keys/app/ci.json'), 'utf8'), text)
    assert.equal(existsSync(access('home/.ssh/authorized_keys')), false)
  })

  it('adds several at once, one after the other', async () => {
    await Promise.all([add(), add({ name: 'cd', key: OTHER_KEY })])
    assert.equal(authorized().split('\n').length, 3)
  })
})

describe('the trust that older versions had Nix put in keys', () => {
  const settings = () => join(etc, 'nix/slipway.conf')
  const OURS = `# Written by \`slipway keys\`.\nextra-trusted-public-keys = ${SIGNING}\n`
  const TOLD = [
    {
      kind: 'change',
      text: "take out the trust in keys that sign packages: extra-trusted-public-keys of slipway's in /etc/nix",
    },
  ]
  const before = (text = OURS) => {
    const real = join(test.folder, 'real.conf')
    writeFileSync(real, `sandbox = true\n!include ${settings()}\naccess-tokens = x\n`, { mode: 0o600 })
    symlinkSync(real, join(etc, 'nix/nix.conf'))
    write(settings(), text)
    return real
  }

  it('is taken out when a key is added; nix.conf keeps its mode and the link that it is', async () => {
    const real = before()
    assert.deepEqual((await add()).notes, TOLD)
    assert.equal(existsSync(settings()), false)
    assert.equal(conf(), 'sandbox = true\naccess-tokens = x\n')
    assert.equal(readlinkSync(join(etc, 'nix/nix.conf')), real)
    assert.equal(statSync(real).mode & 0o777, 0o600)
    assert.equal(restarts, 1)
    assert.deepEqual((await add({ routes: [] })).notes, [])
    assert.equal(restarts, 1)
  })

  it('is taken out when one is removed, and what somebody added beside it stays', async () => {
    await add()
    before(`${OURS}cores = 2\n`)
    assert.deepEqual((await removeKey(test.agent, { service: 'app', name: 'ci' }, etc)).notes, TOLD)
    assert.equal(readFileSync(settings(), 'utf8'), 'cores = 2\n')
    assert.match(conf(), /!include/)
  })

  it('is nowhere where there was none', async () => {
    await add()
    assert.deepEqual(readdirSync(join(etc, 'nix')), [])
    assert.equal(restarts, 0)
  })

  it('is the owner’s to take out on NixOS, as long as it is declared', async () => {
    write(join(etc, 'NIXOS'), '')
    write(access('keys/app/old'), `key=${OTHER_KEY}\nsigning=${SIGNING}\n`)
    shown = `trusted-public-keys = cache.nixos.org-1:x ${SIGNING}\n`
    const { notes } = await add()
    assert.deepEqual(notes, [
      {
        kind: 'manual',
        text: `take out of the NixOS configuration, and switch to it: nix.settings.trusted-public-keys = [ "${SIGNING}" ]; whoever has such a key can be root`,
      },
    ])
    assert.deepEqual(readdirSync(join(etc, 'nix')), [])
    shown = 'trusted-public-keys = cache.nixos.org-1:x\n'
    assert.deepEqual((await add({ routes: [] })).notes, [])
  })
})

describe('Nix that trusts the deploy user', () => {
  it('keeps keys from being added', async () => {
    shown = 'trusted-users = root slipway\n'
    await assert.rejects(add(), /Nix trusts the deploy user slipway with everything/)
    assert.equal(existsSync(access('keys')), false)
  })
})

describe('records of 0.1', () => {
  const OLD = `key=${'KEY'}\nroute=example.com /forum/\nroute=www.example.com /\nsigning=${SIGNING}\n`
  beforeEach(() => {
    write(access('keys/app/old'), OLD.replace('KEY', KEY))
    utimesSync(access('keys/app/old'), 1000, 1000)
    // What a `keys add` that was killed has left.
    write(access('keys/app/old.new.123'), 'key=x\n')
  })

  it('are read', async () => {
    assert.deepEqual(await listKeys(test.agent), {
      user: 'slipway',
      keys: [
        {
          ...{ service: 'app', name: 'old', fingerprint: fingerprint(KEY), added: 1000 },
          services: [{ service: 'app', routes: ['example.com/forum/', 'www.example.com/'] }],
          observe: false,
        },
      ],
    })
  })

  it('are of today after the first change', async () => {
    const before = await listKeys(test.agent)
    await add({ service: 'blog', key: OTHER_KEY })
    assert.deepEqual(readdirSync(access('keys/app')), ['old.json', 'old.new.123'])
    assert.deepEqual((await listKeys(test.agent)).keys[0], before.keys[0])
    assert.match(authorized(), /gate app old" /)
  })

  it('can be removed', async () => {
    await removeKey(test.agent, { service: 'app', name: 'old' }, etc)
    assert.deepEqual((await listKeys(test.agent)).keys, [])
    assert.equal(authorized(), '')
  })
})

describe('removeKey', () => {
  it('ends the access of one key', async () => {
    await add()
    await add({ name: 'cd', key: OTHER_KEY })
    assert.deepEqual(await rightsOf(test.agent, { service: 'app', name: 'ci' }), {
      service: 'app',
      name: 'ci',
      services: [{ service: 'app', routes: ROUTES }],
      observe: false,
    })
    await removeKey(test.agent, { service: 'app', name: 'ci' }, etc)
    assert.match(authorized(), /^restrict,command="\S+ app cd" [^\n]+\n$/)
    await assert.rejects(rightsOf(test.agent, { service: 'app', name: 'ci' }), (error: CallFailed) => {
      assert.deepEqual(error.failure, { kind: 'refused', reasons: ['this key is no longer authorised'] })
      return true
    })
    await assert.rejects(rightsOf(test.agent, { service: '..', name: 'user' }), CallFailed)
    await removeKey(test.agent, { service: 'app', name: 'cd' }, etc)
    assert.deepEqual(readdirSync(access('keys')), [])
    await assert.rejects(
      removeKey(test.agent, { service: 'app', name: 'cd' }, etc),
      /the host has no key cd of app/,
    )
  })

  it('says which keys of that name there are', async () => {
    await add()
    await assert.rejects(removeKey(test.agent, { service: null, name: 'ci' }, etc), (error: CallFailed) => {
      assert.ok(error.failure.kind === 'failed')
      assert.equal(error.failure.what, 'the host has no key ci')
      assert.equal(error.failure.why, 'It has the key ci of app.')
      return true
    })
  })
})

describe('a key that is granted more by name', () => {
  const services = ['app', 'blog'].map((service) => ({ service, routes: ROUTES }))

  it('is one entry, beside the keys of single services', async () => {
    await add({ name: 'server', services, observe: true })
    await add({ name: 'server', key: OTHER_KEY })
    assert.equal(
      authorized(),
      [
        `restrict,command="${access('gate')} - server" ${KEY} slipway:-/server\n`,
        `restrict,command="${access('gate')} app server" ${OTHER_KEY} slipway:app/server\n`,
      ].join(''),
    )
    const { keys } = await listKeys(test.agent)
    assert.deepEqual(
      keys.map(({ service, observe, services: granted }) => [service, observe, granted.length]),
      [
        [null, true, 2],
        ['app', false, 1],
      ],
    )
    const rights = await rightsOf(test.agent, { service: null, name: 'server' })
    assert.deepEqual(rights, { service: null, name: 'server', services, observe: true })
    await removeKey(test.agent, { service: null, name: 'server' }, etc)
    assert.match(authorized(), /^restrict,command="\S+ app server" [^\n]+\n$/)
  })

  it('may look at a host, and deploy nothing there', async () => {
    await add({ name: 'eyes', services: [], observe: true })
    assert.match(authorized(), / - eyes" /)
    assert.equal((await add({ name: 'eyes', services: [], observe: true })).changed, false)
  })

  it('is not also one of a single service', async () => {
    await add()
    await assert.rejects(add({ services }), /as the key ci of app/)
  })
})

describe('records of an agent before this one', () => {
  it('are of one service, the one of their folder', async () => {
    const record = { version: 1, key: KEY, routes: ROUTES, signing: null, added: 7 }
    write(access('keys/app/ci.json'), JSON.stringify(record))
    const rights = await rightsOf(test.agent, { service: 'app', name: 'ci' })
    assert.deepEqual(rights.services, [{ service: 'app', routes: ROUTES }])
    // One in another place would be of no service.
    write(access('keys/ci.json'), JSON.stringify(record))
    await assert.rejects(rightsOf(test.agent, { service: null, name: 'ci' }), /is no record of a key/)
  })
})

describe('what keys inherit', () => {
  it('is what an administrator has deployed', async () => {
    assert.equal(await readInherited(test.agent, 'web'), null)
    // What 0.1 has left there.
    write(join(test.agent.places.service('web'), 'approved/web@.service'), 'User=root')
    assert.equal(await readInherited(test.agent, 'web'), null)
    await keepInherited(test.agent, 'web', made())
    assert.deepEqual(await readInherited(test.agent, 'web'), JSON.parse(JSON.stringify(made())))
    write(join(test.agent.places.service('web'), 'approved/release.json'), '{"format":3}')
    await assert.rejects(
      readInherited(test.agent, 'web'),
      /what an administrator has deployed of web can't be read/,
    )
  })
})
