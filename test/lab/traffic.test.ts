import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { assertNothingLost, startLoad } from '../load/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health', timeout: '5s' }, routes: ['http://app.example.test'], drain: '5s', state: true`

/** What there is to a switch beside the switch: hooks, canaries, maintenance, pages of ours, reboots. */
describe('traffic', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const get = (path: string) => host.get('app.example.test', path)
  const message = async () => fields((await get('/')).body).message
  const configure = (more: string) =>
    app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, ${more}`))
  const run = async (code: number, ...words: string[]) => {
    const ended = await app.slipway(...words)
    assert.equal(ended.code, code, ended.text)
    return ended
  }
  const drained = () =>
    host.run(
      'for i in $(seq 100); do ls /run/slipway/draining/* 2>/dev/null || exit 0; sleep 0.1; done; exit 1',
    )
  /** As after a power cut; ends when the service answers again. */
  const reboot = async () => {
    await host.powerOff()
    await host.boot()
    await host.run(
      'for i in $(seq 100); do systemctl is-active -q nginx && curl -sf -H "Host: app.example.test" localhost/health && exit 0; sleep 0.1; done; exit 1',
    )
  }
  /** How many of so many requests each release answered. */
  const shares = async (requests: number) => {
    const answers = await host.run(
      `for i in $(seq ${requests}); do curl -s -H 'Host: app.example.test' localhost/ | grep ^message; done | sort | uniq -c`,
    )
    return Object.fromEntries(
      answers.split('\n').map((line) => {
        const [, count, release = ''] = /(\d+) message=(.*)/.exec(line) ?? []
        return [release, Number(count)]
      }),
    )
  }

  before(async () => {
    host = await labHost('t-traffic', after)
    app = await appProject(host.name, after, OPTIONS)
    await run(0, 'setup', 'web')
    await configure(`env: { MESSAGE: 'one' }`)
    await run(0, 'deploy')
  })

  it('runs before hooks once for a release, in its environment, as its user', async () => {
    const hook = `sh -c 'echo $MESSAGE $(id -un) $PWD >> /var/lib/app/hooks'`
    await configure(
      `env: { MESSAGE: 'two' }, before: { run: ['/bin/${hook.split(' ')[0]}', '-c', ${JSON.stringify(hook.slice(7, -1))}] }`,
    )
    await run(0, 'deploy')
    assert.equal(await message(), 'two')
    assert.equal(await host.run('cat /var/lib/app/hooks'), 'two app /var/lib/app')
    await run(0, 'rollback')
    await run(0, 'rollback', 'app', '2')
    await run(0, 'restart', 'app')
    assert.equal(await host.run('cat /var/lib/app/hooks'), 'two app /var/lib/app')
  })

  it('switches nothing when a before hook fails, and shows what it said', async () => {
    await configure(
      `env: { MESSAGE: 'three' }, before: ['/bin/sh', '-c', 'echo no such table: guests; exit 7']`,
    )
    const { text } = await run(3, 'deploy')
    assert.match(text, /its before hook sh exited with status 7/)
    assert.match(text, /no such table: guests/)
    assert.match(text, /Release 2 serves, as before/)
    assert.equal(await message(), 'two')
  })

  it('says what an irreversible hook means: in the plan, and when its release is taken back', async () => {
    await configure(
      `env: { MESSAGE: 'four', HEALTH: '500' }, before: { run: ['/bin/sh', '-c', 'true'], irreversible: true }`,
    )
    assert.match((await run(0, 'plan')).stdout, /changes what can not be undone/)
    const { stdout } = await run(3, 'deploy')
    assert.match(stdout, /its hook has changed what can not be put back: release 2 meets it as it is now/)
    assert.equal(await message(), 'two')
  })

  it('runs after hooks once it is confirmed; a failure is told and the release stays', async () => {
    await configure(
      `env: { MESSAGE: 'five' }, after: [{ run: ['/bin/sh', '-c', 'echo $MESSAGE > /var/lib/app/after'] }, { run: ['/bin/sh', '-c', 'exit 3'] }]`,
    )
    const { stdout } = await run(0, 'deploy')
    assert.match(stdout, /its after hook sh exited with status 3; the release serves all the same/)
    assert.equal(await host.run('cat /var/lib/app/after'), 'five')
    assert.equal(await message(), 'five')
  })

  it('gives a canary its share, then all, without a reload of nginx', async () => {
    const workers = () => host.run('pgrep -f "nginx: worker"')
    const old = await workers()
    await configure(`env: { MESSAGE: 'six' }`)
    await run(0, 'deploy', '--canary', '30%')
    const { five = 0, six = 0 } = await shares(400)
    assert.equal(five + six, 400)
    // Four standard deviations around 120.
    assert.ok(six > 80 && six < 160, `${six} of 400`)
    assert.match((await run(0, 'status')).stdout, /release \d+ gets 30 % of the requests/)
    await run(0, 'promote', 'app')
    assert.deepEqual(await shares(50), { six: 50 })
    assert.equal(await workers(), old)
    await drained()
  })

  it('withdraws a canary; a deploy replaces one', async () => {
    await configure(`env: { MESSAGE: 'seven' }`)
    await run(0, 'deploy', '--canary', '99%')
    const shared = await shares(100)
    assert.ok((shared.seven ?? 0) > 80, JSON.stringify(shared))
    await run(0, 'withdraw', 'app')
    assert.deepEqual(await shares(50), { six: 50 })
    await drained()
    await run(0, 'deploy', '--canary', '50%')
    await configure(`env: { MESSAGE: 'eight' }`)
    await run(0, 'deploy')
    assert.deepEqual(await shares(50), { eight: 50 })
    assert.match((await run(3, 'promote', 'app')).stderr, /app has no canary on web/)
    await drained()
  })

  it('has no canary where there is nobody to share with, or no room', async () => {
    await configure(`env: { MESSAGE: 'nine' }`.concat(`, listen: { port: 4100 }`))
    assert.match((await run(3, 'deploy', '--canary', '10%')).stdout, /needs room for two instances/)
    assert.match((await run(2, 'deploy', '--canary', '100%')).stderr, /not a share between 1% and 99%|100%/)
    assert.equal(await message(), 'eight')
  })

  it('is closed for maintenance but for its health, and opened again', async () => {
    await run(0, 'maintenance', 'on', 'app')
    const closed = await get('/')
    assert.equal(closed.status, 503)
    assert.equal(closed.headers.get('retry-after'), '60')
    assert.match(closed.body, /<h1>Maintenance<\/h1>/)
    assert.equal((await get('/health')).status, 200)
    assert.match((await run(0, 'status')).stdout, /closed for maintenance/)
    await configure(`env: { MESSAGE: 'nine' }`)
    await run(0, 'deploy')
    assert.equal((await get('/')).status, 503)
    await run(0, 'maintenance', 'off', 'app')
    assert.equal(await message(), 'nine')
    await drained()
  })

  it('answers with a page of ours when no instance does, and status says so', async () => {
    await run(0, 'stop', 'app')
    const down = await get('/')
    assert.equal(down.status, 502)
    assert.match(down.body, /<h1>Not available<\/h1>/)
    assert.match((await run(0, 'status')).stdout, /app .* stopped/)
    await run(0, 'restart', 'app')
    assert.equal(await message(), 'nine')
    await drained()
  })

  it('starts the current release after a reboot, in its slot and alone', async () => {
    const slot = await host.run('readlink /var/lib/slipway/services/app/current')
    await reboot()
    assert.equal(await message(), 'nine')
    assert.equal(await host.run('readlink /var/lib/slipway/services/app/current'), slot)
    assert.equal(
      await host.run(`systemctl list-units --no-legend --state=active 'app@*.service' | wc -l`),
      '1',
    )
  })

  it('goes on with a canary after a reboot', async () => {
    await configure(`env: { MESSAGE: 'ten' }`)
    await run(0, 'deploy', '--canary', '50%')
    await reboot()
    // Its instance starts beside the other one; until it listens, that one stands in for it.
    await host.run(
      'for i in $(seq 100); do curl -s -H "Host: app.example.test" localhost/ | grep -q message=ten && exit 0; sleep 0.1; done; exit 1',
    )
    const { nine = 0, ten = 0 } = await shares(100)
    assert.equal(nine + ten, 100)
    assert.ok(nine > 20 && ten > 20, `${ten} of 100`)
    await run(0, 'withdraw', 'app')
    assert.deepEqual(await shares(50), { nine: 50 })
    await drained()
  })

  it('loses no request where the way to listen changes', async () => {
    // Not over kept connections: the routes change, so nginx is reloaded, which closes those that are idle.
    const kinds = { fresh: { workers: 6, rate: 60 } }
    const load = await startLoad({ address: host.address, domain: 'app.example.test', kinds })
    try {
      for (const [listen, env] of [
        ['{ port: 4000 }', ''],
        ['{ port: 4001 }', `PORT: '4001'`],
        [`'unix'`, ''],
        [`'socket'`, ''],
        [`'port'`, ''],
      ] as const) {
        const options = OPTIONS.replace(`'port'`, listen)
        await app.write('slipway.config.ts', appConfig(host.name, `${options}, env: { ${env} }`))
        await run(0, 'deploy', '--wait')
      }
    } finally {
      assertNothingLost(await load.stop())
    }
  })
})
