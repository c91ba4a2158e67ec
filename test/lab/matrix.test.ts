import assert from 'node:assert/strict'
import { after as afterAll, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { CRASHES, FAULTS, isIn, killDeployer, namedSteps, partOf } from './faults.js'
import type { LabHost } from './host.js'
import { type Subject, WAYS, type Way } from './matrix-subjects.js'
import type { Project } from './project.js'

/** Tenths of a second; `RestartSec=` of our units is one second. */
const RESTART_TRIES = 50

type Started = ReturnType<Project['start']>

/** What goes wrong, while the activation stands still at a step. */
const KINDS: Record<string, (host: LabHost, deploying: Started, step: string) => Promise<void>> = {
  ...Object.fromEntries(
    Object.entries(CRASHES).map(([kind, hurt]) => [kind, (host, _deploying, step) => hurt(host, step)]),
  ),
  'agent stopped': async (host, _deploying, step) => {
    await host.run(
      `kill -STOP $(systemctl show -p MainPID --value slipway-agent); rm ${FAULTS}/stop-at-${step}`,
    )
  },
  'new instance killed': async (host, _deploying, step) => {
    await host.run(
      `cd /var/lib/slipway/services/app 2>/dev/null && for slot in blue green; do
         [ "$(readlink slots/$slot/release)" != "../../releases/$(ls releases | sort -n | tail -n 1)" ] ||
           systemctl kill --signal=KILL "app@$slot.service" || :
       done; rm ${FAULTS}/stop-at-${step}`,
    )
  },
  'deployer killed': async (host, deploying, step) => {
    await killDeployer(deploying)
    await host.run(`rm ${FAULTS}/stop-at-${step}`)
  },
  'connection cut': async (host, deploying, step) => {
    await execa('pkill', ['-KILL', '-P', String(deploying.pid), '-f', ' -M -o ControlPath'], {
      reject: false,
    })
    await host.run(`rm ${FAULTS}/stop-at-${step}`)
  },
}

/** Into how many parts all faults at all steps fall. */
const PARTS = 16

/** Of an activation and of a revert. The steps are those that the agent says it takes, so none can be forgotten. */
describe('every fault at every step', () => {
  const after = cleanups()
  const table: string[] = []
  afterAll(() => console.log(`\n${table.join('\n')}\n`))

  it('at all steps that the host takes', async (t) => {
    const part = partOf(PARTS)
    console.log(`# part ${part.number + 1} of ${part.of} of all faults`)
    const taken = new Set<string>()
    for (const way of WAYS) {
      const stages = await Promise.all(
        Array.from({ length: way.hosts }, (_, index) => stage(way, `t-matrix-${way.name}-${index}`, after)),
      )
      const steps = (await stages[0]?.steps()) ?? []
      const due = steps
        .filter((step) => !taken.has(step) || way.again?.includes(step))
        .flatMap((step) => Object.keys(KINDS).map((kind) => ({ step, kind })))
        .filter((_fault, index) => isIn(part, index))
      for (const step of steps) taken.add(step)
      await Promise.all(
        stages.map(async (one) => {
          for (let next = due.shift(); next; next = due.shift()) {
            const { step, kind } = next
            await t.test(`${way.name}: ${kind} at ${step}`, async () => {
              table.push(await one.hurt(step, kind))
            })
          }
          await one.deployNext()
        }),
      )
    }
    const names = new Set([...taken].map((step) => step.replace('undo-', '')))
    assert.deepEqual(
      // rename.test.ts, adopt-faults.test.ts and modular.test.ts take theirs.
      (await namedSteps()).filter(
        (step) => !names.has(step.replace('undo-', '')) && !/^(rename-|adopt|reload$)/.test(step),
      ),
      [],
      'steps that no test takes',
    )
  })
})

/** A host to which one thing is deployed, again and again. */
async function stage(way: Way, name: string, after: (clean: () => Promise<void>) => void) {
  const subject = await way.make(name, after)
  const { host, project } = subject
  let count = 0
  let serving = ''
  const next = () => {
    count += 1
    return `v${count}`
  }
  const deployNext = async () => {
    const version = next()
    await subject.configure(version, true)
    const { code, text } = await project.slipway('deploy', '--wait')
    assert.equal(code, 0, text)
    assert.equal(await subject.answers(), version)
    serving = version
  }
  const trace = async () =>
    [...new Set((await host.run(`cat ${FAULTS}/steps; rm ${FAULTS}/steps`)).split('\n'))].filter(Boolean)
  await deployNext()

  return {
    deployNext,

    /** What the steps are, a good deploy and a bad one tell. */
    steps: async () => {
      await host.run(`mkdir -p ${FAULTS}`)
      await subject.configure(next(), true)
      assert.equal((await project.slipway('deploy', ...subject.words)).code, 0)
      const good = await trace()
      await subject.configure(next(), false)
      assert.equal((await project.slipway('deploy', '--wait', ...subject.words)).code, 3)
      const bad = (await trace()).filter((step) => step.startsWith('undo-'))
      serving = await subject.current()
      return [...good, ...bad]
    },

    /** One fault at one step; returns a line about it. */
    hurt: async (step: string, kind: string): Promise<string> => {
      const old = serving
      const wanted = next()
      const undoing = step.startsWith('undo-')
      await subject.configure(wanted, !undoing)
      await host.run(`mkdir -p ${FAULTS}; rm -f ${FAULTS}/stopped; touch ${FAULTS}/stop-at-${step}`)
      const deploying = project.start('deploy', '--wait', ...subject.words)
      await host.run(`for i in $(seq 600); do [ -e ${FAULTS}/stopped ] && exit 0; sleep 0.05; done; exit 1`)
      const began = Date.now()
      await KINDS[kind]?.(host, deploying, step)
      await settled(host)
      const seconds = ((Date.now() - began) / 1000).toFixed(1)
      const { exitCode, all } = await deploying
      const now = await subject.current()
      const isNew = now === wanted
      const answer = await answering(subject, kind === 'new instance killed' ? now : undefined)
      assert.ok(now === old || (isNew && !undoing), `${now} is current\n${all}`)
      const status = JSON.parse((await project.slipway('status', '--json')).stdout).services[0].state
      const canary = /gets 1 % of the requests/.test(status)
      assert.ok(answer === now || (canary && answer === wanted), `${answer} answers`)
      assert.match(status, subject.status)
      if (kind !== 'deployer killed') {
        assert.equal(exitCode, isNew || canary ? 0 : 3, all)
        assert.match(all, isNew || canary ? subject.says.isNew : subject.says.isOld)
      }
      // Nothing is left over. That the next deploy works, the next fault shows, for which it must reach its step.
      assert.equal(
        await host.run(
          `ls -A /var/lib/slipway/incoming 2>/dev/null; find /var/lib/slipway/guards -name 'state-*' | grep -vE 'state-(confirmed|reverted)$'; ` +
            `systemctl list-units --all --no-legend 'slipway-*' | grep -vE 'slipway-(agent|certificates|gc)'; systemctl list-units --no-legend --state=active 'app@blue.service' 'app@green.service' | sed 1d; ` +
            `ip netns | sed 1d; ip -br link | grep '^vif-slip-' | sed 1d`,
        ),
        canary
          ? await host.run(
              `systemctl list-units --no-legend --state=active 'app@blue.service' 'app@green.service' | sed 1d`,
            )
          : '',
      )
      serving = now
      if (canary) await deployNext()
      const what = isNew ? 'new' : canary ? 'both' : 'old'
      return `${way.name.padEnd(7)} ${kind.padEnd(18)} ${step.padEnd(17)} ${what.padEnd(4)} ${seconds.padStart(5)} s`
    },
  }
}

/** Who answers; an instance that was killed is given the time that systemd takes to start it again. */
async function answering({ answers }: Subject, due?: string): Promise<string> {
  for (let left = RESTART_TRIES; ; left -= 1) {
    const answer = await answers()
    if (due === undefined || answer === due || left === 0) return answer
    await sleep(100)
  }
}

/** Waits until the host has decided, and nothing is under way. */
async function settled(host: LabHost): Promise<void> {
  await host.run(
    `for i in $(seq 1200); do
       if ! ls /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE -- '-(prepared|armed|active|reverting)$' &&
          [ -z "$(ls /run/slipway/draining 2>/dev/null)" ] && systemctl is-active -q slipway-agent &&
          [ -z "$(systemctl list-units --no-legend --state=active,activating,deactivating 'slipway-*' | grep -vE 'slipway-(agent|certificates|gc)')" ]; then exit 0; fi
       sleep 0.1
     done; ls -R /var/lib/slipway/guards >&2; systemctl list-units --all 'slipway-*' >&2; exit 1`,
  )
}
