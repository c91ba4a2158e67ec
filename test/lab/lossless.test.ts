import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertAnsweredBy, assertNothingLost, reportText, startLoad } from '../load/index.js'
import { labHost } from './host.js'
import { appConfig, appProject } from './project.js'

/** How long nothing happens after each switch. */
const PHASE_MS = 500
const FULL = process.env.SLIPWAY_TEST === 'full'
const DEPLOYS = FULL ? 20 : 5
const ROLLBACKS = FULL ? 5 : 2
const FAILURES = FULL ? 5 : 2
/** Longer than the slowest request of the load, so that none is cut by it. */
const DRAIN = '6s'

/** How a program listens, as the config has it. */
const MODES = {
  port: `'port'`,
  unix: `'unix'`,
  socket: `'socket'`,
  fixed: '{ port: 4000 }',
  network: `{ port: 4000, network: 'own' }`,
}

/** Every kind of traffic; bounded, so that the machine has time for the deploys it is about. */
const KINDS = {
  keepAlive: { workers: 20, rate: 200 },
  fresh: { workers: 5, rate: 25 },
  slow: { workers: 2, for: 5000 },
  upload: { workers: 1, rate: 0.1, bytes: 50_000_000, for: 2000 },
  webSocket: { workers: 3, every: 500 },
  events: { workers: 3, every: 500 },
}

describe('no request fails', { concurrency: true }, () => {
  for (const [mode, listen] of Object.entries(MODES)) {
    it(mode, (t) => underLoad(t, mode, listen))
  }
})

async function underLoad(t: TestContext, mode: string, listen: string): Promise<void> {
  const after = (clean: () => Promise<void>) => t.after(clean)
  const name = `t-less-${mode}`
  const options = (env: string, timeout = '10s') =>
    `listen: ${listen}, health: { path: '/health', timeout: '${timeout}' }, routes: ['http://app.example.test'], ` +
    `drain: '${DRAIN}', env: { ${env} }`
  const host = await labHost(name, after)
  const app = await appProject(name, after, options(`RELEASE: 'r0'`))
  const deploy = async (release: string, env = '', timeout?: string) => {
    await app.write('slipway.config.ts', appConfig(name, options(`RELEASE: '${release}'${env}`, timeout)))
    return app.slipway('deploy', '--wait')
  }
  assert.equal((await app.slipway('setup', 'web')).code, 0)
  const first = await deploy('r0')
  assert.equal(first.code, 0, first.text)

  const load = await startLoad({ address: host.address, domain: 'app.example.test', kinds: KINDS })
  after(async () => {
    await load.stop().catch(() => undefined)
  })
  const phases = new Map<string, string>()
  /** From here on, only this release may answer what is sent. */
  const only = async (release: string) => {
    const label = `phase ${phases.size}: only ${release}`
    phases.set(label, release)
    await load.mark(label)
    // Long enough for answers to come.
    await sleep(PHASE_MS)
  }
  const becomes = async (release: string, work: Promise<{ code: number; text: string }>) => {
    const { code, text } = await work
    assert.equal(code, 0, text)
    await only(release)
  }

  await only('r0')
  for (let count = 1; count <= DEPLOYS; count += 1) {
    await load.mark(`deploy ${count}`)
    await becomes(`r${count}`, deploy(`r${count}`))
  }
  for (let count = 1; count <= FAILURES; count += 1) {
    const { code, text } = await deploy(`bad${count}`, `, HEALTH: '500'`, '2s')
    assert.equal(code, 3, text)
  }
  // Each leads to the one before, as far as they are kept.
  for (let count = 1; count <= ROLLBACKS; count += 1) {
    await load.mark(`rollback ${count}`)
    const release = DEPLOYS - 1 - ((count - 1) % 3)
    await becomes(`r${release}`, app.slipway('rollback', 'app', String(release + 1), '--wait'))
  }
  const restarted = await app.slipway('restart', 'app', '--wait')
  assert.equal(restarted.code, 0, restarted.text)

  const report = await load.stop()
  t.diagnostic(`${mode}\n${reportText({ ...report, phases: [] })}`)
  assertNothingLost(report)
  for (const [label, release] of phases) assertAnsweredBy(report, [release], { during: label })
  const units = await host.run(
    `for i in $(seq 300); do ls /run/slipway/draining/* >/dev/null 2>&1 || break; sleep 0.1; done; systemctl list-units --no-legend --state=active 'app@blue.service' 'app@green.service' | wc -l`,
  )
  assert.equal(units.trim(), '1', 'after the drain, one instance is left')
}
