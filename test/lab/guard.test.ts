import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { killDeployer, letGoOn, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { appConfig, appProject, fields, type Project } from './project.js'
import { networkHook } from './system-project.js'

const PROGRAM = 'sh /var/lib/slipway/host/slipway-host'
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
        `guard: { ${guard} },`,
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

  /** Tells the host what a deployer tells it that has heard the end. */
  const acknowledge = (id: string) => host.run(`echo ack | ${PROGRAM} follow ${id}`)

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
    await host.run('for i in $(seq 200); do systemctl is-failed -q app && exit 0; sleep 0.05; done; exit 1')
    const refused = await host.run('systemctl start app 2>/dev/null || journalctl -q -u app -o cat -n 3')
    assert.match(refused, /Start request repeated too quickly/)
    await letGoOn(host, 'health')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /Release \d+ serves, as before/)
    await serves(good)
  })

  it('that is stale undoes nothing newer, and does not go on', async () => {
    await configure(app, 'stale')
    await stopAt(host, 'current')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await killDeployer(deploying)
    const id = await host.run(`basename ${GUARDS}/*`)
    // As after the machine stood still for longer than the lease.
    await host.run(`systemctl kill --kill-whom=all -s STOP slipway-apply-${id} && rm /var/lib/slipway/lock`)
    await letGoOn(host, 'current')
    await host.run(`cp -a ${GUARDS}/${id} /root/stale`)
    await configure(other, 'newer')
    await deploys(other)
    await host.run(`systemctl kill --kill-whom=all -s CONT slipway-apply-${id} 2>/dev/null || true`)
    assert.equal(await host.run(`systemctl list-units --all --no-legend '*${id}*'`), '')
    assert.equal(await message(), 'newer')
    // Were it still as it was left, and its timer due, there would be nothing of its own to undo.
    await host.run(
      `rm -rf ${GUARDS}/${id}; mv /root/stale ${GUARDS}/${id}; ${PROGRAM} expire ${id} 2>/dev/null`,
    )
    assert.match(await acknowledge(id), /"left","detail":"somebody else has changed it/)
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
      `chmod +x /usr/local/bin/date; find /run/slipway /var/lib/slipway/lock ${GUARDS} -exec touch -h -d '10 days ago' {} +`,
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
      return { id, nonce: await host.run(`cat ${GUARDS}/${id}/nonce`) }
    }
    const confirm = (id: string, nonce: string, connection = '$SSH_CONNECTION') =>
      host.run(
        `echo ${nonce} | SLIPWAY_CONNECTION="${connection}" ${PROGRAM} confirm ${id} 2>&1; echo "exit $?"`,
      )
    const state = (id: string) => host.run(`cd ${GUARDS}/${id}/items/app && ls -d state-*`)

    const first = await waiting('first')
    assert.match(await confirm(first.id, 'guessed'), /this is no confirmation of activation \w+\nexit 1$/)
    const same = `$(cat ${GUARDS}/${first.id}/connection)`
    assert.match(await confirm(first.id, first.nonce, same), /must come over a new connection\nexit 1$/)
    assert.equal(await state(first.id), 'state-active')
    assert.equal(await confirm(first.id, first.nonce), 'reached\nexit 0')
    assert.match(await acknowledge(first.id), /"step":"done".*\n\{"end":true\}$/)
    assert.equal(await host.run(`ls ${GUARDS}`), '')
    await serves('first')

    const second = await waiting('second')
    assert.match(await confirm(second.id, first.nonce), /this is no confirmation/)
    assert.match(await confirm(first.id, first.nonce), /exit 66$/)
    await host.run(`echo 'that is enough' >${GUARDS}/${second.id}/abort`)
    assert.match(
      await host.run(`${PROGRAM} follow ${second.id} </dev/null`),
      /"failed","detail":"that is enough"/,
    )
    assert.match(
      await confirm(second.id, second.nonce),
      /nothing waits for a confirmation any more.*\nexit 1$/,
    )
    await acknowledge(second.id)
    await serves('first')
  })

  it('watches what was confirmed, and puts back what turns unhealthy', async () => {
    await configure(app, 'watched', hook('good'), `confirm: '5s'`, `watch: '30s'`)
    const deploying = app.start('deploy')
    await host.run(
      `for i in $(seq 200); do ls ${GUARDS}/*/items/app/state-confirmed && exit 0; sleep 0.05; done; exit 1`,
    )
    await host.run('systemctl kill -s STOP app')
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
