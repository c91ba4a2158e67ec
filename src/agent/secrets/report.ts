import { join } from 'node:path'
import type { SecretsReport } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink, readText } from '../files.js'
import { isVersion, KEPT, keyFile, secretFolder, secretNames, servicesWithSecrets } from './places.js'
import { holdsSomething } from './release-links.js'

/** What there is of services' secrets, but no value. `keys`: for deployers that have values to compare. */
export async function reportSecrets(
  agent: Agent,
  keys: boolean,
  only: readonly string[] | null = null,
): Promise<SecretsReport[]> {
  const services = (await servicesWithSecrets(agent)).filter((name) => only === null || only.includes(name))
  return Promise.all(services.map((service) => reportService(agent, service, keys)))
}

async function reportService(agent: Agent, service: string, keys: boolean): Promise<SecretsReport> {
  const report: SecretsReport = { service, key: null, versions: {}, kept: {} }
  if (keys) report.key = (await readText(keyFile(agent, service)))?.trimEnd() || null
  for (const name of await secretNames(agent, service)) {
    const folder = secretFolder(agent, service, name)
    const versions: string[] = []
    for (const entry of await listFolder(folder)) {
      if (isVersion(entry) && (await holdsSomething(join(folder, entry)))) versions.push(entry)
    }
    report.versions[name] = versions
    const kept = await readLink(join(folder, KEPT))
    if (kept !== undefined && versions.includes(kept)) report.kept[name] = kept
  }
  return report
}
