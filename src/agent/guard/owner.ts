import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { OWNER } from './record.js'

/** What this process calls itself where it owns an activation. */
const SELF = `${process.pid}-${randomBytes(8).toString('hex')}`

/** Thrown where another process has taken an activation over: whatever this one was at, it leaves it. */
export class NotOwner extends Error {
  override name = 'NotOwner'
}

/** Makes an activation this process's to carry on. */
export async function own(agent: Agent, dir: string): Promise<void> {
  await agent.files.write(join(dir, OWNER), `${SELF}\n`)
}

/** A process that was stopped for long may wake up when another one has taken over. */
export async function requireOwner(dir: string): Promise<void> {
  const owner = await readText(join(dir, OWNER))
  if (owner !== `${SELF}\n`) throw new NotOwner('another process carries this activation on')
}
