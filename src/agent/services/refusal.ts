import { basename } from 'node:path'
import { SOCKETS_ROOT } from '../../contract/paths.js'
import type { ReleaseLayout } from '../../release/layout.js'
import type { ItemWork } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { socketsProblem } from '../host-units.js'
import { secretsGone } from '../secrets/release-links.js'
import { portHolder } from '../sockets/holder.js'
import { adoptsRefusal, isHeldBy } from './adopt/refusal.js'
import { editedFiles } from './adopt/vhost.js'
import type { ServiceDeps } from './deps.js'
import type { ServiceRecord } from './item-record.js'
import { userId } from './passwd.js'
import { projectProblem } from './project.js'
import { hasPackage, readRelease, type StoredRelease } from './releases.js'
import { currentRelease } from './slots.js'
import { foreignState } from './state.js'
import { foreignUnit } from './units.js'
import { isForeignUser } from './users.js'

/** What must be so before a release may touch anything: one sentence about what is not; undefined: nothing. */
export async function refusal(
  { agent, record }: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
): Promise<string | undefined> {
  const { name, fromNumber, expected, toNumber, toSlot } = record
  if (fromNumber !== expected) {
    return `another deploy made release ${fromNumber ?? 'none'} current in the meantime`
  }
  const release = await readRelease(agent, name, toNumber)
  const current = fromNumber === null ? undefined : await readRelease(agent, name, fromNumber)
  const theirs = record.renames === undefined ? current : await currentOf(agent, record.renames)
  if (theirs && !record.takeOver) {
    const problem = await projectProblem(theirs, record.project)
    if (problem !== undefined) return problem
  }
  const { layout, dir } = release
  if (!(await hasPackage(dir))) {
    const path = release.manifest?.package ?? 'of it'
    return `its package ${path} is no longer in the Nix store`
  }
  const secret = await secretsGone(dir)
  if (secret !== undefined) return `its secret ${secret} is no longer on the host; deploy again`
  const { adopts } = record
  const taken = adopts && (await adoptsRefusal(agent, record, adopts))
  if (taken !== undefined) return taken
  const unit = await foreignUnit(agent, name, dir, toSlot)
  if (unit !== undefined && basename(unit) !== adopts?.unit) {
    return `the host already has ${unit}, which slipway did not make; give the service another name`
  }
  const foreign = await foreignProblem(agent, name, layout)
  if (foreign !== undefined) return foreign
  const endpoint = layout.endpoints?.[toSlot]
  if (endpoint && 'unix' in endpoint && endpoint.unix.startsWith(`${SOCKETS_ROOT}/`)) {
    const problem = await socketsProblem(agent)
    if (problem !== undefined) return problem
  }
  const port = endpoint && 'tcp' in endpoint && endpoint.at === undefined ? endpoint.tcp : undefined
  const free = port === undefined || (await isHeldBy(agent, port, adopts?.unit))
  const holder = free ? undefined : await portHolder(port, record.renames ?? name)
  if (holder !== undefined) return `port ${port} is taken by ${holder}`
  if (record.action === 'canary') {
    const problem = canaryProblem(release, current)
    if (problem !== undefined) return problem
  }
  const calendar = await calendarProblem(agent, layout.calendars)
  if (calendar !== undefined) return calendar
  // What nginx has accepted from this service before, it need not be asked about again.
  return sameRoutes(release, current) || record.renames !== undefined
    ? undefined
    : deps.routesRefusal(name, {
        ...{ release, current, takeOver: record.takeOver ?? false },
        replaced: await editedFiles(adopts ?? { directives: [] }),
      })
}

async function currentOf(agent: Agent, service: string): Promise<StoredRelease | undefined> {
  const number = await currentRelease(agent, service)
  return number === undefined ? undefined : readRelease(agent, service, number)
}

/** What slipway did not make is only taken where the config says so; what is root's is never taken. */
async function foreignProblem(
  agent: Agent,
  name: string,
  { user, state, adopt }: ReleaseLayout,
): Promise<string | undefined> {
  const wayOut = 'give the service another name, or take it over with `adopt: true`'
  if (user && (await isForeignUser(agent, name))) {
    if ((await userId(agent, name)) === 0) return `${name} is another name of root's on this host`
    if (!adopt) return `the host already has a user ${name} that slipway did not make; ${wayOut}`
    if ((await agent.run(['getent', 'group', name])).code !== 0)
      return `the host's user ${name} has no group of that name, which the service would run as; make one: groupadd ${name}`
  }
  const directory = state ? await foreignState(agent, name) : undefined
  if (directory === undefined) return undefined
  const path = agent.places.state(name)
  if (!directory.isDirectory()) return `${path} is there already, and is no directory`
  if (!adopt) return `the host already has ${path}, which slipway did not make; ${wayOut}`
  return undefined
}

/** Whether a release has the same part in nginx's config as the one that serves. */
export function sameRoutes(release: StoredRelease, current: StoredRelease | undefined): boolean {
  return current !== undefined && JSON.stringify(release.nginx) === JSON.stringify(current.nginx)
}

function canaryProblem(
  { layout, nginx }: StoredRelease,
  current: StoredRelease | undefined,
): string | undefined {
  if (current === undefined) {
    return 'a first release has nobody to share requests with; deploy it without --canary'
  }
  if (layout.slots === null || layout.slots === 'fixed') {
    return 'a canary needs room for two instances: listen on a port that slipway picks, or on a socket'
  }
  if (JSON.stringify(nginx) !== JSON.stringify(current.nginx)) {
    return 'a canary shares the routes of the release that serves; change routes with a deploy of their own'
  }
  return undefined
}

/** systemd's own word on when timers are due. */
async function calendarProblem(agent: Agent, calendars: readonly string[]): Promise<string | undefined> {
  for (const calendar of calendars) {
    const { code, stderr } = await agent.run(['systemd-analyze', 'calendar', '--', calendar])
    if (code !== 0) return stderr.trim().split('\n')[0] ?? `systemd does not understand ${calendar}`
  }
  return undefined
}
