import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ClosurePath } from '../contract/release.js'
import { MOST_PATHS } from '../contract/verbs.js'
import { exportOf, type NixCommand } from '../nix/nix-command.js'
import type { Login } from '../remote/login.js'
import { timed } from './debug.js'
import type { Engine } from './engine.js'

/** The most that goes over the agent's stream: the host's Nix holds each path in memory while it takes it in. */
const MOST_BYTES = 32 * 1024 * 1024

/**
 * Sends a host what it lacks of closures over the agent's own stream: that takes two round trips, where a copy of Nix's
 * takes a login's session and five. Resolves to false where `nix copy` is to do it: it is too much, or it came to nothing.
 */
export async function sendPaths(
  engine: Pick<Engine, 'tell'>,
  { host, agent }: Pick<Login, 'host'> & { agent: Pick<Login['agent'], 'call' | 'upload'> },
  closure: readonly ClosurePath[],
): Promise<boolean> {
  const bytes = new Map(closure.map((item) => [item.path, item.bytes]))
  if (bytes.size > MOST_PATHS) return false
  const { paths } = await agent.call('lacking', { paths: [...bytes.keys()] })
  if (paths.length === 0) return true
  if (paths.reduce((sum, path) => sum + (bytes.get(path) ?? 0), 0) > MOST_BYTES) return false
  const command = exportOf(paths)
  return timed(engine, host, command, async () => {
    const { stream, done } = agent.upload(outputOf(command))
    const taken = await agent.call('importPaths', { stream }).then(
      () => true,
      () => false,
    )
    return taken && done.then(() => true)
  })
}

/** What a command prints, as it comes; throws at its end where it fails, and ends it where nobody wants more. */
async function* outputOf({ program, args }: NixCommand): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
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
