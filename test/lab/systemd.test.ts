import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import type { Ended } from '../../src/agent/run.js'
import type { UnitState } from '../../src/agent/systemd/systemd.js'
import type { TransientUnit } from '../../src/agent/systemd/systemd-run.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'

/** What the driver prints. */
interface Told {
  value?: unknown
  error?: { name: string; message: string }
}

const DRIVER = '/usr/local/bin/node /root/systemd-driver.mjs'
/** The driver has begun its job by then; a unit that is slow to start takes three times as long. */
const UNDER_WAY_MS = 1000

const UNITS: Record<string, string> = {
  'runs.service': '[Service]\nExecStart=/bin/sleep infinity',
  'odd-na_me@.service': '[Service]\nExecStart=/bin/sleep infinity',
  'fails.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "exit 7"',
  'killed.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "kill -KILL $$$$"',
  'works.service': '[Service]\nType=oneshot\nExecStart=/bin/true',
  'slow.service': '[Service]\nType=oneshot\nExecStart=/bin/sleep 3',
  'slow-fails.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "sleep 3; exit 4"',
  'needless.service': '[Unit]\nConditionPathExists=/none\n[Service]\nExecStart=/bin/sleep infinity',
  'reloads.service': '[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/sh -c "exit 5"',
  'boot.service': '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target',
  'told.service': `[Service]\nType=notify\nNotifyAccess=all\nWatchdogSec=2\nExecStart=${DRIVER} notify`,
}

