import type { ApplyRequest, GuardSettings, Item, NewRelease } from '../../../contract/activation.js'
import type { Manifest } from '../../../contract/release.js'
import type { Program } from '../../../contract/service.js'
import { type Rights, refusedText, rightsFor, type ServiceRights } from '../rights.js'
import { type Others, otherService } from './others.js'
import { programProblems } from './program.js'
import { routeProblems } from './routes.js'
import { isLine, problem, shown } from './text.js'

/** Problems that are told; more would help nobody. */
const MAX_PROBLEMS = 20
/** What a release's manifest may hold, as text: the agent keeps those of all releases in memory. Most have 2000. */
const MAX_MANIFEST_CHARACTERS = 256 * 1024
/** Paths of a closure: a desktop has some thousands. */
const MAX_CLOSURE = 20_000
const MAX_ROUTES = 256
/** Good releases that stay, where an administrator has not deployed more. */
const MAX_KEEP = 100
const MAX_SECRETS = 64
/** How long an activation may keep others from the host. */
const MAX_ACTIVATE_MS = 900_000
const MAX_CONFIRM_MS = 120_000

/** What a host has, by which a request is judged. */
export interface Known {
  /** What an administrator has deployed of a service last; null, or none: nothing. */
  inherited: ReadonlyMap<string, Manifest | null>
  /** What its services keep for themselves. */
  services: Others
}

/**
 * What is wrong with what a key asks for; empty where it may. Pure. Each service is judged as if it had a key to itself.
 * The package is looked at apart, see `packageProblem`.
 */
export function checkApply(request: ApplyRequest, rights: Rights, known: Known): string[] {
  const asked = requestProblems(request, rights)
  // The later ones rely on these.
  const found =
    asked.length > 0 ? asked : request.releases.flatMap((one) => ownProblems(one, request, rights, known))
  return found.slice(0, MAX_PROBLEMS)
}

/**
 * The host's network and its boots are not a key's to decide about: that part of a config is left out. Nor are others
 * kept waiting for other hosts for long.
 */
export function withinShare(request: ApplyRequest): ApplyRequest {
  const { guard } = request
  return { ...request, guard: { ...guard, escalate: null, holdMs: Math.min(guard.holdMs, MAX_CONFIRM_MS) } }
}

/** Of one of its releases: no other service may have what it wants, be it one of the same request. */
function ownProblems(
  release: NewRelease,
  { releases }: ApplyRequest,
  rights: Rights,
  { inherited, services }: Known,
): string[] {
  const { name } = release.manifest.service
  const own = rightsFor(rights, name)
  if (own === undefined) return [refusedText(rights)]
  const sent = releases.map(({ manifest }) => otherService(manifest.service.name, [manifest], manifest))
  const others = [...services, ...sent].filter((other) => other.name !== name)
  return releaseProblems(release, own, inherited.get(name) ?? null, others)
}

function requestProblems(request: ApplyRequest, rights: Rights): string[] {
  const { items, releases, secrets, secretKeys, guard } = request
  const names = new Set(items.map(({ name }) => name))
  const may = (service: string) => rightsFor(rights, service) !== undefined
  const isIts = ({ kind, name }: Item) => kind === 'service' && may(name)
  if (items.length === 0 || items.length > names.size || !items.every(isIts)) return [refusedText(rights)]
  const isAskedFor = ({ number, manifest }: NewRelease) =>
    items.some(({ name, to }) => name === manifest.service.name && to === number)
  const brought = new Set(releases.map(({ manifest }) => manifest.service.name))
  return [
    ...problem(
      releases.length > brought.size || !releases.every(isAskedFor),
      'it brings another release than it asks for',
    ),
    ...problem(
      [...secrets, ...secretKeys].some(({ service }) => !names.has(service)),
      'it brings secrets of another service',
    ),
    ...problem(
      secrets.length > names.size * MAX_SECRETS || secretKeys.length > names.size,
      'it brings more secrets than a service has',
    ),
    ...problem(
      items.some(
        (item) => item.kind === 'service' && (item.action === 'canary') !== (item.percent !== undefined),
      ),
      'only a canary has a share of the requests',
    ),
    ...problem(!isLine(request.who) || !isLine(request.what), 'it does not say in one line who deploys what'),
    ...guardProblems(guard),
  ]
}

