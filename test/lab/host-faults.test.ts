import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { toldBy, withAgent } from './agent-login.js'
import { cleanups } from './cleanups.js'
import { letGoOn, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { appConfig, appProject, fields, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health', timeout: '20s' }, routes: ['http://app.example.test']`
/** What Node the agent has; the program that logins reach it by comes with it. */
const NODE = '/var/lib/slipway/agent/node'
const GUARD = `guard: { confirm: '5s' },`

/** Parts of the host that fail or start again in the middle of an activation. */
describe('a host whose parts fail in the middle of an activation', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let count = 0
  let serving = ''

  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const configure = (text: string) =>
    app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, env: { MESSAGE: '${text}' }`, GUARD))

  before(async () => {
    host = await labHost('t-hostfaults', after)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })
  beforeEach(async () => {
    count += 1
    serving = `good${count}`
    await configure(serving)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
  })

  /** Does something to the host while a deploy stands still at a step; tells how the deploy ended. */
  async function during(step: string, script: string, verb: 'deploy' | 'rollback' = 'deploy') {
    if (verb === 'deploy') await configure(`next${count}`)
    await stopAt(host, step)
    const deploying = app.start(verb)
    await untilStopped(host)
    await host.run(script)
    await letGoOn(host, step)
    const { exitCode, all } = await deploying
    return { exitCode, all, next: `next${count}` }
  }

  for (const step of ['units', 'start', 'waiting']) {
    it(`systemd executes itself again at ${step}`, async () => {
      const { exitCode, all, next } = await during(step, 'systemctl daemon-reexec')
      assert.equal(exitCode, 0, all)
      assert.equal(await message(), next)
      await nothingLeft(host)
    })
  }

  it('the journal is down', async () => {
    const stop = 'systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald'
    const { exitCode, all, next } = await during('health', stop)
    assert.equal(exitCode, 0, all)
    assert.equal(await message(), next)
    await host.run('systemctl start systemd-journald.socket systemd-journald-dev-log.socket systemd-journald')
    await nothingLeft(host)
  })

  it('the Node of the agent is gone: one that runs goes on, and is confirmed by a login that was made before', async () => {
    const { exitCode, all, next } = await during('start', `mv ${NODE} ${NODE}.gone`)
    await host.run(`mv ${NODE}.gone ${NODE}`)
    assert.equal(exitCode, 0, all)
    assert.equal(await message(), next)
    await nothingLeft(host)
  })

  it('the Node of the agent is gone, and the login that confirms comes last: the host puts back, and it is told', async () => {
    const options = `${OPTIONS}, env: { MESSAGE: 'late${count}' }, unit: { IPAccounting: 'yes' }`
    await app.write('slipway.config.ts', appConfig(host.name, options, GUARD))
    await stopAt(host, 'start')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await host.run(`mv ${NODE} ${NODE}.gone`)
    await letGoOn(host, 'start')
    const { exitCode, all } = await deploying
    await host.run(`mv ${NODE}.gone ${NODE}`)
    assert.equal(exitCode, 3, all)
    assert.match(all, /nobody confirmed it over a new login within 5 s/)
    assert.match(all, /Release \d+ serves, as before/)
    assert.equal(await message(), serving)
    await nothingLeft(host)
  })

  it('the socket of the agent is squatted: the next start takes it back', async () => {
    const socket = '/run/slipway-agent/agent.sock'
    await host.run(`rm ${socket}; mkdir ${socket}; systemctl restart slipway-agent`)
    await withAgent(host, ({ agent }) => agent.call('listKeys', {}))
    assert.equal(await host.run(`stat -c '%a %U %F' ${socket}`), '600 root socket')
  })

  it('a login that goes away while an upload comes leaves nothing', async () => {
    await withAgent(host, async ({ agent, close }) => {
      const { stream } = agent.upload(
        (async function* () {
          for (;;) yield Buffer.alloc(65_536)
        })(),
      )
      void agent.call('upgrade', { hash: '0123456789abcdef', stream }).catch(() => undefined)
      await sleep(300)
      close()
    })
    await sleep(500)
    await nothingLeft(host)
    assert.equal(await message(), serving)
  })

  it('an activation is joined again, and aborted, from another login', async () => {
    await configure('joined')
    await stopAt(host, 'health')
    const deploying = app.start('deploy')
    await untilStopped(host)
    const id = await host.run('ls /var/lib/slipway/guards')
    const told = toldBy(host, id)
    await withAgent(host, ({ agent }) => agent.call('abort', { id, reason: 'somebody else said so' }))
    await letGoOn(host, 'health')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /somebody else said so/)
    assert.deepEqual((await told).slice(-1), [{ item: '', step: 'ended', detail: null }])
    assert.equal(await message(), serving)
    await nothingLeft(host)
  })

  // The last one: logind does not find the new bus, so logins take half a minute from then on.
  it('the message bus starts again', async () => {
    const { exitCode, all, next } = await during('units', 'systemctl restart dbus')
    assert.equal(exitCode, 0, all)
    assert.equal(await message(), next)
    await nothingLeft(host)
  })
})
