import { join } from 'node:path'
import { CONFIG_FILES } from '../config/load.js'
import type { Config } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { changedSince } from '../nix/git.js'
import type { Prepared } from './prepare.js'

/** The commits that packages were built from before they became others, though nothing but the config has changed since. */
export async function sameSource(
  { root, secrets }: Pick<Config, 'root' | 'secrets'>,
  { services }: { services: readonly Pick<Prepared, 'built'>[] },
  report: Report,
): Promise<ReadonlySet<string>> {
  const commits = services.flatMap(({ built: { service, package: next } }) => {
    const old = report.services.find(({ name }) => name === service.name)?.manifest
    return old?.commit && !old.commit.dirty && old.package !== next ? [old.commit.id] : []
  })
  const own = [...CONFIG_FILES, secrets.file].map((file) => join(root, file))
  const found = new Set<string>()
  for (const commit of new Set(commits)) {
    const changed = await changedSince(root, commit)
    if (changed?.every((path) => own.includes(path))) found.add(commit)
  }
  return found
}
