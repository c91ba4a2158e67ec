import { join } from 'node:path'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'
import { gateFile, gateWords } from './gate.js'

/** Where the kernel shows processes: proc(5). */
const PROC = '/proc'

/**
 * Ends what sshd runs for a key: also Nix, which takes packages without asking the agent. sshd gives each command a
 * session of its own, see setsid(2).
 */
export async function endLogins(agent: Agent, key: Key, proc = PROC): Promise<void> {
  const running = await processes(proc)
  const sessions = sessionsOf(agent, key, running)
  for (const { pid, session } of running) {
    if (!sessions.has(session)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It may have ended by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') agent.log.warning(`${pid}: ${String(error)}`)
    }
  }
}

/** How many commands sshd runs for a key. */
export async function countLogins(agent: Pick<Agent, 'places'>, key: Key, proc = PROC): Promise<number> {
  return sessionsOf(agent, key, await processes(proc)).size
}

function sessionsOf(agent: Pick<Agent, 'places'>, key: Key, running: readonly Running[]): Set<number> {
  return new Set(running.filter(({ words }) => isGate(agent, key, words)).map(({ session }) => session))
}

async function processes(proc: string): Promise<Running[]> {
  const found = await Promise.all((await listFolder(proc)).map((pid) => processOf(join(proc, pid))))
  return found.filter((one) => one !== undefined)
}

interface Running {
  pid: number
  session: number
  words: string[]
}

/** undefined for what is no process, or has just ended. */
async function processOf(folder: string): Promise<Running | undefined> {
  if (!/\/\d+$/.test(folder)) return undefined
  const gone = () => undefined
  const [stat, line] = await Promise.all([
    readText(join(folder, 'stat')).catch(gone),
    readText(join(folder, 'cmdline')).catch(gone),
  ])
  // The name of the program, in brackets, may hold anything: proc_pid_stat(5).
  const [pid, , , , session] = stat === undefined ? [] : [stat.split(' ')[0], ...afterName(stat)]
  if (pid === undefined || session === undefined || line === undefined) return undefined
  return { pid: Number(pid), session: Number(session), words: line.split('\0') }
}

function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** `/bin/sh GATE SERVICE NAME`, as sshd has the key run it. */
function isGate(agent: Pick<Agent, 'places'>, key: Key, words: readonly string[]): boolean {
  const [service, name] = gateWords(key)
  const at = words.indexOf(gateFile(agent))
  return at >= 0 && words[at + 1] === service && words[at + 2] === name
}
