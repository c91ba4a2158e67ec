import { type Assets, collectAssets } from '../build/assets.js'
import { closureOf } from '../build/closure.js'
import { type Evaluated, evaluate } from '../build/evaluate.js'
import { gitCommit } from '../build/git.js'
import { type BuildEvent, derivationName } from '../build/internal-json.js'
import type { NixRunner } from '../build/nix-runner.js'
import { mainProgram } from '../build/program.js'
import { build } from '../build/realise.js'
import { checkPlatform } from '../build/settings.js'
import type { ServiceConfig } from '../config/resolved.js'
import type { BuiltService } from '../plan/plan.js'
import type { Terminal } from '../ui/terminal.js'

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

/** Evaluates and builds the packages of services. All derivations are built in one go. */
export async function buildServices(
  site: BuildSite,
  root: string,
  services: readonly ServiceConfig[],
  terminal: Terminal,
): Promise<Prepared[]> {
  const commit = gitCommit(root)
  const evaluated = await Promise.all(
    services.map(async (service) => ({
      service,
      package: await evaluate(site.nix, service.name, service.package, site.overrides, site.system),
    })),
  )
  if (site.nix.isLocal) {
    await checkPlatform(
      site.nix,
      evaluated.map((item) => item.package),
    )
  }
  const derivations = [...new Set(evaluated.map((item) => item.package.drv))]
  let fresh = false
  await build(site.nix, derivations, (event) => {
    fresh ||= event.type === 'building' || event.type === 'fetching'
    showProgress(event, terminal)
  })
  terminal.status('')
  return Promise.all(
    evaluated.map(async (item) => ({
      ...(await describe(site, root, item.service, item.package, await commit)),
      fresh,
    })),
  )
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

function showProgress(event: BuildEvent, terminal: Terminal): void {
  if (event.type === 'building') terminal.line(`building ${derivationName(event.derivation)}`)
  if (event.type === 'fetching') terminal.status(`fetching ${derivationName(event.path)}`)
  if (event.type === 'log') terminal.status(`${derivationName(event.derivation)}> ${event.line}`)
}
