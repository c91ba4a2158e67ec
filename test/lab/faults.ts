import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { LabHost } from './host.js'
import type { Project } from './project.js'

/** What tests write down here, an activation on the host stops at: see src/agent/guard/steps.ts. */
export const FAULTS = '/run/slipway/faults'

/** A share of some faults. */
export interface Part {
  number: number
  of: number
}

/** The part of all faults that this run takes, chosen by the commit; `npm run test:full` takes all in one part. */
export function partOf(parts: number): Part {
  const asked = process.env.SLIPWAY_TEST ?? '0'
  return asked === 'full'
    ? { number: 0, of: 1 }
    : { number: Number.parseInt(asked.slice(0, 8), 16) % parts, of: parts }
}

export function isIn({ number, of }: Part, index: number): boolean {
  return index % of === number
}

/** What ends the agent while an activation stands still at a step. */
export const CRASHES: Record<string, (host: LabHost, step: string) => Promise<void>> = {
  'agent killed': async (host, step) => {
    await host.run(`rm ${FAULTS}/stop-at-${step}; systemctl kill --signal=KILL slipway-agent.service`)
  },
  'host off': async (host) => {
    await host.powerOff()
    await host.boot()
  },
}

const AGENT = fileURLToPath(new URL('../../src/agent/', import.meta.url))

/** The steps that the agent's text has, by how they begin, so that tests forget none. */
export async function namedSteps(beginning = ''): Promise<string[]> {
  const names = (await readdir(AGENT, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(names.map((name) => readFile(AGENT + name, 'utf8')))
  const steps = texts.flatMap((text) =>
    [...text.matchAll(/\bstep\('([\w-]+)'\)|beginStep\(agent, live, '([\w-]+)'\)/g)].map(
      ([, step, begun]) => step ?? begun ?? '',
    ),
  )
  return [...new Set(steps)].filter((step) => step.startsWith(beginning))
}

/** Has the host's next activation stand still at a step. */
export async function stopAt(host: LabHost, step: string): Promise<void> {
  await host.run(`mkdir -p ${FAULTS}; rm -f ${FAULTS}/stopped; touch ${FAULTS}/stop-at-${step}`)
}

/** Waits until it does. */
export async function untilStopped(host: LabHost): Promise<void> {
  await host.run(`for i in $(seq 1200); do [ -e ${FAULTS}/stopped ] && exit 0; sleep 0.05; done; exit 1`)
}

/** Lets it go on, and no longer writes down steps. */
export async function letGoOn(host: LabHost, step: string): Promise<void> {
  await host.run(`rm -f ${FAULTS}/stop-at-${step}; sleep 0.2; rm -rf ${FAULTS}`)
}

/** Waits until an activation has ended, whose record is still there. */
export async function untilEnded(host: LabHost): Promise<void> {
  await host.run(
    'for i in $(seq 300); do ls /var/lib/slipway/guards/*/ended && exit 0; sleep 0.1; done; exit 1',
  )
}

/** As when a terminal is closed by force: its ssh processes end too. */
export async function killDeployer(deploying: ReturnType<Project['start']>): Promise<void> {
  await execa('pkill', ['-KILL', '-P', String(deploying.pid)], { reject: false })
  deploying.kill('SIGKILL')
  await deploying
}
