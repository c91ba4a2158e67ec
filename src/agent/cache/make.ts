import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Site } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { cachePlaces } from './places.js'

/** Makes the cache that a site serves, and the key that signs what it gets, unless they are there. The key never leaves the host. */
export async function makeCache(
  agent: Agent,
  { name, routes }: Pick<Site, 'name' | 'routes'>,
): Promise<void> {
  const { files } = agent
  const places = cachePlaces(agent, name)
  await files.makeFolder(places.files)
  if (await exists(places.key)) return
  const made = join(places.dir, 'key.new')
  await files.remove(made)
  await files.makeFolder(made, 0o700)
  // By convention a key is named after its cache, and numbered (nix-store(1), --generate-binary-cache-key).
  const label = `${routes[0]?.domain ?? name}-1`
  const [secret, open] = [join(made, 'secret'), join(made, 'public')]
  const { code, stderr } = await agent.run(['nix-store', '--generate-binary-cache-key', label, secret, open])
  if (code !== 0) throw failed(`no key could be made for the cache ${name}`, { why: stderr.trim() })
  await files.setMode(secret, 0o600)
  await files.sync(made)
  await files.move(made, places.key)
}
