import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { failed } from '../../contract/failure.js'
import { ENVIRONMENT } from '../run.js'

/** What of a program's complaints is kept. */
const MOST_COMPLAINTS = 4096

/**
 * What a program prints, as it comes. It waits while nobody reads, so memory stays bounded; it is ended when `signal`
 * is aborted, which ends the output without an error, or when the reader leaves.
 * @param options `nothing`: the status that, without complaints, says that there is nothing to print. `cpuSeconds`: what
 * it may have of the processors, after everything else; absent: as much as it needs.
 * @throws CallFailed where the program fails by itself.
 */
export async function* outputStream(
  argv: readonly string[],
  signal: AbortSignal,
  { nothing, cpuSeconds }: { nothing?: number; cpuSeconds?: number } = {},
): AsyncGenerator<Buffer> {
  if (signal.aborted) return
  const bounds = cpuSeconds === undefined ? [] : ['prlimit', `--cpu=${cpuSeconds}`, '--']
  const [file = '', ...args] = [...bounds, ...argv]
  const [program = ''] = argv
  const child = spawn(file, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  if (cpuSeconds !== undefined && child.pid !== undefined)
    setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const ended = once(child, 'close')
  // Looked at below, once there is no more output.
  ended.catch(() => undefined)
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk).slice(0, MOST_COMPLAINTS)
  })
  const end = () => {
    child.kill()
    child.stdout.destroy()
  }
  signal.addEventListener('abort', end, { once: true })
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer
    const [code, killedBy] = await ended
    if (code === 0 || (code === nothing && complaints === '')) return
    const how = code === null ? `was killed by ${killedBy}` : `ended with status ${code}`
    throw failed(`${program} ${how}`, { why: complaints.trim() || undefined })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}
