import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { building, fetching } from '../../../src/agent/realise/commands.js'
import { findPackage } from '../../../src/agent/realise/realise.js'
import type { Params } from '../../../src/contract/verbs.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const KEY = { service: 'app', name: 'ci' }
const SETTINGS = 'sandbox = true\nbuild-users-group = nixbld\nrequire-sigs = true\ntrusted-users = root\n'
const PACKAGE = `/nix/store/${'a'.repeat(32)}-app`

let test: TestAgent
/** What Nix of the host says. */
let nix: { settings: string; valid: string[]; plan: string; info: string; signed: boolean }
/** Derivations lie in a folder of the test's: only their paths matter. */
let drv: string
let fixed: string

beforeEach(() => {
  nix = {
    settings: SETTINGS,
    valid: [],
    plan: "don't know how to build these paths:\n  x\n",
    info: '{}',
    signed: false,
  }
  test = testAgent({
    run: async (argv) => {
      const line = argv.join(' ')
      if (line.includes('show-config')) return endedWith(0, { stdout: nix.settings })
      if (argv[0] === 'id') return endedWith(0, { stdout: 'slipway nix-users\n' })
      if (line.includes('--check-validity')) {
        return nix.valid.includes(argv.at(-1) ?? '')
          ? endedWith(0)
          : endedWith(1, { stderr: 'path is not valid' })
      }
      if (line.includes('--dry-run')) return endedWith(0, { stderr: nix.plan })
      if (line.includes('path-info')) return endedWith(0, { stdout: nix.info })
      if (line.includes('verify')) return endedWith(nix.signed ? 0 : 1)
      return endedWith(0)
    },
  })
  drv = join(test.folder, 'app.drv')
  fixed = join(test.folder, 'source.drv')
  writeFileSync(drv, `Derive([("dev","/nix/store/dev","",""),("out","${PACKAGE}","","")],[],[],"","",[],[])`)
  writeFileSync(fixed, 'Derive([("out","/nix/store/source","sha256","ab")],[],[],"","",[],[])')
  mkdirSync(test.agent.places.access, { recursive: true })
  writeFileSync(join(test.agent.places.access, 'user'), 'slipway\n')
})
afterEach(() => test.remove())

const find = (changes: Partial<Params<'realise'>> = {}) =>
  findPackage(test.agent, KEY, {
    service: 'app',
    package: PACKAGE,
    derivation: drv,
    mayWork: true,
    ...changes,
  })

describe('a package that a key names', () => {
  it('needs its derivation where no cache has it', async () => {
    assert.deepEqual(await find(), { state: 'needs', paths: [drv], outputs: [] })
    assert.deepEqual(await find({ derivation: null }), { state: 'needs', paths: [PACKAGE], outputs: [] })
  })

  it('audit 15: is asked about within bounds, as root then reads what was sent', async () => {
    nix.valid = [drv]
    await find()
    assert.ok(test.ran.some((line) => /^prlimit --data=\d+ -- nix-store --realise --dry-run /.test(line)))
  })

  it('is fetched where a cache has it: nothing is sent', async () => {
    nix.plan = `this path will be fetched (0.1 MiB download, 0.1 MiB unpacked):\n  ${PACKAGE}\n`
    assert.deepEqual(await find(), { state: 'work', works: fetching([PACKAGE]) })
    assert.deepEqual(await find({ mayWork: false }), { state: 'missing' })
  })

  it('is fetched and built from its derivation', async () => {
    nix.valid = [drv]
    nix.plan = `this derivation will be built:\n  ${drv}\nthis path will be fetched (1 MiB download, 1 MiB unpacked):\n  /nix/store/c\n`
    assert.deepEqual(await find(), {
      state: 'work',
      works: [...fetching(['/nix/store/c']), building(`${drv}!out`)],
    })
  })

  it('needs what is of known content, which no build fetches', async () => {
    nix.valid = [drv]
    nix.plan = `these 2 derivations will be built:\n  ${drv}\n  ${fixed}\n`
    assert.deepEqual(await find(), { state: 'needs', paths: [], outputs: [fixed] })
  })

  it('is refused where its derivation makes something else, whether it is there or not', async () => {
    for (const valid of [[drv], [drv, '/nix/store/other']]) {
      nix.valid = valid
      await assert.rejects(find({ package: '/nix/store/other' }), /is not what .*app\.drv makes/)
    }
  })

  it('is there with its derivation, and kept from the collector', async () => {
    nix.valid = [drv, PACKAGE]
    assert.deepEqual(await find({ mayWork: false }), { state: 'there' })
    const link = join(test.agent.places.access, 'realised/app/ci')
    assert.equal(test.ran.at(-1), `nix-store --realise ${PACKAGE} --add-root ${link} --indirect`)
  })

  it('is not there for a key that can’t show its derivation, when it is another’s', async () => {
    nix.valid = [PACKAGE]
    assert.deepEqual(await find(), { state: 'needs', paths: [drv], outputs: [] })
    const package2 = join(test.agent.places.release('blog', 1), 'package')
    mkdirSync(dirname(package2), { recursive: true })
    symlinkSync(PACKAGE, package2)
    assert.equal((await find({ derivation: null })).state, 'needs')
    nix.signed = true
    assert.deepEqual(await find({ derivation: null }), { state: 'there' })
  })

  for (const [settings, what] of [
    [SETTINGS.replace('sandbox = true', 'sandbox = false'), /builds without a sandbox/],
    [SETTINGS.replace('= nixbld', '='), /builds as root/],
  ] as const) {
    it(`is not built ${what.source.replace('builds ', '')}, but may be fetched`, async () => {
      nix.settings = settings
      nix.valid = [drv]
      nix.plan = `this derivation will be built:\n  ${drv}\n`
      await assert.rejects(find(), what)
      nix.plan = `this path will be fetched (1 MiB download, 1 MiB unpacked):\n  ${PACKAGE}\n`
      assert.equal((await find()).state, 'work')
    })
  }

  it('is not got where there is no room', async () => {
    nix.plan = `this path will be fetched (1 TiB download, 900.0 TiB unpacked):\n  ${PACKAGE}\n`
    await assert.rejects(find(), /there is no room for the package/)
  })

  it('is not got where Nix would take anything from the deploy user', async () => {
    nix.settings = SETTINGS.replace('trusted-users = root', 'trusted-users = @nix-users')
    await assert.rejects(find(), /trusts the deploy user slipway/)
  })

  it('is not taken for missing where Nix does not work', async () => {
    const { agent } = testAgent({
      run: async (argv) =>
        argv.includes('--check-validity') ? endedWith(1, { stderr: 'database is locked' }) : endedWith(0),
    })
    const params = { service: 'app', package: PACKAGE, derivation: null, mayWork: true }
    await assert.rejects(findPackage(agent, KEY, params), /is not known/)
  })
})
