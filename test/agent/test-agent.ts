import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../../src/agent/agent.js'
import { createFiles } from '../../src/agent/files.js'
import { placesAt } from '../../src/agent/places.js'
import type { Ended } from '../../src/agent/run.js'
import type { Systemd } from '../../src/agent/systemd/systemd.js'

/** An agent with folders of its own. What it runs and asks of systemd is what the test says. */
export interface TestAgent {
  agent: Agent
  /** A folder for whatever else the test needs. */
  folder: string
  /** What was run, a line each. */
  ran: string[]
  logged: string[]
  remove(): void
}

export interface TestAgentParts extends Partial<Pick<Agent, 'run' | 'files'>> {
  systemd?: Partial<Systemd>
}

export function testAgent({
  run = async () => endedWith(0),
  files,
  systemd = {},
}: TestAgentParts = {}): TestAgent {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-agent-')))
  const places = placesAt(join(folder, 'lib/slipway'), join(folder, 'run/slipway'))
  mkdirSync(places.root, { recursive: true })
  mkdirSync(places.run, { recursive: true })
  const ran: string[] = []
  const logged: string[] = []
  const note = (text: string) => {
    logged.push(text)
  }
  return {
    agent: {
      places,
      files: files ?? createFiles(),
      systemd: onlyThese(systemd),
      run: (argv, options) => {
        ran.push(argv.join(' '))
        return run(argv, options)
      },
      log: { error: note, warning: note, info: note, debug: note },
      step: async () => undefined,
    },
    folder,
    ran,
    logged,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** systemd, as far as a test has it answer. */
function onlyThese(systemd: Partial<Systemd>): Systemd {
  return new Proxy(systemd, {
    get: (target, name, receiver) =>
      Reflect.get(target, name, receiver) ??
      (() => Promise.reject(new Error(`the test knows no ${String(name)} of systemd`))),
  }) as Systemd
}

export function endedWith(code: number | null, said: { stdout?: string; stderr?: string } = {}): Ended {
  return { code, stdout: said.stdout ?? '', stderr: said.stderr ?? '', timedOut: false }
}
