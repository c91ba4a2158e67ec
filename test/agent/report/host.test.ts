import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { hostFacts } from '../../../src/agent/report/host.js'
import { createNixFacts } from '../../../src/agent/report/nix-facts.js'
import { onPath } from '../../../src/agent/report/on-path.js'
import { osIn, osRelease } from '../../../src/agent/report/os-release.js'
import type { RunProgram } from '../../../src/agent/run.js'
import { hostFactsSchema } from '../../../src/contract/report.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
beforeEach(() => {
  host = testAgent()
})
afterEach(() => host.remove())

/** An executable file. */
function program(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), '', { mode: 0o755 })
  return join(folder, name)
}

describe('osIn', () => {
  const cases: [string, string, string, string][] = [
    ['Debian', 'PRETTY_NAME="Debian GNU/Linux 13"\nID=debian\nVERSION_ID="13"\n', 'debian', '13'],
    ['NixOS', 'ID=nixos\nVERSION_ID=\'25.05\'\nLOGO="nix-snowflake"\n', 'nixos', '25.05'],
    ['one without a version', 'ID=arch\n# VERSION_ID=1\n', 'arch', ''],
    ['escaped characters', 'ID="a\\"b"\n', 'a"b', ''],
    ['nothing', '', 'linux', ''],
  ]
  for (const [name, text, id, version] of cases) {
    it(`reads ${name}`, () => assert.deepEqual(osIn(text), { id, version }))
  }
  it('reads the first file that is there', async () => {
    const second = join(host.folder, 'second')
    writeFileSync(second, 'ID=debian\n')
    assert.equal((await osRelease([join(host.folder, 'first'), second])).id, 'debian')
  })
})

describe('onPath', () => {
  it('finds the first that can be run', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => join(host.folder, name)) as [
      string,
      string,
      string,
    ]
    mkdirSync(join(one, 'lego'), { recursive: true })
    const at = program(two, 'lego')
    program(three, 'lego')
    assert.equal(await onPath('lego', `${host.folder}/none:${one}:${two}:${three}`), at)
    chmodSync(at, 0o644)
    assert.equal(await onPath('lego', two), undefined)
  })
})

describe('nixFacts', () => {
  const answers: RunProgram = async (argv) =>
    argv[1] === '--version'
      ? endedWith(0, { stdout: 'nix-store (Nix) 2.26.3\n' })
      : endedWith(0, { stdout: 'cores = 0\nexperimental-features = flakes nix-command\n' })
  const nix = (run: RunProgram = answers) => {
    host.remove()
    host = testAgent({ run })
    const bin = join(host.folder, 'bin')
    return { at: program(bin, 'nix-store'), facts: createNixFacts(host.agent, bin) }
  }

  it('asks a program for its version once', async () => {
    const { at, facts } = nix()
    const expected = { nix: '2.26.3', nixStore: at, nixFeatures: '' }
    assert.deepEqual(await facts(false), expected)
    assert.deepEqual(await facts(false), expected)
    assert.deepEqual(host.ran, [`${at} --version`])
    utimesSync(at, 1, 1)
    await facts(false)
    assert.equal(host.ran.length, 2)
  })

  it('tells features where it is asked for them', async () => {
    const { facts } = nix()
    assert.equal((await facts(true)).nixFeatures, 'flakes nix-command')
  })

  it('knows that there is none', async () => {
    assert.deepEqual(await createNixFacts(host.agent, host.folder)(true), {
      nix: null,
      nixStore: null,
      nixFeatures: '',
    })
    assert.deepEqual(host.ran, [])
  })

  it('does not take one that fails for none', async () => {
    const { at, facts } = nix(async () =>
      endedWith(1, { stderr: "error: syntax error in '/etc/nix/nix.conf'\n" }),
    )
    await assert.rejects(facts(false), {
      message: `${at} --version failed: error: syntax error in '/etc/nix/nix.conf'`,
    })
  })
})

describe('hostFacts', () => {
  const nix = { nix: null, nixStore: null, nixFeatures: '' }
  const nginx = {
    version: '1.26.3',
    running: true,
    valid: false,
    error: 'no such directive',
    includes: true,
    domains: ['a.example.test'],
    group: 'www-data',
    namesHash: false,
    defaultServer: null,
    brotli: false,
  }
  const facts = async () => {
    host.remove()
    host = testAgent({ systemd: { version: async () => 257, unitPath: async () => ['/etc/systemd/system'] } })
    return host.agent
  }

  it('tells what a host is and has', async () => {
    const agent = await facts()
    const login = { became: false, only: null }
    const found = await hostFacts(agent, { agent: null, login, nix, nginx })
    hostFactsSchema.parse(found)
    assert.deepEqual(
      [
        found.name,
        found.systemd,
        found.nginx,
        found.nginxValid,
        found.nginxError,
        found.prepared,
        found.legacy,
      ],
      [hostname(), 257, '1.26.3', false, 'no such directive', false, false],
    )
    assert.ok(found.freeStoreKb > 0 && found.freeVarKb > 0)
    assert.ok(Math.abs(found.time - Date.now() / 1000) < 5)
    assert.deepEqual(host.ran, [])
  })

  it('knows a host that is prepared, and one of the shell program', async () => {
    const agent = await facts()
    symlinkSync('nginx-trees/x', agent.places.nginx)
    const release = join(agent.places.service('web'), 'current/release')
    mkdirSync(release, { recursive: true })
    writeFileSync(join(release, 'spec'), '')
    const login = { became: true, only: null }
    const found = await hostFacts(agent, { agent: null, login, nix, nginx })
    assert.deepEqual([found.prepared, found.legacy, found.became, found.key], [true, true, true, null])
  })
})
