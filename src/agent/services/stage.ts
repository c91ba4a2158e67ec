import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import pLimit from 'p-limit'
import type { NewRelease } from '../../contract/activation.js'
import { failed } from '../../contract/failure.js'
import { WITH_SECRETS } from '../../release/credentials.js'
import { renderRelease } from '../../release/render.js'
import type { HostFeatures } from '../../release/units.js'
import { allEnded } from '../activation/all-ended.js'
import type { Agent } from '../agent.js'
import { makeCache } from '../cache/make.js'
import { exists } from '../files.js'
import { linkSecrets } from '../secrets/release-links.js'
import { unpackAssets } from './assets.js'
import { copyLinked } from './copy-linked.js'
import { writePasswords } from './passwords.js'
import { PRIVATE_MODE } from './private-files.js'
import { requireLinksWithin } from './site-links.js'

/** How long Nix may take to register a root, in milliseconds: it may have to wait for its collector. */
const ROOT_MS = 120_000

/** How many roots Nix registers at a time: each takes some 20 ms of a processor. */
const ROOTS_AT_ONCE = 4

/** A release that was sent, and what came with it. */
export interface SentRelease {
  release: NewRelease
  /** The shipped files, as an archive. */
  assets: string | undefined
  /** A folder of the activation's own. */
  from: string
  /** The folder of a release whose shipped files it has. */
  like?: string | undefined
}

/**
 * Brings sent releases to their places, each whole or not at all. Gives the work that remains, which nothing but the
 * start of an instance has to wait for: Nix takes its time to keep packages from its collector.
 */
export async function stageReleases(
  agent: Agent,
  sent: readonly SentRelease[],
  /** Where their folders lie. */
  incoming: string,
  features: HostFeatures,
): Promise<{ rooted: Promise<void> }> {
  if (sent.length === 0) return { rooted: Promise.resolve() }
  for (const one of sent) await writeRelease(agent, one, features)
  await syncAll(agent, incoming)
  await allEnded(sent.map((one) => placeRelease(agent, one)))
  const limit = pLimit(ROOTS_AT_ONCE)
  const rooted = allEnded(sent.map(({ release }) => limit(() => rootPackages(agent, release))))
  // Whoever waits for it may do something else first.
  rooted.catch(() => undefined)
  return { rooted }
}

async function writeRelease(
  agent: Agent,
  { release: { number, manifest, closure }, assets, from, like }: SentRelease,
  features: HostFeatures,
): Promise<void> {
  const { name } = manifest.service
  if (await exists(agent.places.release(name, number))) {
    throw failed(
      `release ${number} of ${name} exists already: somebody deployed in the meantime; run the command again`,
    )
  }
  const { service } = manifest
  if (service.kind === 'site' && service.cache) await makeCache(agent, service)
  else if (service.kind === 'site') await requireLinksWithin(agent, manifest.package, service.dir)
  const rendered = renderRelease(manifest, features)
  const { files } = agent
  await files.makeFolder(from)
  await files.makeFolder(join(from, 'units'))
  for (const [unit, text] of Object.entries(rendered.units)) await files.put(join(from, 'units', unit), text)
  for (const [file, text] of Object.entries(rendered.files)) {
    // The service's programs run this one; all else root reads for them.
    await files.put(join(from, file), text, file === WITH_SECRETS ? 0o644 : PRIVATE_MODE)
  }
  await files.put(join(from, 'runtime'), rendered.runtime, PRIVATE_MODE)
  await files.put(join(from, 'closure.json'), `${JSON.stringify(closure)}\n`, PRIVATE_MODE)
  await files.put(join(from, 'release.json'), `${JSON.stringify(manifest)}\n`, PRIVATE_MODE)
  if (assets !== undefined) await unpackAssets(agent, createReadStream(assets), join(from, 'assets'))
  if (like !== undefined) await copyLinked(agent, join(like, 'assets'), join(from, 'assets'))
  await linkSecrets(agent, name, from, manifest.secrets)
  await writePasswords(agent, from, manifest, features.nginxGroup)
}

async function placeRelease(
  agent: Agent,
  { release: { number, manifest }, from }: SentRelease,
): Promise<void> {
  const { name } = manifest.service
  await agent.files.makeFolder(join(agent.places.service(name), 'releases'))
  await agent.files.move(from, agent.places.release(name, number))
}

/** A file of a release that is empty after a power cut would be one that lies. */
async function syncAll(agent: Agent, dir: string): Promise<void> {
  const { code, stderr } = await agent.run(['sync', '-f', dir])
  if (code !== 0) throw failed('what was sent could not be brought to the disk', { why: stderr.trim() })
}

/** The release's links keep its packages from Nix' garbage collector, as long as the release stays. */
async function rootPackages(agent: Agent, { number, manifest }: NewRelease): Promise<void> {
  const dir = agent.places.release(manifest.service.name, number)
  await rootPackage(agent, dir, 'package', manifest.package)
  for (const [name, storePath] of Object.entries(manifest.envPackages ?? {})) {
    await rootPackage(agent, dir, `package-${name}`, storePath)
  }
}

async function rootPackage(agent: Agent, dir: string, link: string, storePath: string): Promise<void> {
  const argv = ['nix-store', '--realise', storePath, '--add-root', join(dir, link), '--indirect']
  const { code, stderr } = await agent.run(argv, { timeoutMs: ROOT_MS })
  if (code === 0) return
  await agent.files.remove(dir)
  const full = /No space left on device/.test(stderr)
  throw failed(full ? 'the disk is full' : `the package ${storePath} did not arrive whole`, {
    why: stderr.trim(),
    full,
  })
}
