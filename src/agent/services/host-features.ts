import type { HostFeatures } from '../../release/units.js'
import type { Agent } from '../agent.js'

/** What units depend on beside a release: asked of nginx by whoever knows it. */
export async function hostFeatures(agent: Agent, nginxGroup: () => Promise<string>): Promise<HostFeatures> {
  const [systemd, group] = await Promise.all([agent.systemd.version(), nginxGroup()])
  return { systemd, nginxGroup: group }
}
