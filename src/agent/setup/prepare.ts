import { SETUP_CHANGE, SETUP_MANUAL } from '../../contract/setup.js'
import type { Params, SetupNote } from '../../contract/verbs.js'
import { packageOf } from '../../release/host-programs.js'
import { deployUser, prepareUser } from '../access/deploy-user.js'
import { ETC, isNixos } from '../access/publish.js'
import { retireSigningTrust } from '../access/signing-trust.js'
import type { Agent } from '../agent.js'
import { leadsSomewhere } from '../files.js'
import type { Nginx } from '../nginx/nginx.js'
import { onPath } from '../report/on-path.js'
import { isRooted, rootNode } from '../upgrade/node-root.js'
import type { OwnBundle } from '../upgrade/own-bundle.js'
import { type Changes, createChanges } from './changes.js'
import { allowFlakes } from './flakes.js'
import { retireShellProgram } from './legacy.js'
import { prepareNginx } from './nginx.js'

/** What preparing a host takes beside the agent. */
export interface PrepareParts {
  nginx: Pick<Nginx, 'facts' | 'check' | 'prepare' | 'outdated' | 'publish'>
  /** The experimental features that Nix has on, as it lists them. */
  nixFeatures(): Promise<string>
  own: OwnBundle
  /** Where other programs have their settings. */
  etc?: string
}

/**
 * Makes the host ready for deploys, or says what that takes. Says every change; changes nothing that is right already.
 * Packages, and the agent itself, are the bootstrap's.
 */
export async function prepare(
  agent: Agent,
  { dry, deployUser: asked, programs }: Params<'prepare'>,
  parts: PrepareParts,
): Promise<SetupNote[]> {
  const { nginx, own, etc = ETC } = parts
  const changes = createChanges(dry)
  const nixos = await isNixos(etc)
  if (!nixos) await allowFlakes(agent, changes, await parts.nixFeatures(), etc)
  await prepareFolders(agent, changes, nginx)
  if (nixos) await declaredInNixos(agent, changes, nginx, programs)
  else await prepareNginx(agent, changes, nginx, etc)
  if (!own.declared && !(await isRooted(agent)) && changes.change(SETUP_CHANGE.keepNode))
    await rootNode(agent)
  await retireShellProgram(agent, changes)
  await retireSigningTrust(agent, changes, etc)
  const user = asked ?? (await deployUser(agent))
  const userNotes = user === undefined ? [] : await prepareUser(agent, user, dry, etc)
  return [...changes.notes, ...userNotes]
}

async function prepareFolders(
  agent: Agent,
  { change }: Changes,
  nginx: Pick<Nginx, 'prepare'>,
): Promise<void> {
  const { services, nginx: tree } = agent.places
  if ((await leadsSomewhere(services)) && (await leadsSomewhere(tree))) return
  if (!change(SETUP_CHANGE.directories)) return
  await agent.files.makeFolder(services)
  await nginx.prepare()
}

/** NixOS is declared, not changed: its configuration needs some lines. */
async function declaredInNixos(
  { places, systemd }: Agent,
  { manual }: Changes,
  nginx: Pick<Nginx, 'facts'>,
  programs: readonly string[],
): Promise<void> {
  const [{ includes }, unitPath, found] = await Promise.all([
    nginx.facts(),
    systemd.unitPath(),
    Promise.all(programs.map((name) => onPath(name))),
  ])
  if (includes && unitPath.includes(`${places.root}/units`) && !found.includes(undefined)) return
  manual(SETUP_MANUAL.nixos(programs.map(packageOf)))
}
