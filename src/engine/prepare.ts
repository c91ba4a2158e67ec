import type { ServiceConfig, SystemConfig } from '../config/resolved.js'
import { type Assets, collectAssets } from '../nix/assets.js'
import { closureOf } from '../nix/closure.js'
import { type Evaluated, evaluate } from '../nix/evaluate.js'
import { gitCommit } from '../nix/git.js'
import type { NixRunner } from '../nix/nix-runner.js'
import { mainProgram } from '../nix/program.js'
import { build } from '../nix/realise.js'
import { checkPlatform } from '../nix/settings.js'
import type { BuiltService } from '../plan/plan.js'
import type { BuiltSystem } from '../plan/systems.js'
import type { Engine } from './engine.js'

/** Where packages are built, and from what. */
export interface BuildSite {
  nix: NixRunner
  overrides: Record<string, string>
  /** The system to build for. Default: that of the machine. */
  system?: string | undefined
}

/** A built service and the files that go with it. */
export interface Prepared {
  built: BuiltService
  assets: Assets | null
  /** Whether this run built anything: then no host can have it. */
  fresh: boolean
}

/** What is to be built. */
export interface Wanted {
  services: readonly ServiceConfig[]
  systems: readonly SystemConfig[]
}

/** All that was built for a run, or for one host. */
export interface AllPrepared {
  services: Prepared[]
  systems: BuiltSystem[]
}

/** Evaluates and builds services' packages and systems. All derivations are built in one go. */
export async function buildAll(
  site: BuildSite,
  root: string,
  wanted: Wanted,
  { tell }: Pick<Engine, 'tell'>,
): Promise<AllPrepared> {
  const commit = gitCommit(root)
  const evaluateIt = async <T extends ServiceConfig | SystemConfig>(item: T) => ({
    item,
    package: await evaluate(site.nix, fieldOf(item), item.package, site.overrides, site.system),
  })
  const [services, systems] = await Promise.all([
    Promise.all(wanted.services.map(evaluateIt)),
    Promise.all(wanted.systems.map(evaluateIt)),
  ])
  const packages = [...services, ...systems].map((item) => item.package)
  if (site.nix.isLocal) await checkPlatform(site.nix, packages)
  const derivations = [...new Set(packages.map(({ drv }) => drv))]
  let fresh = false
  await build(site.nix, derivations, (event) => {
    fresh ||= event.type === 'building' || event.type === 'fetching'
    tell({ type: 'build', event })
  })
  tell({ type: 'built' })
  return {
    systems: systems.map(({ item, package: { out } }) => ({ system: item, path: out })),
    services: await Promise.all(
      services.map(async ({ item, package: built }) => ({
        ...(await describe(site, root, item, built, await commit)),
        fresh,
      })),
    ),
  }
}

/** Where the config names what is built. */
function fieldOf({ kind, name }: ServiceConfig | SystemConfig): string {
  return kind === 'system' ? `systems.${name}.flake` : `services.${name}.package`
}

async function describe(
  site: BuildSite,
  root: string,
  service: ServiceConfig,
  package_: Evaluated,
  commit: BuiltService['commit'],
): Promise<Omit<Prepared, 'fresh'>> {
  const needsProgram = service.kind === 'service' && service.run === undefined
  const [closure, program, assets] = await Promise.all([
    closureOf(site.nix, package_.out),
    needsProgram ? mainProgram(site.nix, service.name, package_) : undefined,
    service.kind === 'service' ? collectAssets(root, service.name, service.assets) : null,
  ])
  const digest = assets?.digest ?? null
  return { built: { service, package: package_.out, program, closure, commit, assets: digest }, assets }
}
