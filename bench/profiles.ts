import assert from 'node:assert/strict'
import { deployNode, deployRs } from '../test/lab/system-project.js'
import { deployProfileByHand } from './by-hand.js'
import { newMessage } from './changes.js'
import type { Variant } from './measure.js'
import { DISTANCES, type Distance, SLIPWAY, type Stage } from './stage.js'

/** What each profile of the flake writes where it is activated. */
const WITNESS = { home: '/root/active', system: '/var/www/html/system' }
export type ProfileName = keyof typeof WITNESS

/** Lets what the profiles do to a host be done here. */
export async function prepareProfiles({ host }: Stage): Promise<void> {
  await host.run('touch /run/system-log && mkdir -p /var/www/html /nix/var/nix/profiles/per-user/root')
}

/** A profile of a deploy-rs flake, as slipway deploys it, and by hand. */
export function profileVariants(stage: Stage, profile: ProfileName, distance: Distance): [Variant, Variant] {
  const variant = (deploy: () => Promise<unknown>): Variant => {
    let version = ''
    return {
      before: async () => {
        version = newMessage().replaceAll(' ', '-')
        await describe(stage, profile, version)
      },
      run: async () => {
        await deploy()
      },
      after: async () =>
        assert.equal((await stage.host.run(`cat ${WITNESS[profile]}`)).trim(), version, 'it is active'),
    }
  }
  return [
    variant(() =>
      stage.run(stage.boxes.folder, ['node', SLIPWAY, ...deployRs(`.#${nodeName(distance)}.${profile}`)]),
    ),
    variant(() => deployProfileByHand(stage, distance, nodeName(distance), profile)),
  ]
}

/** The same host at each distance is a node of its own. */
function nodeName(distance: Distance): string {
  return `box-${distance}`
}

/** Gives the profile another version, on all nodes. */
async function describe(stage: Stage, profile: ProfileName, version: string): Promise<void> {
  const node = await deployNode(stage.host, { [profile]: { version } })
  const nodes = DISTANCES.map((distance) => [
    nodeName(distance),
    { ...node, sshOpts: stage.options[distance] },
  ])
  await stage.boxes.write('nodes.json', JSON.stringify(Object.fromEntries(nodes)))
}
