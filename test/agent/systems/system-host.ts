import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runProgram } from '../../../src/agent/run.js'
import { createSystemItem } from '../../../src/agent/systems/item.js'
import type { SystemWork } from '../../../src/agent/systems/owner.js'
import type { SystemPlaces } from '../../../src/agent/systems/places.js'
import type { SystemRecord } from '../../../src/agent/systems/record.js'
import type { SystemItem } from '../../../src/contract/activation.js'
import type { EventStep } from '../../../src/contract/events.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

/** A host with a Nix that knows profiles and nothing else. */
export interface SystemHost extends TestAgent {
  places: SystemPlaces
  kind: ReturnType<typeof createSystemItem>
  /** Makes a store path with programs in it, by their paths. */
  store(name: string, programs: Record<string, string>): string
  /** Makes a NixOS system whose activation is noted down and then does what a script says. */
  nixos(name: string, script?: string): string
  /** Sets a profile as nix-env does. */
  set(profile: string, path: string): number
  /** What nix-env and systems have done since the last look. */
  done(): string[]
  item(parts: Partial<SystemItem> & { to: string }): SystemItem
  /** Puts an item on record, to be worked on. */
  work(parts: Partial<SystemItem> & { to: string }): Promise<SystemWork & { told: string[]; steps: string[] }>
}

export function systemHost(): SystemHost {
  const host = testAgent({
    run: (argv, options) => run(argv, options),
    systemd: { resetAllFailed: async () => undefined },
  })
  const { folder, agent } = host
  const places: SystemPlaces = {
    profile: join(folder, 'profiles/system'),
    perUser: join(folder, 'profiles/per-user'),
    running: join(folder, 'current-system'),
    booted: join(folder, 'booted-system'),
    passwd: join(folder, 'passwd'),
  }
  const home = join(folder, 'home/ann')
  mkdirSync(join(folder, 'profiles'))
  writeFileSync(places.passwd, `root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:${home}:/bin/sh\n`)
  const notes = join(folder, 'notes')

  const set = (profile: string, path: string) => {
    mkdirSync(dirname(profile), { recursive: true })
    const numbers = generations(profile)
    const known = numbers.find((one) => readlinkSync(`${profile}-${one}-link`) === path)
    const number = known ?? Math.max(0, ...numbers) + 1
    if (known === undefined) symlinkSync(path, `${profile}-${number}-link`)
    point(profile, number)
    return number
  }
  const nixEnv = (profile: string, what: string, value: string) => {
    appendFileSync(notes, `nix-env ${basename(profile)} ${what} ${basename(value)}\n`)
    if (what === '--set') set(profile, value)
    else if (generations(profile).includes(Number(value))) point(profile, Number(value))
    else return `error: generation ${value} does not exist`
    return undefined
  }
  const run: typeof runProgram = async (argv, options) => {
    const words = argv[0] === 'runuser' ? argv.slice(argv.indexOf('env') + ENVIRONMENT_WORDS) : argv
    if (words[0] === 'nix-store') return endedWith(0)
    if (words[0] === 'getent') return endedWith(2)
    if (words[0] !== 'nix-env') {
      return runProgram(words, { ...options, env: { PATH: process.env.PATH ?? '', NOTES: notes } })
    }
    const problem = nixEnv(words[2] ?? '', words[3] ?? '', words[4] ?? '')
    if (problem !== undefined && options?.outputFile) writeFileSync(options.outputFile, `${problem}\n`)
    return endedWith(problem === undefined ? 0 : 1)
  }
  const item: SystemHost['item'] = (parts) => ({
    kind: 'system',
    name: 'box',
    action: 'deploy',
    generation: null,
    mode: 'switch',
    user: 'root',
    profile: null,
    profileName: 'system',
    confirm: true,
    revert: true,
    ...parts,
  })
  const kind = createSystemItem(places)
  const store: SystemHost['store'] = (name, programs) => {
    const path = join(folder, 'store', name)
    mkdirSync(path, { recursive: true })
    for (const [file, text] of Object.entries(programs)) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    return path
  }
  return {
    ...host,
    places,
    kind,
    store,
    nixos: (name, script = '') =>
      store(name, { 'bin/switch-to-configuration': `echo "${name} $1" >>"$NOTES"\n${script}` }),
    set,
    done: () => {
      if (!existsSync(notes)) return []
      const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean)
      rmSync(notes)
      return lines
    },
    item,
    work: async (parts) => {
      const dir = join(folder, 'item')
      mkdirSync(dir, { recursive: true })
      const told: string[] = []
      const steps: string[] = []
      const record: SystemRecord = await kind.prepare(agent, item(parts), dir)
      return {
        agent,
        activation: 'abc',
        who: 'ann@laptop',
        guard: { policy: 'each', activateMs: 5000, confirmMs: 1000, holdMs: 0, escalate: null },
        record,
        dir,
        signal: new AbortController().signal,
        step: async (name) => {
          steps.push(name)
        },
        together: async () => undefined,
        tell: async (step: EventStep, detail = null) => {
          told.push([step, detail].filter((word) => word !== null).join(' '))
        },
        told,
        steps,
      }
    },
  }
}

/** `env` and the variables that a user's command gets. */
const ENVIRONMENT_WORDS = 5

function generations(profile: string): number[] {
  const prefix = `${basename(profile)}-`
  return readdirSync(dirname(profile))
    .filter((name) => name.startsWith(prefix) && name.endsWith('-link'))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10))
}

function point(profile: string, number: number): void {
  rmSync(profile, { force: true })
  symlinkSync(`${basename(profile)}-${number}-link`, profile)
}
