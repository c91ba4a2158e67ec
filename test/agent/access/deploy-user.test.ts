import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { deployUser, prepareUser } from '../../../src/agent/access/deploy-user.js'
import { gateText } from '../../../src/agent/access/gate.js'
import type { Ended } from '../../../src/agent/run.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

let test: TestAgent
let etc: string
let host: { users: string[]; nixUsers: boolean; groups: string; visudo: Ended; sudo: boolean }

beforeEach(() => {
  host = { users: [], nixUsers: true, groups: 'slipway', visudo: endedWith(0), sudo: true }
  test = testAgent({ run: async (argv) => answer(argv) })
  etc = join(test.folder, 'etc')
  mkdirSync(join(etc, 'sudoers.d'), { recursive: true })
})
afterEach(() => test.remove())

function answer([program = '', ...args]: readonly string[]): Ended {
  const found = (is: boolean) => endedWith(is ? 0 : 2)
  switch (program) {
    case 'getent':
      return found(args[0] === 'group' ? host.nixUsers : host.users.includes(args[1] ?? ''))
    case 'useradd':
      host.users.push(args.at(-1) ?? '')
      return endedWith(0)
    case 'usermod':
      if (args[0] === '-aG') host.groups += ` ${args[1]}`
      return endedWith(0)
    case 'id':
      return endedWith(0, { stdout: `${host.groups}\n` })
    case 'visudo':
      return args[0] === '-V' ? endedWith(host.sudo ? 0 : 127) : host.visudo
    default:
      return endedWith(127)
  }
}

const prepare = async (dry = false, name = 'slipway') =>
  (await prepareUser(test.agent, name, dry, etc)).map(({ kind, text }) => `${kind}: ${text}`)
const gate = () => join(test.agent.places.access, 'gate')
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)

const changes = () => [
  `change: let slipway deploy, through ${gate()}`,
  'change: make the user slipway: no password, no rights but to deploy',
  "change: let slipway talk to Nix's daemon",
  `change: let sudo run ${gate()} for slipway, and nothing else`,
]

describe('prepareUser', () => {
  it('makes a user who may do nothing but run the gate', async () => {
    assert.deepEqual(await prepare(), changes())
    const { access, agents } = test.agent.places
    assert.equal(readFileSync(gate(), 'utf8'), gateText(agents))
    assert.equal(mode(gate()), '755')
    for (const folder of ['', 'keys', 'home', 'home/.ssh']) assert.equal(mode(join(access, folder)), '755')
    assert.equal(await deployUser(test.agent), 'slipway')
    const rules = join(etc, 'sudoers.d/slipway-slipway')
    assert.equal(
      readFileSync(rules, 'utf8'),
      `# Written by \`slipway setup --deploy-user\`.\nslipway ALL=(root) NOPASSWD: ${gate()}\n`,
    )
    assert.equal(mode(rules), '440')
    assert.ok(test.ran.includes(`visudo -cqf ${rules}.new`))
    assert.ok(test.ran.includes('usermod -p * slipway'))
    assert.ok(
      test.ran.some((line) =>
        /^useradd --system --user-group --no-create-home .*--shell \/bin\/sh/.test(line),
      ),
    )
  })

  it('audit 34: bounds what all logins of keys together can take, where sshd goes by it', async () => {
    mkdirSync(join(etc, 'security/limits.d'), { recursive: true })
    assert.ok((await prepare()).includes('change: let slipway have 1024 processes and threads'))
    const limits = join(etc, 'security/limits.d/slipway.conf')
    const text = '# Written by `slipway setup --deploy-user`.\nslipway - nproc 1024\n'
    assert.equal(readFileSync(limits, 'utf8'), text)
    host.users.push('slipway')
    assert.deepEqual(await prepare(), [])
  })

  it('changes nothing that is right already', async () => {
    await prepare()
    test.ran.length = 0
    assert.deepEqual(await prepare(), [])
    assert.deepEqual(
      test.ran.filter((line) => /^user(add|mod)/.test(line)),
      [],
    )
  })

  it('brings the gate, and the records of keys, up to date', async () => {
    await prepare()
    writeFileSync(gate(), '#!/bin/sh\n')
    mkdirSync(join(test.agent.places.access, 'keys/app'))
    writeFileSync(join(test.agent.places.access, 'keys/app/ci'), 'key=ssh-ed25519 AAAA\n')
    assert.deepEqual(await prepare(), changes().slice(0, 1))
    assert.deepEqual(readdirSync(join(test.agent.places.access, 'keys/app')), ['ci.json'])
  })

  it('says what it would do, and does nothing of it', async () => {
    assert.deepEqual(await prepare(true), changes())
    assert.equal(existsSync(test.agent.places.access), false)
    assert.deepEqual(host.users, [])
    assert.deepEqual(readdirSync(join(etc, 'sudoers.d')), [])
  })

  it('needs no group where the host has none', async () => {
    host.nixUsers = false
    assert.equal((await prepare()).length, 3)
  })

  it('takes nobody else’s user, and no second one', async () => {
    host.users = ['slipway']
    await assert.rejects(
      prepare(),
      /the host already has a user slipway that slipway did not make; choose another name/,
    )
    host.users = []
    await prepare()
    await assert.rejects(prepare(false, 'deployer'), /the deploy user of this host is slipway/)
  })

  for (const name of ['', 'Root', '-x', '1a', 'a b', 'a:b', 'a\n']) {
    it(`refuses the name ${JSON.stringify(name)}`, () =>
      assert.rejects(prepare(false, name), /not a name for a user/))
  }

  it('lets no rule lie there that sudo does not understand', async () => {
    host.visudo = endedWith(1, { stderr: 'syntax error\n' })
    await assert.rejects(
      prepare(),
      /sudo does not understand the rule for the deploy user; nothing was changed/,
    )
    assert.deepEqual(readdirSync(join(etc, 'sudoers.d')), [])
  })

  it('says where sudo is missing', async () => {
    host.sudo = false
    assert.deepEqual((await prepare()).slice(3), [
      `manual: install sudo, then run setup again: slipway becomes root through it, for ${gate()} alone`,
    ])
  })

  it('does not take a tool that fails for a user that is missing', async () => {
    const broken = testAgent({ run: async () => endedWith(3, { stderr: 'no database' }) })
    await assert.rejects(
      prepareUser(broken.agent, 'slipway', false, etc),
      /`getent passwd slipway` failed: no database/,
    )
    broken.remove()
  })
})

describe('prepareUser on NixOS', () => {
  beforeEach(() => writeFileSync(join(etc, 'NIXOS'), ''))

  it('says which lines the configuration needs, until the user is there', async () => {
    const [change, manual, ...others] = await prepare()
    assert.equal(change, changes()[0])
    assert.match(
      manual ?? '',
      /^manual: add to the NixOS configuration, and switch to it:\n {2}users\.groups\.slipway = \{ \};\n/,
    )
    assert.match(manual ?? '', /security\.sudo\.extraRules = .*access\/gate"; options = \[ "NOPASSWD" \]/)
    assert.deepEqual(others, [])
    host.users = ['slipway']
    assert.deepEqual(await prepare(), [])
    assert.deepEqual(readdirSync(join(etc, 'sudoers.d')), [])
  })
})