describe('systemd, asked by the agent', () => {
  const clean = cleanups()
  let host: LabHost

  before(async () => {
    host = await labHost('systemd', clean)
    const { outputFiles } = await build({
      entryPoints: ['test/lab/systemd-driver.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    })
    await host.write('/root/systemd-driver.mjs', outputFiles[0]?.contents ?? '')
    await host.write('/usr/local/bin/node', await readFile(process.execPath))
    await host.run('chmod 755 /usr/local/bin/node')
    for (const [name, text] of Object.entries(UNITS)) await host.write(`/etc/systemd/system/${name}`, text)
    await call('daemonReload')
  })

  const tell = async (...words: string[]): Promise<Told> =>
    JSON.parse(await host.run([DRIVER, ...words.map((word) => `'${word}'`)].join(' '))) as Told
  const call = (method: string, ...args: string[]) => tell('call', method, ...args)
  const state = async (name: string) => (await call('unit', name)).value as UnitState

  /** The driver's answer, and what is done on the host while it waits for it. */
  async function meanwhile(words: string[], script: string): Promise<Told> {
    const answer = tell(...words)
    await sleep(UNDER_WAY_MS)
    await host.run(script)
    return await answer
  }

  it('starts, restarts and stops a unit, and tells how it is', async () => {
    assert.deepEqual(await call('start', 'runs.service'), { value: 'done' })
    const started = await state('runs.service')
    const { id, load, active, sub, path, restarts, result, mainCode } = started
    assert.deepEqual(
      { id, load, active, sub, path, restarts, result, mainCode },
      {
        id: 'runs.service',
        load: 'loaded',
        active: 'active',
        sub: 'running',
        path: '/etc/systemd/system/runs.service',
        restarts: 0,
        result: 'success',
        mainCode: 0,
      },
    )
    const shown = await host.run(
      'systemctl show runs.service -p MainPID -p ActiveEnterTimestamp --timestamp=us+utc',
    )
    assert.match(shown, new RegExp(`^MainPID=${started.mainPid}$`, 'm'))
    const [, since = ''] = /ActiveEnterTimestamp=\w+ (\S+ \S+)\.\d+ UTC/.exec(shown) ?? []
    assert.equal(Math.floor(started.activeSince / 1e6), Date.parse(`${since.replace(' ', 'T')}Z`) / 1000)

    assert.deepEqual(await call('restart', 'runs.service'), { value: 'done' })
    assert.notEqual((await state('runs.service')).mainPid, started.mainPid)
    assert.deepEqual(await call('stop', 'runs.service'), { value: 'done' })
    assert.equal((await state('runs.service')).active, 'inactive')
  })

  it('knows units by names that its objects can not have', async () => {
    const name = 'odd-na_me@x-1.y.service'
    assert.deepEqual(await call('start', name), { value: 'done' })
    const { id, active } = await state(name)
    assert.deepEqual({ id, active }, { id: name, active: 'active' })
    assert.deepEqual(await tell('list', 'odd-na_me@*', 'none-*'), {
      value: [{ name, active: 'active', sub: 'running' }],
    })
    assert.deepEqual(await call('stop', name), { value: 'done' })
  })

  it('tells how a job failed, and forgets it when told to', async () => {
    assert.deepEqual(await call('start', 'fails.service'), { value: 'failed' })
    const { active, result, mainCode, mainStatus } = await state('fails.service')
    assert.deepEqual(
      { active, result, mainCode, mainStatus },
      { active: 'failed', result: 'exit-code', mainCode: 1, mainStatus: 7 },
    )
    assert.deepEqual(await call('start', 'killed.service'), { value: 'failed' })
    const killed = await state('killed.service')
    assert.deepEqual([killed.result, killed.mainCode, killed.mainStatus], ['signal', 2, 9])
    assert.deepEqual(await call('resetFailed', 'fails.service'), {})
    assert.equal((await state('fails.service')).active, 'inactive')
    assert.deepEqual(await call('resetAllFailed'), {})
    assert.equal((await state('killed.service')).active, 'inactive')
  })

  it('tells how a reload failed, and that a unit need not start', async () => {
    assert.deepEqual(await call('reloadOrRestart', 'reloads.service'), { value: 'done' })
    assert.deepEqual(await call('reloadOrRestart', 'reloads.service'), { value: 'failed' })
    assert.deepEqual(await call('start', 'needless.service'), { value: 'done' })
    assert.deepEqual(await call('start', 'works.service'), { value: 'done' })
  })

  it('tells that there is no such unit; only to start it is refused', async () => {
    const { load, active, path } = await state('none.service')
    assert.deepEqual({ load, active, path }, { load: 'not-found', active: 'inactive', path: '' })
    assert.deepEqual(await call('stop', 'none.service'), { value: 'done' })
    assert.deepEqual(await call('resetFailed', 'none.service'), {})
    assert.deepEqual(await call('start', 'none.service'), {
      error: {
        name: 'CallFailed',
        message: 'systemd did not start none.service: Unit none.service not found.',
      },
    })
    assert.match((await call('start', 'no unit')).error?.message ?? '', /Unit name no unit is not valid/)
  })

  it('tells its version, its folders, and any property', async () => {
    const version = Number((await host.run('systemctl --version')).split(' ')[1])
    assert.deepEqual(await call('version'), { value: version })
    const path = await host.run('systemctl show -p UnitPath --value')
    assert.deepEqual(await call('unitPath'), { value: path.split(' ') })
    const commands = (await call('property', 'runs.service', 'Service', 'ExecStart')).value as unknown[][]
    assert.deepEqual(commands[0]?.slice(0, 3), ['/bin/sleep', ['/bin/sleep', 'infinity'], false])
  })

  it('has units start at boot', async () => {
    assert.deepEqual(await call('enable', 'boot.service'), {})
    assert.equal(await host.run('systemctl is-enabled boot.service'), 'enabled')
    assert.match((await call('enable', 'runs.service')).error?.message ?? '', /it has no \[Install\] section/)
  })

  it('goes on with a job that nobody waits for any more', async () => {
    const { error } = await tell('startFor', 'slow.service', '300')
    assert.equal(error?.name, 'TimeoutError')
    assert.equal((await state('slow.service')).active, 'activating')
    await sleep(3000)
    assert.equal((await state('slow.service')).active, 'inactive')
  })

  const breaks = {
    'reads its units again': 'systemctl daemon-reload',
    'executes itself anew': 'systemctl daemon-reexec',
    'loses its bus': 'systemctl restart dbus',
    'is left without a bus':
      '(systemctl stop dbus.socket dbus.service; sleep 8; systemctl start dbus.socket)',
  }
  for (const [what, script] of Object.entries(breaks)) {
    it(`tells how a job ended that was under way when it ${what}`, async () => {
      const answers = await Promise.all([
        meanwhile(['call', 'start', 'slow.service'], script),
        tell('call', 'start', 'slow-fails.service'),
      ])
      assert.deepEqual(answers, [{ value: 'done' }, { value: 'failed' }])
    })
  }

  it('is asked all the time, whatever becomes of it and its bus', async () => {
    const script =
      'for one in daemon-reload daemon-reexec "restart dbus"; do systemctl $one; systemctl $one; done'
    const { value, error } = await meanwhile(['askFor', 'runs.service', '6000'], script)
    assert.equal(error, undefined)
    assert.ok(Number(value) > 10, String(value))
  })

  it('runs commands in units of their own', async () => {
    const run = async (transient: TransientUnit) =>
      (await tell('run', JSON.stringify(transient))).value as Ended
    const shown = await run({
      properties: ['Environment=WHO=world'],
      pipe: 'pipe',
      command: ['/bin/sh', '-c', 'echo "hello $WHO" ${WHO} $$ | tr -d 0-9; exit 3', '$WHO'],
    })
    assert.deepEqual([shown.code, shown.stdout], [3, 'hello world world \n'])
    const timer = {
      unit: 'in-time',
      properties: [],
      onActiveMs: 500,
      command: ['/bin/touch', '/run/in-time'],
    }
    assert.equal((await run(timer)).code, 0)
    await sleep(1500)
    await host.run('test -e /run/in-time')
    assert.equal((await state('in-time.timer')).load, 'not-found')
  })

  it('is told that a service is ready, and still works', async () => {
    assert.deepEqual(await call('start', 'told.service'), { value: 'done' })
    const { mainPid } = await state('told.service')
    await sleep(5000)
    const { active, restarts, mainPid: later } = await state('told.service')
    assert.deepEqual({ active, restarts, later }, { active: 'active', restarts: 0, later: mainPid })
    assert.deepEqual(await call('stop', 'told.service'), { value: 'done' })
  })

  it('answers 200 questions', async (t) => {
    const { together, inTurn } = (await tell('time', 'runs.service', '200')).value as Record<string, number>
    t.diagnostic(
      `200 questions: ${together?.toFixed()} ms at once, ${inTurn?.toFixed()} ms one after the other`,
    )
  })
})
