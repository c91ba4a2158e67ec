import { join } from 'node:path'
import { domainFolder } from '../../contract/paths.js'
import {
  type NginxParts,
  type NginxTree,
  renderNginxTree,
  servedDomains,
  tlsOf,
} from '../../release/nginx-tree.js'
import type { Agent } from '../agent.js'
import { exists, leadsSomewhere } from '../files.js'
import { createNginxFinder, type NginxFacts } from './facts.js'
import { createPublisher, type Publisher } from './publisher.js'
import { findRefusals } from './refusals.js'
import { reloadNginx } from './reload.js'
import { type TestResult, testTree } from './test-tree.js'
import { ensureTree, writeTree } from './tree-files.js'

/** nginx on a host. */
export interface Nginx extends Publisher {
  /** The parts of the releases that are current, by service. */
  currentParts(): Promise<NginxParts>
  facts(): Promise<NginxFacts>
  /** What nginx says to its configuration as it is. */
  check(): Promise<TestResult>
  /**
   * Why the routes of new releases can't be served, by service; those that can are not in it. `replaced`: files of
   * somebody else's as they are to be, by path.
   */
  refusals(candidates: NginxParts, replaced?: ReadonlyMap<string, string>): Promise<Map<string, string>>
  /** Has something to include in place, be it nothing yet. */
  prepare(): Promise<void>
}

export function createNginx(agent: Agent, currentParts: () => Promise<NginxParts>): Nginx {
  const facts = createNginxFinder(agent)
  const exclusively = oneByOne()
  const render = async (parts: NginxParts): Promise<NginxTree> => {
    const [{ version, namesHash, brotli }, ipv6, certificates] = await Promise.all([
      facts(),
      exists('/proc/net/if_inet6'),
      domainsWithCertificate(agent, parts),
    ])
    return renderNginxTree(parts, { version: version ?? '0', ipv6, certificates, namesHash, brotli })
  }
  const testParts = async (parts: NginxParts, replaced: ReadonlyMap<string, string>): Promise<TestResult> => {
    const folder = join(agent.places.run, 'nginx-test')
    // One that a crash left is in nobody's way.
    await agent.files.remove(folder)
    try {
      await writeTree(agent, folder, await render(parts))
      const domains = servedDomains(parts).map(({ domain }) => domain)
      return await testTree(agent, { folder, domains, replaced })
    } finally {
      await agent.files.remove(folder)
    }
  }
  return {
    currentParts,
    facts,
    check: () => testTree(agent, { folder: undefined, domains: [] }),
    refusals: async (candidates, replaced = new Map()) =>
      exclusively(async () =>
        findRefusals((parts) => testParts(parts, replaced), await currentParts(), candidates),
      ),
    prepare: async () => {
      const none = await render(new Map())
      await exclusively(() => ensureTree(agent, none))
    },
    ...createPublisher(agent, {
      currentParts,
      render,
      test: (folder) => testTree(agent, { folder, domains: [] }),
      reload: () => reloadNginx(agent),
      exclusively,
    }),
  }
}

async function domainsWithCertificate(agent: Agent, parts: NginxParts): Promise<Set<string>> {
  const domains = [...tlsOf(parts).keys()]
  const has = await Promise.all(
    domains.map((domain) =>
      leadsSomewhere(
        join(agent.places.certificates, 'domains', domainFolder(domain), 'current', 'fullchain.pem'),
      ),
    ),
  )
  return new Set(domains.filter((_, index) => has[index]))
}

/** One work at a time, in the order in which they were asked for. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
