import type { PackageRef, ServiceConfig, SystemConfig } from '../config/resolved.js'
import type { ClosurePath } from '../contract/release.js'
import { usageError } from '../errors.js'
import { type Assets, collectAssets } from '../nix/assets.js'
import { closuresOf } from '../nix/closure.js'
import type { Evaluated } from '../nix/evaluate.js'
import { evaluateAll } from '../nix/evaluate-all.js'
import { gitCommit } from '../nix/git.js'
import type { NixRunner } from '../nix/nix-runner.js'
import { mainPrograms } from '../nix/program.js'
import { build } from '../nix/realise.js'
import { checkPlatform } from '../nix/settings.js'
import { fromModule } from '../plan/modular/service.js'
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
  /** What makes its package; null for one that is named by its content. */
  derivation: string | null
  assets: Assets | null
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

/** What was built, by what the config has it for. */
export interface Outputs {
  services: readonly { service: ServiceConfig; path: string }[]
  systems: readonly BuiltSystem[]
  /** Resolves to the closures of services' packages. */
  closures: Promise<ReadonlyMap<string, readonly ClosurePath[]>>
}

/**
 * Evaluates and builds services' packages and systems. All derivations are built in one go.
 * @param onOutputs called as soon as all is built; what else there is to know of it is looked up after that.
 */
export async function buildAll(
  site: BuildSite,
  root: string,
  wanted: Wanted,
  { tell }: Pick<Engine, 'tell'>,
  onOutputs: (outputs: Outputs) => void = () => undefined,
): Promise<AllPrepared> {
  const commit = gitCommit(root)
  const collecting = assetsOf(root, wanted.services)
  // What evaluation and build say comes first.
  collecting.catch(() => undefined)
  commit.catch(() => undefined)
  const variables = variablesOf(wanted.services)
  const evaluated = await evaluateAll(
    site.nix,
    [
      ...[...wanted.services, ...wanted.systems].map((item) => ({ at: fieldOf(item), ref: item.package })),
      ...variables.map(({ service, name, ref }) => ({
        at: `services.${service.name}.env.${name}.package`,
        ref,
      })),
    ],
    site.overrides,
    site.system,
  )
  const modular = wanted.services.map((service, index) => withModule(service, evaluated[index]))
  if (site.nix.isLocal) await checkPlatform(site.nix, evaluated)
  const derivations = [...new Set(evaluated.map(({ drv }) => drv))]
  await build(site.nix, derivations, (event) => tell({ type: 'build', event }))
  tell({ type: 'built' })
  const services = pairs(
    modular.map(({ service }) => service),
    evaluated,
  )
  const systems = pairs(wanted.systems, evaluated.slice(services.length)).map(([system, { out }]) => ({
    system,
    path: out,
  }))
  const named = pairs(variables, evaluated.slice(services.length + systems.length))
  const shipped = [
    ...services.map(([service, { out }]) => ({ service, path: out })),
    ...named.map(([{ service }, { out }]) => ({ service, path: out })),
  ]
  const listing = closuresOf(
    site.nix,
    shipped.map(({ path }) => path),
  )
  listing.catch(() => undefined)
  onOutputs({
    services: shipped,
    systems,
    closures: listing,
  })
  const [assets, programs, closures] = await Promise.all([
    collecting,
    programsOf(site.nix, services),
    listing,
  ])
  const known = await commit
  return {
    systems,
    services: services.map(([service, { drv, out }], index) => {
      const own = assets.get(service.name) ?? null
      const envPackages = Object.fromEntries(
        named.flatMap(([variable, found]) =>
          variable.service.name === service.name ? [[variable.name, found.out]] : [],
        ),
      )
      return {
        built: {
          service,
          package: out,
          envPackages,
          program: programs.get(service),
          closure: together([out, ...Object.values(envPackages)].map((path) => closures.get(path) ?? [])),
          commit: known,
          assets: own?.digest ?? null,
          warnings: modular[index]?.warnings ?? [],
        },
        derivation: drv.endsWith('.drv') ? drv : null,
        assets: own,
      }
    }),
  }
}

/** A variable whose value is the store path of a package. */
interface Variable {
  service: ServiceConfig
  name: string
  ref: PackageRef
}

function variablesOf(services: readonly ServiceConfig[]): Variable[] {
  return services.flatMap((service) =>
    service.kind === 'site'
      ? []
      : Object.entries(service.envPackages).map(([name, ref]) => ({ service, name, ref })),
  )
}

/** What several closures have, each path once. */
function together(closures: readonly (readonly ClosurePath[])[]): ClosurePath[] {
  return [...new Map(closures.flat().map((one) => [one.path, one])).values()]
}

/** Items with what evaluation gave for them, which begins with theirs. */
function pairs<T>(items: readonly T[], evaluated: readonly Evaluated[]): [T, Evaluated][] {
  return items.flatMap((item, index) => {
    const own = evaluated[index]
    return own === undefined ? [] : [[item, own] satisfies [T, Evaluated]]
  })
}

/** Where the config names what is built. */
function fieldOf({ kind, name, package: ref }: ServiceConfig | SystemConfig): string {
  if (kind === 'system') return `systems.${name}.flake`
  return `services.${name}.${'module' in ref ? 'module' : 'package'}`
}

/** A service as its module says, where it has one. Throws where that says what can't be carried. */
function withModule(
  service: ServiceConfig,
  evaluated: Evaluated | undefined,
): { service: ServiceConfig; warnings: string[] } {
  if (service.kind === 'site' || evaluated?.service === undefined) return { service, warnings: [] }
  const { refused, ...made } = fromModule(service, evaluated.service)
  if (refused.length === 0) return made
  throw usageError({
    what: `${fieldOf(service)} says what slipway can't carry`,
    why: refused.map(({ option, why }) => `${option}: ${why}`).join('\n'),
    still: 'Nothing was changed on any host.',
    next: 'Have the module say otherwise by its `settings`, or import it in a file of your own that does. See docs/modular-services.md.',
  })
}

async function assetsOf(
  root: string,
  services: readonly ServiceConfig[],
): Promise<Map<string, Assets | null>> {
  const collected = services.map(async (service) => {
    const assets = service.kind === 'service' ? await collectAssets(root, service.name, service.assets) : null
    return [service.name, assets] as const
  })
  return new Map(await Promise.all(collected))
}

/** What is to be run, of services whose config doesn't say it. */
async function programsOf(
  nix: NixRunner,
  services: readonly [ServiceConfig, Evaluated][],
): Promise<Map<ServiceConfig, string | undefined>> {
  const needed = services.filter(([service]) => service.kind === 'service' && service.run === undefined)
  const programs = await mainPrograms(
    nix,
    needed.map(([service, evaluated]) => ({ service: service.name, package: evaluated })),
  )
  return new Map(needed.map(([service], index) => [service, programs[index]]))
}
