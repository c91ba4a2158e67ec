import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ClosurePath } from '../contract/release.js'
import { MOST_PATHS } from '../contract/verbs.js'
import { exportOf, type NixCommand } from '../nix/nix-command.js'
import type { Login } from '../remote/login.js'
import { timed } from './debug.js'
import type { Engine } from './engine.js'
import { settle } from './settle.js'

/** The most that goes over the agent's stream: the host's Nix holds each path in memory while it takes it in. */
const MOST_BYTES = 32 * 1024 * 1024

/** Packages, and what is known of what they need. */
export interface Closures {
  packages: readonly string[]
  /** All that they need, themselves included; undefined where nobody looks it up. */
  all: Promise<readonly ClosurePath[] | undefined>
  /** What releases of the host hold, which is there for sure; absent: nobody knows. */
  held?: Promise<ReadonlySet<string>> | undefined
}

/**
 * Sends a host what it lacks of closures over the agent's own stream: that takes a round trip or two, where a copy of Nix's
 * takes a login's session and five. Resolves to false where `nix copy` is to do it: it is too much, or it came to nothing.
 */
export async function sendPaths(
  engine: Pick<Engine, 'tell'>,
  { host, agent }: Pick<Login, 'host'> & { agent: Pick<Login['agent'], 'call' | 'upload'> },
  { packages, all, held }: Closures,
): Promise<boolean> {
  // Most deploys bring nothing new but the packages: Nix writes those out while it is asked what they need.
  const over = new AbortController()
  const early = held && settle(gather(outputOf(exportOf(packages), over.signal)))
  try {
    const closure = await all
    const there = (await held) ?? new Set()
    if (closure === undefined) return false
    const bytes = new Map(closure.flatMap((item) => (there.has(item.path) ? [] : [[item.path, item.bytes]])))
    if (bytes.size > MOST_PATHS) return false
    const unheld = [...bytes.keys()]
    const areWritten = (some: readonly string[]) => some.every((path) => packages.includes(path))
    const isKnown = there.size > 0 && areWritten(unheld)
    const paths = isKnown ? unheld : (await agent.call('lacking', { paths: unheld })).paths
    if (paths.length === 0) return true
    if (paths.reduce((sum, path) => sum + (bytes.get(path) ?? 0), 0) > MOST_BYTES) return false
    const command = exportOf(paths)
    return await timed(engine, host, command, async () => {
      const gathered = areWritten(paths) ? await early : undefined
      const source = gathered?.ok ? gathered.value : outputOf(command)
      const { stream, done } = agent.upload(source)
      const taken = await agent.call('importPaths', { stream }).then(
        () => true,
        () => false,
      )
      return taken && done.then(() => true)
    })
  } finally {
    over.abort()
  }
}

/** All of it, unless that is more than is to be sent. */
async function gather(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > MOST_BYTES) throw new Error('that is too much')
    all.push(piece)
  }
  return Buffer.concat(all)
}

/** What a command prints, as it comes; throws at its end where it fails, and ends it where nobody wants more. */
async function* outputOf({ program, args }: NixCommand, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], ...(signal && { signal }) })
  const ended = once(child, 'close')
  ended.catch(() => undefined)
  try {
    yield* child.stdout
    const [code] = await ended
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
  } finally {
    child.kill()
  }
}
