import { join } from 'node:path'
import type { ServiceItem } from '../../../contract/activation.js'
import { failed } from '../../../contract/failure.js'
import type { Manifest } from '../../../contract/release.js'
import { renamedManifest } from '../../../release/renamed.js'
import type { HostFeatures } from '../../../release/units.js'
import { keepInherited, readInherited } from '../../access/inherited.js'
import type { Agent } from '../../agent.js'
import { exists, readText } from '../../files.js'
import { withSecrets } from '../../secrets/turns.js'
import { copyLinked } from '../copy-linked.js'
import { closureOf, readRelease, releaseNumbers, type StoredRelease } from '../releases.js'
import { canarySlot, currentRelease } from '../slots.js'
import { stageReleases } from '../stage.js'
import { markRename, renamesWhich } from './mark.js'

/**
 * Makes all releases of a service anew under another name, and what goes with them: nothing of the old one is touched.
 * @throws CallFailed where the old one can't be renamed, or the new name is somebody's.
 */
export async function stageRename(
  agent: Agent,
  { name, to }: Pick<ServiceItem, 'name' | 'to'>,
  old: string,
  incoming: string,
  features: HostFeatures,
): Promise<void> {
  await requireFree(agent, name, old)
  const releases = await releasesOf(agent, old, to)
  await markRename(agent, name, old)
  await withSecrets(async () => {
    await copyLinked(agent, join(agent.places.secrets, old), join(agent.places.secrets, name))
    const sent = await Promise.all(
      releases.map(async ({ release, manifest }, index) => ({
        release: {
          ...{ number: release.number, assets: null, closure: await closureOf(release) },
          manifest: renamedManifest(manifest, name),
        },
        assets: undefined,
        from: join(incoming, `rename-${index}`),
        like: release.dir,
      })),
    )
    const { rooted } = await stageReleases(agent, sent, incoming, features)
    await rooted
  })
  const inherited = await readInherited(agent, old)
  if (inherited !== null) await keepInherited(agent, name, renamedManifest(inherited, name))
  const log = await readText(join(agent.places.service(old), 'log'))
  if (log !== undefined) await agent.files.write(join(agent.places.service(name), 'log'), log)
  if (await exists(join(agent.places.maintenance, old))) {
    await agent.files.touch(join(agent.places.maintenance, name))
  }
}

/** What an earlier attempt has left under the new name goes. */
async function requireFree(agent: Agent, name: string, old: string): Promise<void> {
  const left = (await renamesWhich(agent, name)) === old && (await currentRelease(agent, name)) === undefined
  const taken = left ? [] : [agent.places.service(name), join(agent.places.secrets, name)]
  for (const path of [...taken, `/var/lib/${name}`]) {
    if (!(await exists(path))) continue
    throw failed(`${old} can't be renamed to ${name}: there is ${path} already`, {
      next: `Give it another name; \`slipway remove ${name}\` takes a service of that name away, --purge its state too.`,
    })
  }
  if (!left) return
  await agent.files.remove(agent.places.service(name))
  await agent.files.remove(join(agent.places.secrets, name))
}

/** All that can be made anew; the one that serves must be among them. */
async function releasesOf(
  agent: Agent,
  old: string,
  current: number,
): Promise<{ release: StoredRelease; manifest: Manifest }[]> {
  const serving = await currentRelease(agent, old)
  if (serving === undefined) throw failed(`the host has no release of ${old} that serves`)
  if (serving !== current) {
    throw failed(`another deploy made release ${serving} of ${old} current in the meantime`)
  }
  if ((await canarySlot(agent, old)) !== undefined) {
    throw failed(`${old} has a canary`, {
      next: `\`slipway promote ${old}\` or \`slipway withdraw ${old}\` first.`,
    })
  }
  const releases = await Promise.all(
    (await releaseNumbers(agent, old)).map((number) => readRelease(agent, old, number)),
  )
  const made = releases.flatMap((release) => {
    const { manifest } = release
    return manifest === null ? [] : [{ release, manifest }]
  })
  if (made.some(({ release }) => release.number === serving)) return made
  throw failed(`release ${serving} of ${old} is of slipway 0.1`, {
    next: `Deploy ${old} once, then rename it.`,
  })
}
