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

/** A way in which the host goes through an activation. Each is tried at the steps that those before it don't take. */
interface Way {
  name: string
  listen: string
  /** More words for `slipway deploy`. */
  words: string[]
  /** Hosts that share the work. */
  hosts: number
}

const WAYS: Way[] = [
  { name: 'port', listen: `'port'`, words: [], hosts: 2 },
  { name: 'fixed', listen: '{ port: 4000 }', words: [], hosts: 1 },
  { name: 'canary', listen: `'port'`, words: ['--canary', '1%'], hosts: 1 },
]

describe('every fault at every step', () => {
  const after = cleanups()
  const table: string[] = []
  afterAll(() => console.log(`\n${table.join('\n')}\n`))

  it('at all steps that the host takes', async (t) => {
    const taken = new Set<string>()
    for (const way of WAYS) {
      const stages = await Promise.all(
        Array.from({ length: way.hosts }, (_, index) => stage(`t-matrix-${way.name}-${index}`, way, after)),
      )
      const steps = (await stages[0]?.steps()) ?? []
      const due = steps
        .filter((step) => !taken.has(step))
        .flatMap((step) => Object.keys(KINDS).map((kind) => ({ step, kind })))
      for (const step of steps) taken.add(step)
      await Promise.all(
        stages.map(async (one) => {
          for (let next = due.shift(); next; next = due.shift()) {
            const { step, kind } = next
            await t.test(`${way.name}: ${kind} at ${step}`, async () => {
              table.push(await one.hurt(step, kind))
            })
          }
        }),
      )
    }
    const names = new Set([...taken].map((step) => step.replace('undo-', '')))
    assert.deepEqual(
      (await namedSteps()).filter((step) => !names.has(step) && !SYSTEM_STEPS.includes(step)),
      [],
      'steps that no test takes',
    )
  })
})

/** A host that an app of the given way is deployed to, again and again. */
async function stage(name: string, way: Way, after: (clean: () => Promise<void>) => void) {
  const options = (env: string) =>
    `listen: ${way.listen}, health: { path: '/health', timeout: '10s' }, routes: ['http://app.example.test'], watch: '100ms', env: { ${env} }`
  const host = await labHost(name, after)
  const app = await appProject(name, after, options(`MESSAGE: 'm1'`))
  let count = 1
  let serving = 'm1'
  const configure = (env: string) =>
    app.write(
      'slipway.config.ts',
      appConfig(name, options(env)).replace('services:', `guard: { confirm: '3s' }, services:`),
    )
  const nextMessage = () => {
    count += 1
    return `m${count}`
  }
  const current = () => host.run('cat /var/lib/slipway/services/app/current/release/env | grep -o "m[0-9]*"')
  const deployNext = async () => {
    const next = nextMessage()
    await configure(`MESSAGE: '${next}'`)
    const { code, text } = await app.slipway('deploy', '--wait')
    assert.equal(code, 0, text)
    serving = next
  }
  const trace = async () =>
    [...new Set((await host.run(`cat ${FAULTS}/steps; rm ${FAULTS}/steps`)).split('\n'))].filter(Boolean)

  assert.equal((await app.slipway('setup', 'web')).code, 0)
  await configure(`MESSAGE: 'm1'`)
  assert.equal((await app.slipway('deploy')).code, 0)

  return {
    /** What the steps are, a good deploy and a bad one tell. */
    steps: async () => {
      await host.run(`mkdir -p ${FAULTS}`)
      await configure(`MESSAGE: '${nextMessage()}'`)
      assert.equal((await app.slipway('deploy', ...way.words)).code, 0)
      const good = await trace()
      await configure(`MESSAGE: '${nextMessage()}', HEALTH: '500'`)
      assert.equal((await app.slipway('deploy', '--wait', ...way.words)).code, 3)
      const bad = (await trace()).filter((step) => step.startsWith('undo-'))
      serving = await current()
      return [...good, ...bad]
    },

    /** One fault at one step; returns a line about it. */
    hurt: async (step: string, kind: string): Promise<string> => {
      const old = serving
      const wanted = nextMessage()
      const undoing = step.startsWith('undo-')
      await configure(`MESSAGE: '${wanted}'${undoing ? `, HEALTH: '500'` : ''}`)
      await host.run(`mkdir -p ${FAULTS}; rm -f ${FAULTS}/stopped; touch ${FAULTS}/stop-at-${step}`)
      const deploying = app.start('deploy', '--wait', ...way.words)
      await host.run(`for i in $(seq 600); do [ -e ${FAULTS}/stopped ] && exit 0; sleep 0.05; done; exit 1`)
      const began = Date.now()
      await KINDS[kind]?.(host, deploying, step)
      await settled(host)
      const seconds = ((Date.now() - began) / 1000).toFixed(1)
      const { exitCode, all } = await deploying
      const now = await current()
      const { message } = fields((await host.get('app.example.test', '/')).body)
      const isNew = now === wanted
      assert.ok(now === old || (isNew && !undoing), `${now} is current\n${all}`)
      const { services } = JSON.parse((await app.slipway('status', '--json')).stdout)
      const canary = /gets 1 % of the requests/.test(services[0].state)
      assert.ok(message === now || (canary && message === wanted), `${message} answers`)
      assert.match(services[0].state, /^healthy/)
      if (kind !== 'deployer killed') {
        assert.equal(exitCode, isNew || canary ? 0 : 3, all)
        assert.match(all, isNew || canary ? /✓ app on web: release \d+/ : /Release \d+ serves, as before/)
      }
      // The next deploy works, and leaves nothing.
      await deployNext()
      assert.equal(fields((await host.get('app.example.test', '/')).body).message, serving)
      await settled(host)
      assert.equal(
        await host.run(
          `ls /var/lib/slipway/lock /var/lib/slipway/incoming 2>/dev/null; find /var/lib/slipway/guards -name 'state-*' | grep -vE 'state-(confirmed|reverted)$'; ` +
            `systemctl list-units --all --no-legend 'slipway-*' | grep -v recover; systemctl list-units --no-legend --state=active 'app@blue.service' 'app@green.service' | wc -l`,
        ),
        '/var/lib/slipway/incoming:\n1',
      )
      const what = isNew ? 'new' : canary ? 'both' : 'old'
      return `${way.name.padEnd(7)} ${kind.padEnd(18)} ${step.padEnd(16)} ${what.padEnd(4)} ${seconds.padStart(5)} s`
    },
  }
}

/** Waits until the host has decided, and nothing is under way. */
async function settled(host: LabHost): Promise<void> {
  await host.run(
    `for i in $(seq 300); do
       if ! ls /var/lib/slipway/lock /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE 'lock$|-(prepared|armed|active|reverting)$' &&
          [ -z "$(systemctl list-units --no-legend --state=active,activating,deactivating 'slipway-*' | grep -v recover)" ]; then exit 0; fi
       sleep 0.1
     done; ls -R /var/lib/slipway/guards >&2; systemctl list-units --all 'slipway-*' >&2; exit 1`,
  )
}

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
