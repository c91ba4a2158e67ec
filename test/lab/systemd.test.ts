import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import type { Ended } from '../../src/agent/run.js'
import type { UnitState } from '../../src/agent/systemd/systemd.js'
import { shellQuote } from '../../src/shell-quote.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import type { Told } from './systemd-driver.js'

const DRIVER = '/usr/local/bin/node /root/systemd-driver.mjs'
/** The driver has begun its job by then; a unit that is slow to start takes long after it. */
const UNDER_WAY_MS = 2000
const SLOW_SECONDS = 5

const UNITS: Record<string, string> = {
  'runs.service': '[Service]\nExecStart=/bin/sleep infinity',
  'odd-na_me@.service': '[Service]\nExecStart=/bin/sleep infinity',
  'fails.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "exit 7"',
  'killed.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "kill -KILL $$$$"',
  'works.service': '[Service]\nType=oneshot\nExecStart=/bin/true',
  'slow.service': `[Service]\nType=oneshot\nExecStart=/bin/sleep ${SLOW_SECONDS}`,
  'slow-fails.service': `[Service]\nType=oneshot\nExecStart=/bin/sh -c "sleep ${SLOW_SECONDS}; exit 4"`,
  'needless.service': '[Unit]\nConditionPathExists=/none\n[Service]\nExecStart=/bin/sleep infinity',
  'reloads.service': '[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/sh -c "exit 5"',
  'boot.service': '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target',
  'told.service': `[Service]\nType=notify\nNotifyAccess=all\nWatchdogSec=2\nExecStart=${DRIVER} '[["notify"]]'`,
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
    const files = Object.entries(UNITS).map(
      ([name, text]) => `echo ${shellQuote(text)} >/etc/systemd/system/${name}`,
    )
    await host.run(['chmod 755 /usr/local/bin/node', ...files].join('\n'))
    assert.deepEqual(await tell(['call', 'daemonReload']), [{}])
  })

  /** Has the driver do this on the host, one after the other. */
  const tell = async (...doings: string[][]): Promise<Told[]> =>
    JSON.parse(await host.run(`${DRIVER} ${shellQuote(JSON.stringify(doings))}`)) as Told[]
  /** The value that the driver told; fails with what went wrong in its place. */
  function toldBy<T>(told: Told | undefined): T {
    assert.ok(told && !told.error, JSON.stringify(told))
    return told.value as T
  }
  const unitOf = (told: Told | undefined) => toldBy<UnitState>(told)

  it('starts, restarts and stops a unit, and tells how it is', async () => {
    const unit = 'runs.service'
    const [start, started, restart, restarted, stop, stopped] = await tell(
      ['call', 'start', unit],
      ['call', 'unit', unit],
      ['call', 'restart', unit],
      ['call', 'unit', unit],
      ['call', 'stop', unit],
      ['call', 'unit', unit],
    )
    assert.deepEqual([start, restart, stop], [{ value: 'done' }, { value: 'done' }, { value: 'done' }])
    const { activeSince, inactiveExit, mainStart, mainPid, ...others } = unitOf(started)
    assert.deepEqual(others, {
      id: unit,
      load: 'loaded',
      active: 'active',
      sub: 'running',
      path: `/etc/systemd/system/${unit}`,
      restarts: 0,
      result: 'success',
      mainCode: 0,
      mainStatus: 0,
    })
    for (const time of [activeSince, inactiveExit, mainStart]) {
      assert.ok(Math.abs(time / 1000 - Date.now()) < 60_000, String(time))
    }
    assert.notEqual(unitOf(restarted).mainPid, mainPid)
    const { active, sub, mainPid: none } = unitOf(stopped)
    assert.deepEqual({ active, sub, none }, { active: 'inactive', sub: 'dead', none: 0 })
  })

  it('knows units by names that its objects can not have', async () => {
    const name = 'odd-na_me@x-1.y.service'
    const [start, unit, list, stop] = await tell(
      ['call', 'start', name],
      ['call', 'unit', name],
      ['list', 'odd-na_me@*', 'none-*'],
      ['call', 'stop', name],
    )
    assert.deepEqual([start, stop], [{ value: 'done' }, { value: 'done' }])
    assert.deepEqual([unitOf(unit).id, unitOf(unit).active], [name, 'active'])
    assert.deepEqual(list, { value: [{ name, active: 'active', sub: 'running' }] })
  })

  it('tells how a job failed, and forgets it when told to', async () => {
    const [fail, failed, kill, killed, reset, afterReset, resetAll, afterAll] = await tell(
      ['call', 'start', 'fails.service'],
      ['call', 'unit', 'fails.service'],
      ['call', 'start', 'killed.service'],
      ['call', 'unit', 'killed.service'],
      ['call', 'resetFailed', 'fails.service'],
      ['units', 'fails.service', 'killed.service'],
      ['call', 'resetAllFailed'],
      ['units', 'fails.service', 'killed.service'],
    )
    assert.deepEqual([fail, kill, reset, resetAll], [{ value: 'failed' }, { value: 'failed' }, {}, {}])
    const ended = (told: Told | undefined) => {
      const { active, result, mainCode, mainStatus } = unitOf(told)
      return { active, result, mainCode, mainStatus }
    }
    assert.deepEqual(ended(failed), { active: 'failed', result: 'exit-code', mainCode: 1, mainStatus: 7 })
    assert.deepEqual(ended(killed), { active: 'failed', result: 'signal', mainCode: 2, mainStatus: 9 })
    const active = (told: Told | undefined) => toldBy<UnitState[]>(told).map((unit) => unit.active)
    assert.deepEqual(active(afterReset), ['inactive', 'failed'])
    assert.deepEqual(active(afterAll), ['inactive', 'inactive'])
  })

  it('tells how a reload failed, and that a unit need not start', async () => {
    const told = await tell(
      ['call', 'reloadOrRestart', 'reloads.service'],
      ['call', 'reloadOrRestart', 'reloads.service'],
      ['call', 'start', 'needless.service'],
      ['call', 'start', 'works.service'],
    )
    assert.deepEqual(
      told.map(({ value }) => value),
      ['done', 'failed', 'done', 'done'],
    )
  })

  it('tells that there is no such unit; only to start it is refused', async () => {
    const [unit, stop, reset, start, odd] = await tell(
      ['call', 'unit', 'none.service'],
      ['call', 'stop', 'none.service'],
      ['call', 'resetFailed', 'none.service'],
      ['call', 'start', 'none.service'],
      ['call', 'start', 'no unit'],
    )
    const { load, active, path } = unitOf(unit)
    assert.deepEqual({ load, active, path }, { load: 'not-found', active: 'inactive', path: '' })
    assert.deepEqual([stop, reset], [{ value: 'done' }, {}])
    assert.deepEqual(start?.error, {
      name: 'CallFailed',
      message: 'systemd did not start none.service: Unit none.service not found.',
    })
    assert.match(odd?.error?.message ?? '', /^systemd did not start no unit: .*no unit is not valid/)
  })

  it('tells its version, its folders, and any property', async () => {
    const [version, unitPath, command] = await tell(
      ['call', 'version'],
      ['call', 'unitPath'],
      ['call', 'property', 'runs.service', 'Service', 'ExecStart'],
    )
    const shown = await host.run('systemctl --version | head -n 1; systemctl show -p UnitPath --value')
    const [first = '', path = ''] = shown.split('\n')
    assert.deepEqual(version, { value: Number(first.split(' ')[1]) })
    assert.deepEqual(unitPath, { value: path.split(' ') })
    const [[program, argv, ignoresFailure] = []] = toldBy<unknown[][]>(command)
    assert.deepEqual([program, argv, ignoresFailure], ['/bin/sleep', ['/bin/sleep', 'infinity'], false])
  })

  it('has units start at boot', async () => {
    const [enable, state, other] = await tell(
      ['call', 'enable', 'boot.service'],
      ['call', 'property', 'boot.service', 'Unit', 'UnitFileState'],
      ['call', 'enable', 'runs.service'],
    )
    assert.deepEqual([enable, state], [{}, { value: 'enabled' }])
    assert.match(other?.error?.message ?? '', /^systemd did not enable runs.service: it has no \[Install\]/)
  })

  it('goes on with a job that nobody waits for any more', async () => {
    const [start, unit, again] = await tell(
      ['startFor', 'slow.service', '300'],
      ['call', 'unit', 'slow.service'],
      ['call', 'start', 'slow.service'],
    )
    assert.equal(start?.error?.name, 'TimeoutError')
    assert.equal(unitOf(unit).active, 'activating')
    assert.deepEqual(again, { value: 'done' })
  })

  it('runs commands in units of their own', async () => {
    const script = `echo "hello $WHO" ${'$'}{WHO} $$ | tr -d 0-9; exit 3`
    const command = {
      properties: ['Environment=WHO=world'],
      pipe: 'pipe',
      command: ['/bin/sh', '-c', script],
    }
    const timer = {
      unit: 'in-time',
      properties: [],
      onActiveMs: 500,
      command: ['/bin/touch', '/run/in-time'],
    }
    const [ran, set] = await tell(['run', JSON.stringify(command)], ['run', JSON.stringify(timer)])
    const { code, stdout } = toldBy<Ended>(ran)
    assert.deepEqual({ code, stdout }, { code: 3, stdout: 'hello world world \n' })
    assert.equal(toldBy<Ended>(set).code, 0)
    await sleep(1500)
    await host.run('test -e /run/in-time')
    const [gone] = await tell(['call', 'unit', 'in-time.timer'])
    assert.equal(unitOf(gone).load, 'not-found')
  })

  it('is told that a service is ready, and still works', async () => {
    const [start, before] = await tell(['call', 'start', 'told.service'], ['call', 'unit', 'told.service'])
    assert.deepEqual(start, { value: 'done' })
    await sleep(5000)
    const [later, stop] = await tell(['call', 'unit', 'told.service'], ['call', 'stop', 'told.service'])
    assert.equal(unitOf(later).active, 'active')
    assert.equal(unitOf(later).mainPid, unitOf(before).mainPid)
    assert.deepEqual(stop, { value: 'done' })
  })

  it('answers 200 questions', async (t) => {
    const [told] = await tell(['time', 'runs.service', '200'])
    const { together = 0, inTurn = 0 } = toldBy<Record<string, number>>(told)
    t.diagnostic(
      `200 questions: ${together.toFixed()} ms at once, ${inTurn.toFixed()} ms one after the other`,
    )
  })

  /** Breaks systemd or its bus while the driver waits for two jobs; then logins are quick again. */
  async function duringJobs(breaking: string): Promise<unknown[]> {
    const [done = '', failing = ''] = ['slow.service', 'slow-fails.service'].map((unit) =>
      shellQuote(JSON.stringify([['call', 'start', unit]])),
    )
    const script = [
      `${DRIVER} ${done} >/run/done & ${DRIVER} ${failing} >/run/failing &`,
      `sleep ${UNDER_WAY_MS / 1000}; ${breaking}; wait; systemctl restart systemd-logind`,
      'cat /run/done; echo; cat /run/failing',
    ]
    return (await host.run(script.join('\n'))).split('\n').flatMap((line) => JSON.parse(line) as Told[])
  }

  const breaks = {
    'reads its units again': 'systemctl daemon-reload',
    'executes itself anew': 'systemctl daemon-reexec',
    'loses its bus': 'systemctl restart dbus',
    'is without a bus for long':
      'systemctl stop dbus.socket dbus.service; sleep 10; systemctl start dbus.socket',
  }
  for (const [what, script] of Object.entries(breaks)) {
    it(`tells how jobs ended that were under way when it ${what}`, async () => {
      assert.deepEqual(await duringJobs(script), [{ value: 'done' }, { value: 'failed' }])
    })
  }

  it('is asked all the time, whatever becomes of it and its bus', async () => {
    const breaking = 'daemon-reload daemon-reexec "restart dbus" daemon-reexec daemon-reload "restart dbus"'
    const asking = shellQuote(JSON.stringify([['askFor', 'runs.service', '10000']]))
    const told = await host.run(
      `${DRIVER} ${asking} & for one in ${breaking}; do sleep 1; systemctl $one; done; wait; systemctl restart systemd-logind`,
    )
    const [answered] = JSON.parse(told) as Told[]
    assert.ok(toldBy<number>(answered) > 10, JSON.stringify(answered))
  })
})