function guardProblems({ activateMs, confirmMs, holdMs, escalate }: GuardSettings): string[] {
  return [
    ...problem(escalate !== null, "the host's network is not its to restart"),
    ...problem(activateMs > MAX_ACTIVATE_MS, `an activation may take ${MAX_ACTIVATE_MS / 1000} s at most`),
    ...problem(confirmMs > MAX_CONFIRM_MS, `a confirmation may take ${MAX_CONFIRM_MS / 1000} s at most`),
    ...problem(holdMs > MAX_CONFIRM_MS, `other hosts may be waited for ${MAX_CONFIRM_MS / 1000} s at most`),
  ]
}

function releaseProblems(
  { manifest, closure }: NewRelease,
  rights: ServiceRights,
  inherited: Manifest | null,
  others: Others,
): string[] {
  const { service } = manifest
  if (JSON.stringify(manifest).length > MAX_MANIFEST_CHARACTERS) return ['its release.json is too long']
  return [
    ...problem(closure.length > MAX_CLOSURE, `its closure has more than ${MAX_CLOSURE} paths`),
    ...factProblems(manifest),
    ...envPackageProblems(manifest, inherited),
    ...problem(
      service.keep > Math.max(MAX_KEEP, inherited?.service.keep ?? 0),
      `it keeps more than ${MAX_KEEP} releases`,
    ),
    ...problem(service.routes.length > MAX_ROUTES, `it has more than ${MAX_ROUTES} routes`),
    ...routeProblems(service.routes.slice(0, MAX_ROUTES), rights, inherited, others),
    ...(service.kind === 'service'
      ? programProblems(service, manifest.ports, programOf(inherited), others)
      : [
          ...problem(
            service.cache !== undefined && !(inherited?.service.kind === 'site' && inherited.service.cache),
            'it serves a binary cache of the host, which nobody with full access has deployed',
          ),
          ...problem(
            manifest.ports !== null || Object.keys(manifest.secrets).length > 0,
            'a site has no ports and no secrets',
          ),
        ]),
  ]
}

/** What is on record of a release beside the service itself: people are shown it. */
function factProblems(manifest: Manifest): string[] {
  const { package: storePath, by, commit, program, secrets, service } = manifest
  const uses = service.kind === 'service' ? service.secretsAs : {}
  return [
    ...problem(storePath.endsWith('.drv'), `that is no package: ${shown(storePath)}`),
    ...problem(!/^[A-Za-z0-9_.@-]+$/.test(by), `that is nobody: ${shown(by)}`),
    ...problem(commit !== null && !/^[0-9a-f]{4,64}$/.test(commit.id), 'its commit is none'),
    ...problem(program !== null && (program === '' || !isLine(program)), 'its program has no name'),
    ...problem(
      Object.keys(secrets).some((name) => !Object.hasOwn(uses, name)),
      'it has a secret that its service does not name',
    ),
  ]
}

/** The host gets a key its package, and nothing beside: what else is named an administrator has brought. */
function envPackageProblems({ envPackages = {}, service }: Manifest, inherited: Manifest | null): string[] {
  return Object.entries(envPackages).flatMap(([name, path]) => [
    ...problem(
      inherited?.envPackages?.[name] !== path,
      `the package of its variable ${shown(name)} is not its to bring`,
    ),
    ...problem(
      service.kind === 'site' || service.env[name] !== path,
      `its variable ${shown(name)} is not the package that it says`,
    ),
  ])
}

function programOf(inherited: Manifest | null): Program | undefined {
  return inherited?.service.kind === 'service' ? inherited.service : undefined
}
