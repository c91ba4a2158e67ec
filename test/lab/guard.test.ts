import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import { acknowledge, toldBy, withAgent } from './agent-login.js'
import { cleanups } from './cleanups.js'
import { FAULTS, killDeployer, letGoOn, stopAt, untilEnded, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { appConfig, appProject, fields, type Project } from './project.js'
import { networkHook } from './system-project.js'

const PROGRAM = '/var/lib/slipway/agent/node/bin/node /var/lib/slipway/agent/current/agent.cjs'
const GUARDS = '/var/lib/slipway/guards'

/** The kernel lets no container set the clock: whoever asks for the time gets another. */
const OTHER_DATE = `#!/bin/sh
exec /usr/bin/date -d "@$(($(/usr/bin/date +%s) OFFSET))" "$@"
`

describe('the guard', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let other: Project
  let hook: (state: string) => string
  let count = 0
  let good = ''

  /** What the service is to say, with more of its environment; its unit; the guard. */
  const configure = (
    project: Project,
    env: string,
    unit = hook('good'),
    guard = `confirm: '5s'`,
    more = '',
  ) =>
    project.write(
      'slipway.config.ts',
      appConfig(
        host.name,
        `listen: 'port', health: { path: '/health', attempt: '1s' }, routes: ['http://app.example.test', 'http://${host.address}'],
         env: { MESSAGE: '${env}' }, unit: { ${unit} }, ${more}`,
        // Two deployers have it, each with a repository of its own.
        `project: 'example/app', guard: { ${guard} },`,
      ),
    )
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const deploys = async (project: Project) => {
    const ended = await project.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
  }
  const serves = async (expected: string) => {
    assert.equal(await message(), expected)
    const { services } = JSON.parse((await app.slipway('status', '--json')).stdout)
    assert.equal(services[0].state, 'healthy')
    await nothingLeft(host)
  }

  before(async () => {
    host = await labHost('t-g-guard', after)
    hook = await networkHook(host)
    app = await appProject(host.name, after, '')
    other = await appProject(host.name, after, '')
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })
  beforeEach(async () => {
    count += 1
    good = `good${count}`
    await configure(app, good)
    await deploys(app)
  })

  it('puts back a unit that has hit its start limit', async () => {
    const limit = `${hook('good')}, StartLimitBurst: 2, StartLimitIntervalSec: 600, RestartSec: '100ms'`
    await configure(app, good, limit)
    await deploys(app)
    await configure(app, `bad', MODE: 'exit`, limit)
    await stopAt(host, 'health')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await host.run(
      `for i in $(seq 200); do systemctl is-failed -q 'app@*' && exit 0; sleep 0.05; done; exit 1`,
    )
    const refused = await host.run(
      `u=$(systemctl list-units --plain --no-legend --state=failed 'app@*' | cut -d' ' -f1); systemctl start $u 2>/dev/null || journalctl -q -u $u -o cat -n 3`,
    )
    assert.match(refused, /Start request repeated too quickly/)
    await letGoOn(host, 'health')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /Release \d+ serves, as before/)
    await serves(good)
  })

  it('whose agent hangs is ended by systemd, and put back; the agent that wakes does not go on', async () => {
    await configure(app, 'stale')
    await stopAt(host, 'switch')
    const deploying = app.start('deploy')
    await untilStopped(host)
    const pid = await host.run('systemctl show -p MainPID --value slipway-agent')
    await host.run(`kill -STOP ${pid}`)
    await letGoOn(host, 'switch')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /Release \d+ serves, as before/)
    assert.notEqual(await host.run('systemctl show -p MainPID --value slipway-agent'), pid)
    await serves(good)
  })

  it('is put back by its timer where the agent can not start any more', async () => {
    await configure(app, 'lost', hook('good'), `confirm: '2s', activate: '4s'`)
    await stopAt(host, 'switch')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await host.run(
      'mkdir -p /run/systemd/system/slipway-agent.service.d && printf "[Service]\\nExecStart=\\nExecStart=/bin/false\\n" >/run/systemd/system/slipway-agent.service.d/broken.conf && systemctl daemon-reload && systemctl kill --signal=KILL slipway-agent',
    )
    await host.run(
      `rm -rf ${FAULTS}; for i in $(seq 600); do ls ${GUARDS}/*/ended && exit 0; sleep 0.1; done; exit 1`,
    )
    assert.equal(await message(), good)
    await host.run(
      'rm -r /run/systemd/system/slipway-agent.service.d; systemctl daemon-reload; systemctl restart slipway-agent',
    )
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /Release \d+ serves, as before/)
    await serves(good)
  })

  it('that comes too late undoes nothing newer', async () => {
    await configure(app, 'older')
    await stopAt(host, 'waiting')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await killDeployer(deploying)
    const id = await host.run(`basename ${GUARDS}/*`)
    await host.run(`cp -a ${GUARDS}/${id} /root/stale`)
    await letGoOn(host, 'waiting')
    await untilEnded(host)
    await acknowledge(host, id)
    await configure(other, 'newer')
    await deploys(other)
    // Were it still as it was left, and its timer due, there would be nothing of its own to undo.
    await host.run(
      `systemctl stop slipway-agent && mv /root/stale ${GUARDS}/${id} && ${PROGRAM} expire ${id} 2>/dev/null`,
    )
    const told = await toldBy(host, id)
    assert.ok(
      told.some(({ step, detail }) => step === 'left' && /somebody else has changed it/.test(detail ?? '')),
    )
    await acknowledge(host, id)
    await serves('newer')
  })

  it('lets two deployers not work at once', async () => {
    await configure(app, 'left')
    await configure(other, 'right')
    const both = await Promise.all([app.slipway('deploy'), other.slipway('deploy')])
    const won = ['left', 'right'].filter((_, index) => both[index]?.code === 0)
    assert.notEqual(won.length, 0, both.map(({ text }) => text).join('\n'))
    for (const { code, text } of both) {
      if (code === 0) continue
      assert.ok(code === 3 || code === 4, text)
      assert.match(text, /web is being worked on|in the meantime/)
    }
    const now = (await message()) ?? ''
    assert.ok(won.includes(now), `${now} serves, ${won} won`)
    await serves(now)
  })

  it('does not mind a clock that jumps', async () => {
    await configure(app, 'later')
    await stopAt(host, 'health')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await host.write('/usr/local/bin/date', OTHER_DATE.replace('OFFSET', '+ 864000'))
    await host.run(
      `chmod +x /usr/local/bin/date; find /run/slipway ${GUARDS} -exec touch -h -d '10 days ago' {} +`,
    )
    await configure(other, 'refused')
    const locked = await other.slipway('deploy')
    assert.equal(locked.code, 4, locked.text)
    await host.write('/usr/local/bin/date', OTHER_DATE.replace('OFFSET', '- 864000'))
    await letGoOn(host, 'health')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 0, all)
    assert.equal(await message(), 'later')
    await configure(app, `bad', HEALTH: '500`, hook('good'), `confirm: '5s'`, `keep: 3`)
    assert.equal((await app.slipway('deploy')).code, 3)
    await host.run('rm /usr/local/bin/date')
    await serves('later')
  })

  it('is disarmed only by its own nonce, over a new connection, before it puts back; then it is forgotten', async () => {
    const waiting = async (name: string) => {
      await configure(app, name, hook('good'), `confirm: '30s'`)
      await stopAt(host, 'waiting')
      const deploying = app.start('deploy')
      await untilStopped(host)
      await killDeployer(deploying)
      await letGoOn(host, 'waiting')
      const id = await host.run(`basename ${GUARDS}/*`)
      const { nonce, connection } = JSON.parse(await host.run(`cat ${GUARDS}/${id}/guard.json`))
      return { id, nonce, connection }
    }
    const confirm = (id: string, nonce: string) =>
      withAgent(host, async ({ agent }) => {
        await agent.call('reach', { id })
        await agent.call('confirm', { id, nonce })
      })
    const state = (id: string) => host.run(`cd ${GUARDS}/${id}/items/app && ls -d state-*`)

    const first = await waiting('first')
    await assert.rejects(confirm(first.id, 'ab'.repeat(16)), /this is no confirmation of activation \w+$/)
    await withAgent(host, async (login) => {
      // As the login that applied would.
      const guard = `${GUARDS}/${first.id}/guard.json`
      assert.match(first.connection, /^\S+ \d+ \S+ 22$/)
      assert.notEqual(login.agent.hello.key, undefined)
      assert.ok((await host.run(`cat ${guard}`)).includes(first.connection))
    })
    assert.equal(await state(first.id), 'state-active')
    await confirm(first.id, first.nonce)
    const told = (await toldBy(host, first.id)).map(({ step }) => step)
    assert.deepEqual(told.slice(-2), ['done', 'ended'])
    await acknowledge(host, first.id)
    await serves('first')

    const second = await waiting('second')
    await assert.rejects(confirm(second.id, first.nonce), /this is no confirmation/)
    await assert.rejects(confirm(first.id, first.nonce), { failure: { kind: 'gone' } })
    await withAgent(host, ({ agent }) => agent.call('abort', { id: second.id, reason: 'that is enough' }))
    const ended = await toldBy(host, second.id)
    assert.ok(ended.some(({ step, detail }) => step === 'failed' && detail === 'that is enough'))
    await assert.rejects(confirm(second.id, second.nonce), /nothing waits for a confirmation any more/)
    await acknowledge(host, second.id)
    await serves('first')
  })

  it('watches what was confirmed, and puts back what turns unhealthy', async () => {
    await configure(app, 'watched', hook('good'), `confirm: '5s'`, `watch: '30s'`)
    const deploying = app.start('deploy')
    await host.run(
      `for i in $(seq 200); do ls ${GUARDS}/*/items/app/state-confirmed && exit 0; sleep 0.05; done; exit 1`,
    )
    await host.run('systemctl kill -s STOP app@$(basename $(readlink /var/lib/slipway/services/app/current))')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /app: confirmed\n.*watching its health for 30 s\n/)
    assert.match(all, /it turned unhealthy after it was confirmed; GET \/health: no answer/)
    assert.match(all, /Release \d+ serves, as before/)
    await serves(good)
  })

  it('is not disarmed where a public URL no longer answers, though the host finds all well', async () => {
    await configure(app, 'inside', hook('http-dropped'), `confirm: '20s', url: '1s'`)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 3, ended.text)
    assert.match(ended.text, new RegExp(`not confirmed: http://${host.address}/health does not answer`))
    assert.match(
      ended.text,
      new RegExp(`✗ app on web: release \\d+ is not good: http://${host.address}/health`),
    )
    assert.match(ended.text, /Release \d+ serves, as before/)
    await serves(good)
  })
})
