import { isDeepStrictEqual } from 'node:util'
import type { NginxPart } from '../../release/nginx-part.js'
import type { NginxParts } from '../../release/nginx-tree.js'
import type { TestResult } from './test-tree.js'

const NO_PART: NginxPart = { files: {}, domains: {} }

/**
 * Why the routes of new releases can't be served, by service. One test for all of them together; only if nginx does not
 * take them, each is tried beside those that it has taken so far.
 */
export async function findRefusals(
  test: (parts: NginxParts) => Promise<TestResult>,
  current: NginxParts,
  candidates: NginxParts,
): Promise<Map<string, string>> {
  // What nginx has taken from a service before, it need not be asked about again.
  const changed = [...candidates]
    .filter(([service, part]) => !isDeepStrictEqual(current.get(service) ?? NO_PART, part))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const refusals = new Map<string, string>()
  if (changed.length === 0) return refusals
  const refuse = (tried: readonly [string, NginxPart][], result: TestResult) => {
    for (const [service, part] of tried) {
      const reason = reasonFor(part, result)
      if (reason !== undefined) refusals.set(service, reason)
    }
  }
  const all = await test(new Map([...current, ...changed]))
  if (all.kind !== 'complaint' || changed.length === 1) {
    refuse(changed, all)
    return refusals
  }
  let taken: NginxParts = current
  for (const candidate of changed) {
    const [service] = candidate
    const more = new Map([...taken, candidate])
    refuse([candidate], await test(more))
    if (!refusals.has(service)) taken = more
  }
  return refusals
}

/** undefined: it stands in the way of others, or of nobody. */
function reasonFor({ domains }: NginxPart, result: TestResult): string | undefined {
  switch (result.kind) {
    case 'ok':
      return undefined
    case 'complaint':
      return result.complaint
    case 'domainsTaken': {
      const domain = result.domains.find((taken) => Object.hasOwn(domains, taken))
      if (domain === undefined) return undefined
      return `nginx already has a server for ${domain} that slipway does not manage; write { url, server: 'existing' } for a route inside it`
    }
  }
}
