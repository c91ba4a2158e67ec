import { isCache } from '../config/resolve-caches.js'
import type { Config } from '../config/resolved.js'
import { bytesOf, closureOf } from '../nix/closure.js'
import { localNix } from '../nix/nix-runner.js'
import { withCaches } from '../nix/with-caches.js'
import { aliveCaches } from './cache/alive.js'
import { readCaches } from './cache/fetch.js'
import { timedNix } from './debug.js'
import type { Engine } from './engine.js'
import { fixHashes, type HashPolicy } from './hashes.js'
import { unlessInterrupted } from './interrupt.js'
import { buildAll } from './prepare.js'
import { select } from './selection.js'

export interface BuildHereOptions {
  /** Services and systems; none: all. */
  names: readonly string[]
  overrides: Record<string, string>
  hashes: HashPolicy
  /** The system to build for, such as `aarch64-linux`. Default: this machine's. */
  system?: string | undefined
}

/** A package that was built. */
export interface BuiltPackage {
  kind: 'service' | 'system'
  name: string
  /** Its store path. */
  package: string
  closureBytes: number
}

/** Builds on this machine what a deploy would, and nothing else. */
export async function build(
  engine: Engine,
  config: Config,
  { names, overrides, hashes, system }: BuildHereOptions,
): Promise<BuiltPackage[]> {
  const selection = select(config, names, [])
  const caches = aliveCaches(engine, await readCaches(config))
  const nix = withCaches(timedNix(engine, localNix(config.root)), caches)
  const rebuild = fixHashes(engine, config.root, hashes)
  const building = rebuild(() => buildAll({ nix, overrides, system }, config.root, selection, engine))
  const { services, systems } = await unlessInterrupted(engine.signal, building)
  return [
    ...services
      .filter(({ built }) => !isCache(built.service))
      .map(({ built: { service, package: path, closure } }) => ({
        ...{ kind: 'service' as const, name: service.name, package: path },
        closureBytes: bytesOf(closure),
      })),
    ...(await Promise.all(
      systems.map(async ({ system: { name }, path }) => ({
        ...{ kind: 'system' as const, name, package: path },
        closureBytes: bytesOf(await closureOf(nix, path)),
      })),
    )),
  ]
}
