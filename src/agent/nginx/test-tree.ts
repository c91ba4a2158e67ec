import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import type { Ended } from '../run.js'
import { systemdRun } from '../systemd/systemd-run.js'
import { type NginxUnit, nginxUnit } from './unit.js'

/** What nginx says to a configuration. */
export type TestResult =
  | { kind: 'ok' }
  | { kind: 'complaint'; complaint: string }
  /** It takes it, but somebody else's server blocks have these domains of ours. */
  | { kind: 'domainsTaken'; domains: string[] }

/** How long a test may take: nginx asks DNS for the names of somebody else's upstreams. */
const TEST_MS = 60_000
/** How much longer systemd may take about it. */
const SYSTEMD_MS = 5_000
/** How `nginx -t` ends where it doesn't take a configuration. */
const REFUSED = 1
/** What a test may take: a configuration that needs more would take it from the host, with each worker of nginx. */
const TEST_LIMITS = ['MemoryMax=1G', 'MemorySwapMax=0', 'LimitDATA=1G', 'TasksMax=32']
/** How much of a complaint is told, in lines. */
const COMPLAINT_LINES = 5

/**
 * Tests the whole of nginx's configuration with a tree in place of the live one: in a transient unit, which alone sees
 * it there. Without a tree: as it is. The domains are those whose server blocks are ours. `replaced` are files of somebody
 * else's as they are to be, by path.
 */
export async function testTree(
  agent: Agent,
  tree: { folder: string | undefined; domains: readonly string[]; replaced?: ReadonlyMap<string, string> },
): Promise<TestResult> {
  const command = testCommand(await nginxUnit(agent))
  const test = async (argv: string[]) =>
    judge(await agent.run(argv, { timeoutMs: TEST_MS + SYSTEMD_MS }), tree.domains)
  if (tree.folder === undefined) return test(command)
  const drafts = join(agent.places.run, 'nginx-replaced')
  // Those that a crash left are in nobody's way.
  await agent.files.remove(drafts)
  try {
    const over = new Map([[agent.places.nginx, tree.folder]])
    for (const [index, [path, text]] of [...(tree.replaced ?? [])].entries()) {
      const draft = join(drafts, String(index))
      await agent.files.makeFolder(drafts, 0o700)
      await agent.files.put(draft, text, 0o600)
      over.set(path, draft)
    }
    return await test(overLive(over, command))
  } finally {
    await agent.files.remove(drafts)
  }
}

/**
 * What `nginx -T` prints of the configuration without ours, be it that ours is what nginx does not take: in a
 * transient unit, which sees an empty tree.
 */
export async function dumpWithoutOurs(agent: Agent, { program, options }: NginxUnit): Promise<string> {
  const folder = join(agent.places.run, 'nginx-none')
  try {
    await agent.files.makeFolder(folder)
    await agent.files.put(join(folder, 'http.conf'), '')
    const argv = overLive(new Map([[agent.places.nginx, folder]]), [program, '-T', ...options])
    return (await agent.run(argv, { timeoutMs: TEST_MS + SYSTEMD_MS })).stdout
  } finally {
    await agent.files.remove(folder)
  }
}

function testCommand({ program, options }: NginxUnit): string[] {
  return [program, '-t', ...options]
}

/** A command that sees other files and folders in place of those at some paths. */
function overLive(over: ReadonlyMap<string, string>, command: readonly string[]): string[] {
  return systemdRun({
    description: "slipway: tests nginx's configuration",
    properties: [
      ...TEST_LIMITS,
      `RuntimeMaxSec=${TEST_MS / 1000}`,
      ...[...over].map(([path, other]) => `BindReadOnlyPaths=${bindPath(other)}:${bindPath(path)}`),
    ],
    pipe: 'pipe',
    command,
  })
}

/** A path as systemd.exec(5) takes it in a list of pairs. */
function bindPath(path: string): string {
  return path.replace(/[\\: ]/g, '\\$&')
}

/** Its status decides; its words only explain. */
export function judge({ code, stdout, stderr, timedOut }: Ended, domains: readonly string[]): TestResult {
  const text = `${stdout}${stderr}`
  if (code === 0) {
    const taken = new Set([...text.matchAll(/conflicting server name "([^"]+)"/g)].map(([, name]) => name))
    const ours = domains.filter((domain) => taken.has(domain))
    return ours.length === 0 ? { kind: 'ok' } : { kind: 'domainsTaken', domains: ours }
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.includes('test failed'))
  const said = lines.slice(0, COMPLAINT_LINES).join('\n')
  if (code === REFUSED)
    return { kind: 'complaint', complaint: said || 'nginx takes it not, and says not why' }
  throw failed('nginx could not be asked whether it takes its configuration', {
    why: timedOut ? `it did not end within ${TEST_MS / 1000} s` : said || `it ended with status ${code}`,
    next: 'nginx -t on the host',
  })
}
