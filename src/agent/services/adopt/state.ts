import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Adopts } from '../../../contract/activation.js'
import { ItemProblem, type ItemWork } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { exists, readText } from '../../files.js'
import type { ServiceRecord } from '../item-record.js'
import { changeOwned, readOwned } from '../owned.js'

/**
 * The old program's data is copied into the state directory, which may be on another file system, and stays where it is:
 * as long as no request has reached the new release, that is what the old one goes on with. From then on what the new
 * release has written goes back with it.
 */

/** How long a copy may take, in milliseconds: an activation has a limit of its own. */
const COPY_MS = 3_600_000
/** What SQLite keeps beside a database that is open, or was not closed: sqlite.org/tempfiles.html. */
const BESIDE = ['', '-wal', '-journal', '-shm']

/** In the item's folder: there once copies are made, and once requests reach the new release. */
const COPYING = 'adopt-copying'
const SERVED = 'adopt-served'
/** Who had a state directory that stays where it is: `uid:gid`. */
const OWNER = 'adopt-owner'

type Work = ItemWork<ServiceRecord>
type Copy = Adopts['state'][number]

function targetOf({ agent, record }: Work, { to }: Copy): string {
  return join(agent.places.state(record.name), to)
}

/** Copies the data; nothing of it is open any more. */
export async function copyState(work: Work, copies: readonly Copy[]): Promise<void> {
  const { agent, dir } = work
  const state = agent.places.state(work.record.name)
  const own = copies.find(({ from }) => from === state)
  if (own !== undefined) {
    const { uid, gid } = await lstat(state)
    await agent.files.write(join(dir, OWNER), `${uid}:${gid}\n`)
  }
  await agent.files.touch(join(dir, COPYING))
  for (const one of copies) {
    if (one.from === state) continue
    const target = targetOf(work, one)
    if (one.to !== '') await agent.files.makeFolder(state, 0o750)
    for (const suffix of await suffixesOf(one.from)) {
      await copy(agent, one.from + suffix, target + suffix, work.signal)
    }
  }
}

/** From now on what the new release writes is not lost. */
export function markServed({ agent, dir }: Work): Promise<void> {
  return agent.files.touch(join(dir, SERVED))
}

/** The old program finds its data where it was; nothing that knows the copies runs any more. */
export async function giveStateBack(work: Work, copies: readonly Copy[]): Promise<void> {
  const { agent, dir, record } = work
  const state = agent.places.state(record.name)
  const owner = (await readText(join(dir, OWNER)))?.trim()
  if (owner !== undefined) await run(agent, ['chown', '-R', '-h', owner, '--', state])
  if (!(await exists(join(dir, COPYING)))) return
  const moved = copies.filter(({ from }) => from !== state)
  const served = await exists(join(dir, SERVED))
  for (const one of served ? moved : []) await copyBack(work, one)
  if (moved.length > 0) await agent.files.remove(state)
  if (record.name in (await readOwned(agent)).states) {
    await changeOwned(agent, ({ states }) => {
      delete states[record.name]
    })
  }
  // Done again, it would take back what the old program has written since.
  await agent.files.remove(join(dir, COPYING))
}

async function copyBack(work: Work, one: Copy): Promise<void> {
  const { agent } = work
  const target = targetOf(work, one)
  // It may be gone where this was cut off.
  if (!(await exists(target))) return
  const isFolder = (await lstat(target)).isDirectory()
  for (const suffix of isFolder ? [''] : BESIDE) {
    const [from, to] = [target + suffix, one.from + suffix]
    if (await exists(from)) await replace(agent, from, to, one.from)
    else await agent.files.remove(to)
  }
}

/** One rename, or two of a folder, brings it there, owned as what it was made from. */
async function replace(agent: Agent, from: string, to: string, like: string): Promise<void> {
  const [draft, before] = [`${to}.slipway-back`, `${to}.slipway-before`]
  const owner = (await exists(like)) ? like : before
  await agent.files.remove(draft)
  await copyRaw(agent, from, draft)
  await run(agent, ['chown', '-R', '-h', `--reference=${owner}`, '--', draft])
  await run(agent, ['chmod', `--reference=${owner}`, '--', draft])
  await agent.files.sync(draft)
  if ((await exists(to)) && (await lstat(to)).isDirectory()) {
    await agent.files.remove(before)
    await agent.files.move(to, before)
  }
  await agent.files.move(draft, to)
  await agent.files.remove(before)
}

/** Whole or not at all. */
async function copy(agent: Agent, from: string, to: string, signal: AbortSignal): Promise<void> {
  const draft = `${to}.adopting`
  await agent.files.remove(draft)
  await copyRaw(agent, from, draft, signal)
  await agent.files.sync(draft)
  await agent.files.move(draft, to)
}

function copyRaw(agent: Agent, from: string, to: string, signal?: AbortSignal): Promise<void> {
  return run(agent, ['cp', '--archive', '--reflink=auto', '--no-target-directory', '--', from, to], signal)
}

async function run(agent: Agent, argv: string[], signal?: AbortSignal): Promise<void> {
  const { code, stderr } = await agent.run(argv, { timeoutMs: COPY_MS, ...(signal && { signal }) })
  if (code !== 0) throw new ItemProblem(`the state could not be copied: ${stderr.trim() || argv.join(' ')}`)
}

/** Which of a database's files there are; a folder is one. */
async function suffixesOf(path: string): Promise<string[]> {
  const there = await Promise.all(BESIDE.map((suffix) => exists(path + suffix)))
  return BESIDE.filter((_, index) => there[index])
}
