import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostConfig } from '../config/resolved.js'
import type { BootstrapFacts } from '../contract/bootstrap.js'
import { type Evaluated, evaluate } from '../nix/evaluate.js'
import { hasLocalNix, localNix, type NixRunner, remoteNix } from '../nix/nix-runner.js'
import { build } from '../nix/realise.js'
import { ownSystem } from '../nix/settings.js'
import { PACKAGE_ROOT } from '../package-root.js'
import type { Connection } from '../remote/connection.js'
import type { Engine } from './engine.js'
import { copyPaths } from './ship.js'
import { sendSource } from './source.js'

/** The flake that says which Node the agent runs with. */
const FLAKE = join(PACKAGE_ROOT, 'nix/agent')
/** What messages call it. */
const NAME = "the agent's Node"

/** Where a Node is to be, and what a config overrides for it. */
export interface NodeWanted {
  host: HostConfig
  facts: BootstrapFacts
  overrides: Record<string, string>
}

/**
 * Brings the Node that the agent runs with: built or fetched here and copied, where this machine has Nix and is like the
 * host; else the host gets it from its substituters, or builds it. Gives its store path.
 */
export async function bringNode(engine: Engine, connection: Connection, wanted: NodeWanted): Promise<string> {
  const { host, facts } = wanted
  const overrides = ownInputs(wanted.overrides)
  const here = (host.build ?? (hasLocalNix() ? 'local' : 'host')) === 'local'
  if (here && ownSystem() === `${facts.machine}-linux`) {
    const path = await buildNode(engine, localNix(FLAKE), `path:${FLAKE}`, overrides)
    const { became, programs } = facts
    await copyPaths(engine, connection, { nixStore: programs['nix-store'] ?? null, became }, [path], host)
    return path
  }
  engine.tell({ type: 'sending-source', host: host.name })
  const source = await withoutGit((folder) =>
    sendSource(connection, randomBytes(6).toString('hex'), folder, overrides),
  )
  try {
    const nix = remoteNix(connection, source.folder)
    return await buildNode(engine, nix, `path:${source.folder}`, source.overrides)
  } finally {
    await source.remove()
  }
}

/** A config may override inputs that this flake does not have. */
function ownInputs({ nixpkgs }: Record<string, string>): Record<string, string> {
  return nixpkgs === undefined ? {} : { nixpkgs }
}

async function buildNode(
  { tell }: Engine,
  nix: NixRunner,
  flake: string,
  overrides: Record<string, string>,
): Promise<string> {
  const { drv, out }: Evaluated = await evaluate(nix, NAME, { flake: `${flake}#node` }, overrides)
  await build(nix, [drv], (event) => tell({ type: 'build', event }))
  tell({ type: 'built' })
  return out
}

/** A copy of the flake that lies in nobody's repository: what is sent of one is all that git tracks. */
async function withoutGit<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-agent-'))
  try {
    await cp(FLAKE, folder, { recursive: true })
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
