import { stat } from 'node:fs/promises'
import type { Agent } from '../agent.js'
import { leadsSomewhere } from '../files.js'
import { type NginxDump, readDump } from './dump.js'
import { dumpWithoutOurs } from './test-tree.js'
import { type NginxUnit, nginxUnit } from './unit.js'

/** What is known of nginx on a host. */
export interface NginxFacts {
  /** null: it isn't installed. */
  version: string | null
  running: boolean
  /** Whether it takes its configuration. */
  valid: boolean
  /** What it says where it doesn't. */
  error: string | null
  /** Whether its configuration includes ours. */
  includes: boolean
  /** The domains whose foreign server blocks include our locations. */
  domains: string[]
  /** The group of its workers. */
  group: string
  /** Whether somebody else's configuration sets the size of the hash of servers' names. */
  namesHash: boolean
  /** The file of somebody else's default server for port 80; null: none is marked as that. */
  defaultServer: string | null
  /** Whether it can compress with brotli. */
  brotli: boolean
}

/**
 * For how long facts are good while nothing that they are known to come from has changed: nginx looks at more than that,
 * such as certificates of somebody else's.
 */
const FACTS_MS = 600_000
/** How a program ends that is not there. */
const NOT_FOUND = 127
/** How much of an error is told, in lines. */
const ERROR_LINES = 3
/** Whom nginx's workers run as where nobody says: Debian's choice. */
const DEFAULT_USER = 'www-data'

interface Kept {
  at: number
  /** What the facts come from, beside the unit. */
  watched: string[]
  stamp: string
  facts: Omit<NginxFacts, 'running'>
}

/**
 * Finds nginx, and has it print its configuration: only where its process, its program, or a file or a folder of its
 * configuration is another than the last time. Trees of ours are tested before they are in place.
 */
export function createNginxFinder(agent: Agent, now: () => number = Date.now): () => Promise<NginxFacts> {
  let kept: Kept | undefined
  let asking: Promise<NginxFacts> | undefined
  const find = async (): Promise<NginxFacts> => {
    const unit = await nginxUnit(agent)
    if (
      kept === undefined ||
      now() - kept.at > FACTS_MS ||
      kept.stamp !== (await stampOf(unit, kept.watched))
    ) {
      kept = await ask(unit)
    }
    const { facts } = kept
    // What is wrong may be put right where nobody looks here.
    if (!facts.valid) kept = undefined
    return { ...facts, running: unit.active }
  }
  const ask = async (unit: NginxUnit): Promise<Kept> => {
    const at = now()
    const [version, dumped] = await Promise.all([
      agent.run([unit.program, '-V']),
      agent.run([unit.program, '-T', ...unit.options]),
    ])
    const valid = dumped.code === 0
    // Of a configuration that it does not take it prints nothing.
    const other =
      valid || dumped.code === NOT_FOUND || !(await leadsSomewhere(agent.places.nginx))
        ? ''
        : await dumpWithoutOurs(agent, unit)
    const dump = readDump(other || dumped.stdout)
    const watched = [...dump.files, ...dump.folders]
    return {
      at,
      watched,
      stamp: await stampOf(unit, watched),
      facts: {
        version: /nginx\/([0-9.]+)/.exec(version.stderr)?.[1] ?? null,
        valid,
        error: valid ? null : dumped.code === NOT_FOUND ? 'nginx: not found' : errorOf(dumped.stderr),
        includes: dump.includesOurs,
        domains: dump.domains,
        group: await groupOf(agent, unit, dump),
        namesHash: dump.namesHash,
        defaultServer: dump.defaultServer ?? null,
        brotli: dump.brotli || /--add-module=\S*brotli/.test(version.stderr),
      },
    }
  }
  return () => {
    asking ??= find().finally(() => {
      asking = undefined
    })
    return asking
  }
}

/** Another text wherever something that facts come from has changed. */
async function stampOf(unit: NginxUnit, watched: readonly string[]): Promise<string> {
  const { program, options, mainPid, user, group } = unit
  const states = await Promise.all([program, ...watched].map(stateOf))
  return JSON.stringify([program, options, mainPid, user, group, states])
}

async function stateOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path)
    return `${ino} ${mtimeMs} ${size}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

function errorOf(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const errors = lines.filter((line) => /emerg|not found/.test(line))
  return (errors.length > 0 ? errors : lines).slice(0, ERROR_LINES).join('\n')
}

/** The group of the workers: the unit's where its user is not root, else that of nginx's configuration. */
async function groupOf(agent: Agent, unit: NginxUnit, dump: NginxDump): Promise<string> {
  const [user, group] =
    unit.user === '' ? [dump.user ?? DEFAULT_USER, dump.group] : [unit.user, unit.group || undefined]
  return group ?? (await primaryGroup(agent, user)) ?? 'root'
}

/** undefined: there is no such user. */
export async function primaryGroup(agent: Agent, user: string): Promise<string | undefined> {
  const { code, stdout } = await agent.run(['id', '-gn', '--', user])
  return code === 0 ? stdout.trim() : undefined
}
