import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after as afterAll, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'
import { SYSTEM_STEPS } from './system-project.js'

/**
 * Every fault at every step of an activation and of a revert. The steps are those that the host's program
 * says it takes, so none can be forgotten.
 */
const HOST_PROGRAM = fileURLToPath(new URL('../../host/', import.meta.url))
const OPTIONS = `listen: 'port', health: { path: '/health', timeout: '10s' }, routes: ['http://app.example.test'], watch: '1s'`
const FAULTS = '/run/slipway/faults'

type Started = ReturnType<Project['start']>

/** What goes wrong, while the activation stands still at a step. */
const KINDS: Record<string, (host: LabHost, deploying: Started, step: string) => Promise<void>> = {
  'activation killed': async (host, _deploying, step) => {
    await host.run(
      `systemctl kill --kill-whom=all --signal=KILL 'slipway-apply-*'; rm ${FAULTS}/stop-at-${step}`,
    )
  },
  'host off': async (host) => {
    await host.powerOff()
    await host.boot()
  },
  'deployer killed': async (host, deploying, step) => {
    const pid = deploying.pid ?? 0
    // As when a terminal is closed by force: its ssh processes end too.
    await execa('pkill', ['-KILL', '-P', String(pid)], { reject: false })
    deploying.kill('SIGKILL')
    await deploying
    await host.run(`rm ${FAULTS}/stop-at-${step}`)
  },
  'connection cut': async (host, deploying, step) => {
    await execa('pkill', ['-KILL', '-P', String(deploying.pid), '-f', ' -M -N '], { reject: false })
    await host.run(`rm ${FAULTS}/stop-at-${step}`)
  },
}

describe('every fault at every step', () => {
  const after = cleanups()
  const table: string[] = []
  let host: LabHost
  let app: Project
  let count = 1
  let serving = ''
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const configure = (env: string) =>
    app.write(
      'slipway.config.ts',
      appConfig(host.name, `${OPTIONS}, env: { ${env} }`).replace(
        'services:',
        `guard: { confirm: '3s' }, services:`,
      ),
    )
  const nextMessage = () => {
    count += 1
    return `m${count}`
  }
  const trace = async () =>
    [...new Set((await host.run(`cat ${FAULTS}/steps; rm ${FAULTS}/steps`)).split('\n'))].filter(Boolean)

  afterAll(() => console.log(`\n${table.join('\n')}\n`))

  /** Waits until the host has decided, and tells whether anything is left over. */
  const settled = () =>
    host.run(
      `for i in $(seq 300); do
         if ! ls /var/lib/slipway/lock /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE 'lock$|-(prepared|armed|active|reverting)$' &&
            [ -z "$(systemctl list-units --no-legend --state=active,activating,deactivating 'slipway-*' | grep -v recover)" ]; then exit 0; fi
         sleep 0.1
       done; ls -R /var/lib/slipway/guards; systemctl list-units --all 'slipway-*'; exit 1`,
    )

  async function hurt(step: string, kind: string, inject: (typeof KINDS)[string]) {
    const old = serving
    const wanted = nextMessage()
    const undoing = step.startsWith('undo-')
    await configure(`MESSAGE: '${wanted}'${undoing ? `, HEALTH: '500'` : ''}`)
    await host.run(`mkdir -p ${FAULTS}; rm -f ${FAULTS}/stopped; touch ${FAULTS}/stop-at-${step}`)
    const deploying = app.start('deploy')
    await host.run(`for i in $(seq 300); do [ -e ${FAULTS}/stopped ] && exit 0; sleep 0.05; done; exit 1`)
    const began = Date.now()
    await inject(host, deploying, step)
    await settled()
    const now = await message()
    const seconds = ((Date.now() - began) / 1000).toFixed(1)
    const { exitCode, all } = await deploying
    assert.ok(now === old || (now === wanted && !undoing), `serves ${now}\n${all}`)
    if (kind !== 'deployer killed') {
      assert.equal(exitCode, now === wanted ? 0 : 3, all)
      assert.match(all, now === wanted ? /✓ app on web: release \d+ serves/ : /Release \d+ serves, as before/)
    }
    const { services } = JSON.parse((await app.slipway('status', '--json')).stdout)
    assert.equal(services[0].state, 'healthy')
    assert.equal(await host.run('cat /var/lib/slipway/services/app/current/env | grep -o "m[0-9]*"'), now)
    serving = now ?? ''
    table.push(
      `${kind.padEnd(18)} ${step.padEnd(16)} ${now === wanted ? 'new' : 'old'} serves ${seconds.padStart(5)} s`,
    )
    // The next deploy works, and leaves nothing.
    const next = nextMessage()
    await configure(`MESSAGE: '${next}'`)
    const again = await app.slipway('deploy')
    assert.equal(again.code, 0, again.text)
    assert.equal(await message(), next)
    serving = next
    assert.equal(
      await host.run(
        `ls /var/lib/slipway/lock /var/lib/slipway/incoming 2>/dev/null; find /var/lib/slipway/guards -name 'state-*' | grep -vE 'state-(confirmed|reverted)$'; systemctl list-units --all --no-legend 'slipway-*' | grep -v recover; true`,
      ),
      '/var/lib/slipway/incoming:',
    )
  }

  it('at all steps that the host takes', async (t) => {
    host = await labHost('t-matrix', after)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await configure(`MESSAGE: 'm1'`)
    assert.equal((await app.slipway('deploy')).code, 0)
    serving = 'm1'
    // What the steps are, a good deploy and a bad one tell.
    await host.run(`mkdir -p ${FAULTS}`)
    await configure(`MESSAGE: '${nextMessage()}'`)
    assert.equal((await app.slipway('deploy')).code, 0)
    serving = `m${count}`
    const steps = await trace()
    await configure(`HEALTH: '500'`)
    assert.equal((await app.slipway('deploy')).code, 3)
    const undoing = (await trace()).filter((step) => step.startsWith('undo-'))
    const known = await namedSteps()
    const taken = new Set([...steps, ...undoing].map((step) => step.replace('undo-', '')))
    assert.deepEqual(
      known.filter((step) => !taken.has(step) && !SYSTEM_STEPS.includes(step)),
      [],
      'steps that no test takes',
    )
    for (const step of [...steps, ...undoing]) {
      for (const [kind, inject] of Object.entries(KINDS)) {
        await t.test(`${kind} at ${step}`, () => hurt(step, kind, inject))
      }
    }
  })
})

/** The steps that the program's text has. */
async function namedSteps(): Promise<string[]> {
  const names = await readdir(HOST_PROGRAM)
  const texts = await Promise.all(names.map((name) => readFile(HOST_PROGRAM + name, 'utf8')))
  return [
    ...new Set(
      texts.flatMap((text) => [...text.matchAll(/^\s*step ([\w-]+)$/gm)].map((match) => match[1] ?? '')),
    ),
  ]
}
