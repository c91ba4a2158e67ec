import type { GuardSettings, NewRelease } from '../../contract/activation.js'
import type { Assets } from '../../nix/assets.js'
import type { Login } from '../../remote/login.js'
import { whoAmI } from '../who.js'
import type { Activation, MissingRelease } from './activation.js'

/** What the contract lets a description be. */
const WHAT_LENGTH = 1024

/** What tells an activation from others, and how it is guarded. */
export interface Marks {
  id: string
  nonce: string
  guard: GuardSettings
}

/** Sends a host what it is to do; shipped files go beside the call. */
export async function sendRequest(
  { agent }: Login,
  { items, releases, secrets, what }: Activation,
  { id, nonce, guard }: Marks,
): Promise<void> {
  const sent: NewRelease[] = []
  for (const release of releases) {
    sent.push({ ...dataOf(release), assets: release.assets && (await upload(agent, release.assets)) })
  }
  await agent.call('apply', {
    ...{ id, nonce, guard },
    who: whoAmI(),
    what: what.slice(0, WHAT_LENGTH),
    items: items.map(({ item }) => item),
    releases: sent,
    secrets: secrets.values,
    secretKeys: secrets.keys,
  })
}

function dataOf({ number, manifest, closure }: MissingRelease): Omit<NewRelease, 'assets'> {
  return { number, manifest, closure }
}

/** The number of the stream over which files come as a tar archive. */
async function upload(agent: Login['agent'], { files }: Assets): Promise<number> {
  const { createArchive } = await import('../../nix/archive.js')
  const archive = createArchive()
  for (const { path, content, executable } of files) archive.add(path, content, executable)
  const { stream, done } = agent.upload(await archive.finish())
  // Why it broke off, the call says.
  done.catch(() => undefined)
  return stream
}
