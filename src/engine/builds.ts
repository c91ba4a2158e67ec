import { randomBytes } from 'node:crypto'
import type { Config, HostConfig } from '../config/resolved.js'
import type { ReadCache } from '../contract/cache.js'
import type { HashFixer } from '../nix/hashes/fix.js'
import { hasLocalNix, localNix, remoteNix } from '../nix/nix-runner.js'
import { withCaches } from '../nix/with-caches.js'
import type { Login } from '../remote/login.js'
import { aliveCaches } from './cache/alive.js'
import { timedNix } from './debug.js'
import type { Engine } from './engine.js'
import { type AllPrepared, buildAll, type Outputs, type Wanted } from './prepare.js'
import { sendSource } from './source.js'

/** How packages are built for a run. */
export interface BuildOptions {
  /** Where; undefined: as the config says, else here if there is Nix. */
  where: 'local' | 'host' | undefined
  overrides: Record<string, string>
  /** Where what would be built is looked for first; absent: where Nix does by itself. */
  caches?: readonly ReadCache[]
  /** Ends what is still being built here when nobody waits for it any more. */
  over?: AbortSignal
}

/** A build on this machine. */
export interface Building {
  /** What can be copied already; never settles where the build fails. */
  outputs: Promise<Outputs>
  all: Promise<AllPrepared>
}

/** The builds of a run: on this machine, once for all hosts, or on each host. */
export interface Builds {
  /** Begins to build here what the host gets; undefined: the host builds by itself. */
  here(host: HostConfig): Building | undefined
  there(login: Login, host: HostConfig, wanted: Wanted): Promise<AllPrepared>
}

/** @param rebuild builds again after a wrong hash was put right. */
export function beginBuilds(
  engine: Engine,
  config: Config,
  wanted: Wanted,
  { where, overrides, over, caches = [] }: BuildOptions,
  rebuild: HashFixer,
): Builds {
  let built: Building | undefined
  const buildHere = (): Building => {
    let onOutputs: (outputs: Outputs) => void = () => undefined
    const outputs = new Promise<Outputs>((resolve) => {
      onOutputs = resolve
    })
    const nix = timedNix(engine, localNix(config.root, over))
    const site = { nix: withCaches(nix, aliveCaches(engine, caches)), overrides }
    return { outputs, all: rebuild(() => buildAll(site, config.root, wanted, engine, onOutputs)) }
  }
  return {
    here: (host) => {
      if (buildsThere(host, where)) return undefined
      built ??= buildHere()
      return built
    },
    there: (login, host, own) => rebuild(() => buildThere(engine, login, host, config, own, overrides)),
  }
}

function buildsThere(host: HostConfig, where: BuildOptions['where'] = host.build): boolean {
  return where ? where === 'host' : !hasLocalNix()
}

async function buildThere(
  engine: Engine,
  login: Login,
  host: HostConfig,
  config: Config,
  wanted: Wanted,
  overrides: Record<string, string>,
): Promise<AllPrepared> {
  engine.tell({ type: 'sending-source', host: host.name })
  const source = await sendSource(login, randomBytes(6).toString('hex'), config.root, overrides)
  try {
    const site = { nix: timedNix(engine, remoteNix(login, source.folder)), overrides: source.overrides }
    return await buildAll(site, config.root, wanted, engine)
  } finally {
    await source.remove()
  }
}
