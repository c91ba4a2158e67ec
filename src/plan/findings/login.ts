import { keyRightsText } from '../../contract/key.js'
import type { HostFacts } from '../../contract/report.js'
import { type Finding, finding, type Subject } from './finding.js'

/** Whether the host was reached, and what its login may do. */
export function loginFindings({ report: { host: facts }, services }: Subject): Finding[] {
  return [
    finding('reachable', true, `${facts.name}, ${facts.os} ${facts.osVersion}`.trim()),
    finding('privilege', facts.root, privilege(facts), {
      fix: 'log in as root, or as somebody who may become root',
    }),
    ...keyFindings(facts.key, services),
  ]
}

function privilege({ root, became, key }: HostFacts): string {
  if (key !== null) return `the key ${key.name}, which ${keyRightsText(key)}, and does nothing else`
  if (!root) return 'not root'
  return became ? 'root, by `become`' : 'root'
}

function keyFindings(key: HostFacts['key'], services: Subject['services']): Finding[] {
  if (key === null) return []
  if (services.length > 0 && services.every(({ name }) => key.services.includes(name))) return []
  const problem = `the key ${key.name} ${keyRightsText(key)} there, and does nothing else`
  const [first] = key.services
  const fix = first === undefined ? 'deploy with a key that may' : `slipway deploy ${first}`
  return [finding('key', false, problem, { fix, problem })]
}
