import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { HookCommand } from '../../release/layout.js'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import { exists } from '../files.js'
import { systemdRun } from '../systemd/systemd-run.js'
import type { ServiceRecord } from './item-record.js'
import { releaseCommand } from './release-command.js'
import type { StoredRelease } from './releases.js'

/** There once a hook that changes what can't be put back has begun. */
const IRREVERSIBLE = 'irreversible'
/** Where the last output of a hook is kept, for people. */
export const OUTPUT = 'output'
/** How much longer than its own limit, which systemd keeps, a hook is waited for, in milliseconds. */
const SLACK_MS = 10_000
/** How long a hook that is to end may take to do so, in seconds; then it is killed. */
const STOP_SECONDS = 10
/** The pause before a hook is told to end again, in milliseconds. */
const STOP_AGAIN_MS = 100

/**
 * Runs a release's hooks with the user, environment and sandbox of its unit: once for each release and host, what ran is
 * on record beside it. Throws {@link ItemProblem} that names the one that failed.
 */
export async function runHooks(
  work: ItemWork<ServiceRecord>,
  release: StoredRelease,
  when: 'before' | 'after',
): Promise<boolean> {
  const { agent, record, dir } = work
  const hooks = release.layout[when]
  if (hooks.length === 0 || !record.hooks) return false
  const done = join(release.dir, `${when}-done`)
  if (await exists(done)) return false
  for (const hook of hooks) {
    // What it has done by the time of a crash, nobody knows.
    if (hook.irreversible) await agent.files.touch(join(release.dir, IRREVERSIBLE))
    const { code, output } = await runHook(work, release, hook)
    if (output !== '') agent.log.info(output.trimEnd())
    if (code === 0) continue
    await agent.files.write(join(dir, OUTPUT), output)
    const name = basename(hook.argv[0] ?? '')
    throw new ItemProblem(`its ${when} hook ${name} exited with status ${code ?? 'unknown'}`)
  }
  await agent.files.touch(done)
  return true
}

async function runHook(
  { agent, activation, record, signal }: ItemWork<ServiceRecord>,
  release: StoredRelease,
  { argv, timeoutMs }: HookCommand,
): Promise<{ code: number | null; output: string }> {
  const { properties, command } = await releaseCommand(agent, release, record.toSlot, argv)
  // Two services of an activation may have their hooks at once.
  const unit = `slipway-hook-${activation}-${record.name}.service`
  const words = systemdRun({
    unit,
    properties: [
      ...properties,
      `RuntimeMaxSec=${Math.ceil(timeoutMs / 1000)}`,
      `TimeoutStopSec=${STOP_SECONDS}`,
      // A part of the activation: it ends with whoever carries that on.
      ...[`BindsTo=${AGENT_UNIT}`, `After=${AGENT_UNIT}`],
    ],
    wait: true,
    pipe: 'pipe',
    command,
  })
  const running = agent.run(words, { timeoutMs: timeoutMs + SLACK_MS })
  let over = false
  const stop = async () => {
    while (!over) {
      // There may be no such unit yet.
      await agent.systemd.stop(unit).catch(() => undefined)
      await sleep(STOP_AGAIN_MS)
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) void stop()
  try {
    const { code, stdout, stderr, timedOut } = await running
    // systemd-run is gone then, but not what it has started.
    if (timedOut) await agent.systemd.stop(unit)
    return { code, output: stdout + stderr }
  } finally {
    over = true
    signal.removeEventListener('abort', stop)
  }
}

/** Whether a release has changed what can't be put back. */
export function isIrreversible(releaseDir: string): Promise<boolean> {
  return exists(join(releaseDir, IRREVERSIBLE))
}
