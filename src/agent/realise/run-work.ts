import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { STORE_DISKS, watchRoom } from '../room/free.js'
import { ENVIRONMENT } from '../run.js'
import { systemdRun } from '../systemd/systemd-run.js'
import type { Work } from './commands.js'

/** How long one piece of work may take, in seconds. */
const TOTAL_S = 3600
/** What it may have of the host's memory, and how many tasks. */
const MEMORY = '75%'
const TASKS = 1024

/** Everything one piece of work may have: it ends with the agent, and first when memory runs out. */
const BOUNDS = [
  `BindsTo=${AGENT_UNIT}`,
  'KillMode=control-group',
  'TimeoutStopSec=5',
  `RuntimeMaxSec=${TOTAL_S}`,
  `MemoryMax=${MEMORY}`,
  'MemorySwapMax=0',
  `TasksMax=${TASKS}`,
  // The users that build have it each: also where nobody enforces the former.
  `LimitNPROC=${TASKS}`,
  'OOMScoreAdjust=900',
  'CPUWeight=20',
  'IOWeight=20',
  'Nice=10',
  'LimitCORE=0',
  'PrivateTmp=yes',
  'ProtectSystem=strict',
  'ReadWritePaths=/nix',
]

/**
 * Runs work, each in a transient unit of this name and a number, one after the other as long as they end well; gives what
 * Nix tells of it. The unit is ended when `signal` is aborted, when the disk runs full, or when nobody reads any more.
 */
export async function* runWork(
  agent: Pick<Agent, 'systemd' | 'log'>,
  name: string,
  works: readonly Work[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const [index, { command, network }] of works.entries()) {
    if (signal.aborted) return
    const unit = `${name}:${index}`
    const properties = network ? BOUNDS : [...BOUNDS, 'PrivateNetwork=yes']
    const [program = '', ...args] = systemdRun({ unit, properties, wait: true, pipe: 'pipe', command })
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(child, 'close') as Promise<[number | null]>
    ended.catch(() => undefined)
    let full = false
    // systemd-run too: it may not have asked for the unit yet.
    const stop = () => {
      child.kill()
      void endUnit(agent, unit)
    }
    const endWatch = watchRoom(STORE_DISKS, () => {
      full = true
      stop()
    })
    signal.addEventListener('abort', stop, { once: true })
    let over = false
    try {
      for await (const chunk of child.stderr) yield chunk as Buffer
      const [code] = await ended
      over = true
      if (code === 0) continue
      if (full) yield Buffer.from('error: the build was ended: less than 1 GiB is left on the disk\n')
      else if (!isNixStatus(code))
        yield Buffer.from(`error: the host ended it, status ${code}: see its time and memory\n`)
      return
    } finally {
      endWatch()
      signal.removeEventListener('abort', stop)
      if (!over || signal.aborted) {
        child.kill()
        await endUnit(agent, unit)
      }
    }
  }
}

/** 1, or with 64, 32 and 4 in it for a build that failed: nix-store(1), "Operation --realise". It has said why. */
function isNixStatus(code: number | null): boolean {
  return code === 1 || (code !== null && code >= 100 && code <= 111)
}

/** Builders are in its cgroup, and end with it. */
async function endUnit({ systemd, log }: Pick<Agent, 'systemd' | 'log'>, unit: string): Promise<void> {
  try {
    await systemd.stop(`${unit}.service`)
  } catch (error) {
    log.warning(`${unit} could not be ended: ${String(error)}`)
  }
}
