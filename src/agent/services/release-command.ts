import { join } from 'node:path'
import type { Slot } from '../../contract/service.js'
import { commandProperties, NoSandbox } from '../../release/command-properties.js'
import { WITH_SECRETS } from '../../release/credentials.js'
import type { Agent } from '../agent.js'
import type { StoredRelease } from './releases.js'

/** A command, and the settings of systemd-run(1) with which it runs as a release's programs do. */
export interface ReleaseCommand {
  properties: string[]
  command: string[]
}

/**
 * A command with the user, variables, secrets and sandbox of a release's main program. Throws {@link NoSandbox} where
 * there is none.
 */
export async function releaseCommand(
  agent: Pick<Agent, 'systemd'>,
  { manifest, dir, layout }: StoredRelease,
  slot: Slot,
  argv: readonly string[],
): Promise<ReleaseCommand> {
  if (manifest === null) throw new NoSandbox('slipway 0.1 made the release; deploy it once more')
  // Only socket units depend on nginx's group.
  const features = { systemd: await agent.systemd.version(), nginxGroup: 'root' }
  return {
    properties: commandProperties(manifest, features, { releaseDir: dir, slot }),
    command: layout.secretVariables ? ['/bin/sh', join(dir, WITH_SECRETS), ...argv] : [...argv],
  }
}
