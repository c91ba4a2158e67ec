import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { systemdRun } from '../systemd/systemd-run.js'
import { type Answer, shownText } from './answer.js'
import type { ReleaseCommand } from './release-command.js'

/** The least pause between two runs, in milliseconds: to make a sandbox costs more than a request. */
const PAUSE_MS = 200
/** How long one that is to end may take to do so, in milliseconds; then it is killed. */
const STOP_MS = 1000
/** How much longer than its own limits, which systemd keeps, it is waited for, in milliseconds. */
const SLACK_MS = 10_000

/** Runs a release's own probe once, in the sandbox of its service; its status says how that does. */
export async function runProbe(
  agent: Pick<Agent, 'run'>,
  { properties, command }: ReleaseCommand,
  timeoutMs: number,
): Promise<Answer> {
  const began = performance.now()
  const words = systemdRun({
    description: 'slipway: asks how a service does, by a program of its own',
    properties: [
      ...properties,
      `RuntimeMaxSec=${timeoutMs}ms`,
      `TimeoutStopSec=${STOP_MS}ms`,
      // It ends with whoever wants to know.
      ...[`BindsTo=${AGENT_UNIT}`, `After=${AGENT_UNIT}`],
    ],
    wait: true,
    pipe: 'pipe',
    command,
  })
  const { code, stdout, stderr } = await agent.run(words, { timeoutMs: timeoutMs + STOP_MS + SLACK_MS })
  const took = performance.now() - began
  await sleep(Math.max(0, PAUSE_MS - took))
  if (code === 0) return { code: 0, well: 'it ended with status 0' }
  const said = shownText(stdout + stderr)
  const ended =
    took >= timeoutMs
      ? `it did not end within ${timeoutMs / 1000} s`
      : `it ended with status ${code ?? 'unknown'}`
  return { code: 0, problem: said === '' ? ended : `${ended}: ${said}` }
}
