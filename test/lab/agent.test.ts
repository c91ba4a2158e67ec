import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { resolveHost } from '../../src/config/resolve.js'
import { bringNode } from '../../src/engine/agent-node.js'
import { createEngine } from '../../src/engine/engine.js'
import { upgradeAgent } from '../../src/engine/upgrade.js'
import { SlipwayError } from '../../src/errors.js'
import { packageVersion } from '../../src/package-root.js'
import { agentUnitDir } from '../../src/plan/bare-host.js'
import type { AgentBundle } from '../../src/remote/agent-bundle.js'
import { bootstrapFacts, installAgent } from '../../src/remote/bootstrap.js'
import { type Connection, connect } from '../../src/remote/connection.js'
import { bundleHash } from '../../src/wire/bundle-hash.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { LAB_ENV, NIXPKGS } from './project.js'

const MAIN = fileURLToPath(new URL('../../src/agent/main.ts', import.meta.url))

/** The agent as it is bundled for hosts. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [MAIN], bundle: true, platform: 'node', target: 'node20.19', format: 'cjs' },
    ...{ minify: true, write: false, define: { SLIPWAY_VERSION: JSON.stringify(packageVersion()) } },
  })
  return outputFiles?.[0]?.text ?? ''
}

function named(text: string): AgentBundle {
  const bytes = Buffer.from(text)
  return { path: '', bytes, hash: bundleHash(bytes) }
}

describe('the agent on a host', () => {
  const after = cleanups()
  const engine = createEngine({
    signal: new AbortController().signal,
    tell: () => undefined,
    ask: (async () => undefined) as never,
  })
  let lab: LabHost
  let connection: Connection
  let versions: AgentBundle[]
  let node: string

  const version = (index: number) => versions[index] as AgentBundle
  const host = resolveHost('t-agent', { ssh: 'rehearse:t-agent' })
  const reconnect = async () => {
    connection = await connect(host)
    after(async () => connection.close())
  }
  const facts = () => bootstrapFacts({ connection })
  const install = async (given: AgentBundle, withNode?: string) =>
    installAgent({ connection }, { bundle: given, node: withNode, unitDir: agentUnitDir(await facts()) })
  const current = async () => (await lab.run('readlink /var/lib/slipway/agent/current')).trim()
  /** What is on trial has begun to answer before its trial is over. */
  const swapEnded = () =>
    lab.run('while [ "$(systemctl is-active slipway-agent-swap)" = active ]; do sleep 0.1; done')
  const present = async () =>
    (await lab.run('ls /var/lib/slipway/agent | grep -E "^[0-9a-f]{16}$"')).split('\n')
  before(async () => {
    Object.assign(process.env, LAB_ENV)
    lab = await labHost('t-agent', after)
    await reconnect()
    const text = await bundle()
    versions = [0, 1, 2, 3].map((index) => named(`${text}// version ${index}\n`))
  })

  it('is not there at first', async () => {
    const { agent, prepared } = await facts()
    assert.deepEqual(
      [agent.bundle, agent.node, agent.unit, agent.active, prepared],
      [null, null, null, false, false],
    )
  })

  it('runs with a Node that is built here and copied', async () => {
    const wanted = { host, facts: await facts(), overrides: { nixpkgs: `path:${NIXPKGS}` } }
    node = await bringNode(engine, connection, wanted)
    assert.match(await lab.run(`${node}/bin/node --version`), /^v2\d\./)
  })

  it('leaves nothing that runs where the first one does not start', async () => {
    const refused = install(named('console.error("cannot start"); process.exit(1)\n'), node)
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof SlipwayError)
      assert.equal(error.parts.what, "slipway's agent does not start on t-agent")
      assert.match(error.parts.why ?? '', /cannot start/)
      return true
    })
    const { agent } = await facts()
    assert.deepEqual([agent.bundle, agent.unit, agent.active], [null, null, false])
    assert.equal(await lab.run('ls /etc/systemd/system | grep slipway-agent || true'), '')
  })

  it('is installed, and kept from the collector', async () => {
    await install(version(0), node)
    const { agent } = await facts()
    const { unit, active, bundle: hash, version: said, rooted } = agent
    assert.deepEqual(
      { unit, active, hash, said, rooted },
      {
        unit: '/etc/systemd/system/slipway-agent.service',
        active: true,
        hash: version(0).hash,
        said: packageVersion(),
        rooted: true,
      },
    )
    await lab.run('nix-store --gc')
    assert.equal(await lab.run(`/var/lib/slipway/agent/node/bin/node -p 40+2`), '42')
  })

  it('goes on where one that replaces it does not start', async () => {
    await assert.rejects(install(named('process.exit(1)\n')), SlipwayError)
    const { agent } = await facts()
    assert.deepEqual([agent.bundle, agent.active], [version(0).hash, true])
  })

  it('gives way to another version, which keeps the one before', async () => {
    for (const [index, kept] of [
      [1, [0, 1]],
      [2, [1, 2]],
    ] as const) {
      await upgradeAgent(engine, host, version(index))
      await swapEnded()
      assert.equal(await current(), version(index).hash)
      assert.deepEqual(await present(), kept.map((at) => version(at).hash).sort())
      assert.match(
        await lab.run('tr "\\0" " " </proc/$(systemctl show -P MainPID slipway-agent)/cmdline'),
        new RegExp(`agent/${version(index).hash}/agent.cjs serve`),
      )
    }
    assert.equal(await lab.run('ls /run/systemd/system/slipway-agent.service.d'), '')
  })

  for (const [what, text, why] of [
    ['exits', 'console.error("broken"); process.exit(3)', /systemd says failed\n.*broken/s],
    [
      'never becomes ready',
      'console.error("stuck"); setInterval(() => {}, 1000)',
      /systemd says (failed|timeout)/,
    ],
    [
      'ends once it is ready',
      'require("node:child_process").execSync("systemd-notify --ready"); setTimeout(() => process.exit(), 500)',
      /it became ready, and ended soon after/,
    ],
  ] as const) {
    it(`comes back where another version ${what}`, async () => {
      const broken = named(`${text}\n`)
      await assert.rejects(upgradeAgent(engine, host, broken), (error) => {
        assert.ok(error instanceof SlipwayError)
        assert.equal(error.parts.what, "the new version of slipway's agent does not run on t-agent")
        assert.match(error.parts.why ?? '', why)
        return true
      })
      await swapEnded()
      assert.equal(await current(), version(2).hash)
      assert.deepEqual(await present(), [version(1).hash, version(2).hash].sort())
      assert.equal((await facts()).agent.active, true)
    })
  }

  it('starts as before after a power cut while another version is on trial', async () => {
    const stopped = new AbortController()
    const brings = { ...engine, signal: stopped.signal }
    const brought = assert.rejects(upgradeAgent(brings, host, named('setInterval(() => {}, 1000)\n')))
    await lab.run('until systemctl show -P ActiveState slipway-agent | grep activating; do sleep 0.1; done')
    stopped.abort()
    await brought
    connection.close()
    await lab.powerOff()
    await lab.boot()
    await lab.reachable()
    await reconnect()
    await lab.run('systemctl is-system-running --wait || true')
    const { agent } = await facts()
    assert.deepEqual([agent.bundle, agent.active], [version(2).hash, true])
  })

  it('holds up nothing at boot where it does not start', async () => {
    await lab.run('mv /var/lib/slipway/agent/node /var/lib/slipway/agent/away')
    connection.close()
    await lab.powerOff()
    await lab.boot()
    await lab.reachable()
    await lab.run('systemctl is-system-running --wait || true')
    assert.equal(await lab.run('systemctl is-active nginx multi-user.target'), 'active\nactive')
    await lab.run('mv /var/lib/slipway/agent/away /var/lib/slipway/agent/node')
    await lab.run(
      'for i in $(seq 60); do systemctl -q is-active slipway-agent && exit; sleep 1; done; exit 1',
    )
  })
})
