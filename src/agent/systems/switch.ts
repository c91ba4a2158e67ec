import { join } from 'node:path'
import type { SystemMode } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { leadsSomewhere, realPath } from '../files.js'
import { lastLines, readTail } from '../journal/tail.js'
import type { Ended } from '../run.js'
import { type Account, asUser } from './account.js'
import { SWITCH } from './profile.js'

/** What activates a profile of deploy-rs. */
export const DEPLOY_RS = 'deploy-rs-activate'

/** What of an activation's output goes to the journal: more than any switch says that goes as it should. */
const JOURNAL_BYTES = 256 * 1024

/** What is activated, and how. */
export interface Switch {
  /** The store path. */
  system: string
  mode: SystemMode | 'dry-activate'
  /** Its profile, which may be at something else. */
  profile: string
  owner: Account
  /** How long it may take. */
  ms: number
  /** Where what it prints is kept. */
  output: string
}

/** Has a system activate itself. What it prints is for the journal, and for people if it fails. */
export async function switchTo(agent: Agent, wanted: Switch): Promise<Ended> {
  const argv = await switchArgv(wanted)
  const ended = await runKept(agent, asUser(wanted.owner, argv), wanted)
  const said = (await readTail(wanted.output, JOURNAL_BYTES)) ?? ended.stdout + ended.stderr
  if (said.trim() !== '') agent.log.info(said.trimEnd())
  return ended
}

async function switchArgv({ system, mode, profile }: Switch): Promise<string[]> {
  const [isNixos, isDeployRs] = await Promise.all([
    leadsSomewhere(join(system, SWITCH)),
    leadsSomewhere(join(system, DEPLOY_RS)),
  ])
  // deploy-rs knows no test of a NixOS system.
  if (isNixos && !(isDeployRs && mode !== 'test')) return [join(system, SWITCH), mode]
  // $PROFILE is what is activated: the profile, where it has been set.
  const activated = (await realPath(profile)) === system ? profile : system
  return [
    'env',
    '-C',
    system,
    `PROFILE=${activated}`,
    `BOOT=${mode === 'boot' ? 1 : 0}`,
    `DRY_ACTIVATE=${mode === 'dry-activate' ? 1 : 0}`,
    join(system, DEPLOY_RS),
  ]
}

/** Runs a program that may print much and may leave others running; what it prints is kept in a file. */
export async function runKept(
  agent: Agent,
  argv: readonly string[],
  { ms, output }: { ms: number; output: string },
): Promise<Ended> {
  const isKept = await makeEmpty(agent, output)
  return agent.run(argv, { timeoutMs: ms, ...(isKept && { outputFile: output }) })
}

/** A disk that is full must not keep a system from being put back: only what it prints is lost then. */
async function makeEmpty(agent: Agent, output: string): Promise<boolean> {
  try {
    await agent.files.remove(output)
    await agent.files.touch(output)
    return true
  } catch (error) {
    agent.log.warning(`what a system prints can't be kept in ${output}: ${error}`)
    return false
  }
}

/** Why a program that was kept did not end well, for a sentence: its last words, or how it ended. */
export async function whyOf(ended: Ended, { ms, output }: { ms: number; output: string }): Promise<string> {
  if (ended.timedOut) return `it took longer than ${secondsText(ms)}`
  const said = lastLines((await readTail(output, JOURNAL_BYTES)) ?? ended.stdout + ended.stderr, 1)
  if (said !== '') return said
  return ended.code === null ? 'it was killed' : `it exited with status ${ended.code}`
}

/** A limit, for a sentence. */
export function secondsText(ms: number): string {
  return `${ms / 1000} s`
}
