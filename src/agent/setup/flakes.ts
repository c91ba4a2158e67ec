import { join } from 'node:path'
import { SETUP_CHANGE } from '../../contract/setup.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { Changes } from './changes.js'

const LINE = 'extra-experimental-features = nix-command flakes\n'

/** Has Nix know flakes, for what is built on the host. `features`: what it has on. */
export async function allowFlakes(
  agent: Agent,
  { change }: Changes,
  features: string,
  etc: string,
): Promise<void> {
  if (features.split(' ').includes('flakes') || !change(SETUP_CHANGE.flakes)) return
  const path = join(etc, 'nix/nix.conf')
  const text = (await readText(path)) ?? ''
  await agent.files.makeFolder(join(etc, 'nix'))
  await agent.files.rewrite(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${LINE}`)
}
