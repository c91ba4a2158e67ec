import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { NewRelease } from '../../contract/activation.js'
import { failed } from '../../contract/failure.js'
import { renderRelease } from '../../release/render.js'
import type { HostFeatures } from '../../release/units.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { linkSecrets } from '../secrets/release-links.js'
import { unpackAssets } from './assets.js'

/** How long Nix may take to register a root, in milliseconds: it may have to wait for its collector. */
const ROOT_MS = 120_000

/** Brings a sent release to its place, whole or not at all. `from` is a folder of the activation's own. */
export async function stageRelease(
  agent: Agent,
  { number, manifest, closure }: NewRelease,
  /** The shipped files, as an archive. */
  assets: string | undefined,
  from: string,
  features: HostFeatures,
): Promise<void> {
  const { name } = manifest.service
  const dir = agent.places.release(name, number)
  if (await exists(dir)) {
    throw failed(
      `release ${number} of ${name} exists already: somebody deployed in the meantime; run the command again`,
    )
  }
  const rendered = renderRelease(manifest, features)
  const { files } = agent
  await files.makeFolder(join(from, 'units'))
  for (const [unit, text] of Object.entries(rendered.units)) await files.put(join(from, 'units', unit), text)
  for (const [file, text] of Object.entries(rendered.files)) {
    // Variables are the service's own business; root reads them for it.
    await files.put(join(from, file), text, file.startsWith('env') ? 0o600 : 0o644)
  }
  await files.put(join(from, 'runtime'), rendered.runtime)
  await files.put(join(from, 'closure.json'), `${JSON.stringify(closure)}\n`)
  await files.put(join(from, 'release.json'), `${JSON.stringify(manifest)}\n`)
  if (assets !== undefined) await unpackAssets(agent, createReadStream(assets), join(from, 'assets'))
  await linkSecrets(agent, name, from, manifest.secrets)
  await syncAll(agent, from)
  await files.makeFolder(join(agent.places.service(name), 'releases'))
  await files.move(from, dir)
  await rootPackage(agent, manifest.package, dir)
}

/** A file of a release that is empty after a power cut would be one that lies. */
async function syncAll(agent: Agent, dir: string): Promise<void> {
  const { code, stderr } = await agent.run(['sync', '-f', dir])
  if (code !== 0) throw failed('what was sent could not be brought to the disk', { why: stderr.trim() })
}

/** The release's link keeps the package from Nix' garbage collector, as long as the release stays. */
async function rootPackage(agent: Agent, storePath: string, dir: string): Promise<void> {
  const argv = ['nix-store', '--realise', storePath, '--add-root', join(dir, 'package'), '--indirect']
  const { code, stderr } = await agent.run(argv, { timeoutMs: ROOT_MS })
  if (code === 0) return
  await agent.files.remove(dir)
  const full = /No space left on device/.test(stderr)
  throw failed(full ? 'the disk is full' : `the package ${storePath} did not arrive whole`, {
    why: stderr.trim(),
    full,
  })
}
