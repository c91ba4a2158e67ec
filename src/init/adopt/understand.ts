import { suggestServiceName } from '../../config/names.js'
import type { Survey, UnitSurvey } from '../../contract/survey.js'
import { found, guessed, type Sourced } from '../detect/provenance.js'
import { isSecret } from '../detect/variables.js'
import type { Adopted, Adoption, LeftAlone } from './adoption.js'
import { adoptedVhosts, routesOf, wholeRoutes } from './routes.js'
import { type Leading, readServers, type Served } from './servers.js'
import { stateOf } from './state.js'
import { settingsOf, whereOf } from './unit-text.js'

/** Settings of a unit that a service has by itself, or that say nothing of what it is. */
const SAID_ANYWAY =
  /^(Description|Documentation|After|Before|Wants|WantedBy|Type|User|Group|WorkingDirectory|ExecStart|Environment|EnvironmentFile|Restart|RestartSec|StartLimit\w+|Standard(Output|Error|Input)|SyslogIdentifier|KillMode|KillSignal|TimeoutS\w+|StateDirectory|UMask|NoNewPrivileges|Protect\w+|Private\w+|Restrict\w+|SystemCall\w+|Lock\w+|ReadWritePaths|ReadOnlyPaths|CapabilityBoundingSet|MemoryDenyWriteExecute)$/
/** Settings without which a program is likely to fail, or to do other things. */
const VITAL =
  /^(ExecStartPre|ExecStartPost|ExecCondition|AmbientCapabilities|SupplementaryGroups|RootDirectory|LoadCredential\w*)$/
/** Programs that run others of which Nix knows nothing. */
const CONTAINERS = /^(docker|podman|docker-compose|nerdctl|lxc-start)$/
/** A URL with a password in it. */
const CREDENTIALS = /:\/\/[^/@\s:]*:[^/@\s]+@/
/** Folders of a working directory that programs commonly read while they run. */
const ASSETS = new Set(['views', 'templates', 'static', 'public', 'assets', 'migrations', 'locales'])

/** What a host was set up to serve, as services of a config; whatever is none of them is told with its reason. Pure. */
export function understand(survey: Survey): Adoption {
  const { leading, served, left } = readServers(survey)
  // Of those there are many, and nobody there writes units by hand.
  const ofNixos = survey.units.filter(({ linked }) => linked?.startsWith('/nix/store/'))
  const units = survey.units
    .filter((unit) => !ofNixos.includes(unit))
    .map((unit) => ({ unit, why: refusal(unit) }))
  const names = new Set<string>()
  const known = units.flatMap(({ unit, why }) => (why === undefined ? [unit] : []))
  const services = [
    ...known.map((unit) =>
      serviceOf(unit, { leading, survey }, named(unit.name.replace(/\.service$/, ''), names), known.length),
    ),
    ...sitesOf(served).map((site) => siteOf(site, survey, named(siteName(site), names))),
  ]
  return {
    services,
    left: [
      ...units.flatMap(({ unit, why }) => (why === undefined ? [] : [{ what: unit.name, why }])),
      ...(ofNixos.length > 0
        ? [{ what: ofNixos.map(({ name }) => name).join(', '), why: "NixOS's configuration makes them" }]
        : []),
      ...left,
      ...strayRoutes(leading, known, survey),
      ...containers(survey, leading),
      ...survey.unread.map(({ file, why }) => ({ what: file, why: `it was not read: ${why}` })),
      ...survey.renewals.map(({ name, file, authenticator }) => ({
        what: `certbot's certificate ${name} (${file})`,
        why: `what renews it stays${authenticator === null ? '' : ` (${authenticator})`}`,
      })),
    ],
  }
}

/** Why a unit is none that could be a service; undefined: it could. */
function refusal(unit: UnitSurvey): string | undefined {
  const { name, type, exec, triggeredBy, active, enabled, dynamicUser } = unit
  const [program = ''] = exec[0] ?? []
  const sockets = triggeredBy.filter((one) => !one.endsWith('.timer'))
  if (name.includes('@')) return 'it is an instance of a template, whose other instances need it'
  if (type === 'oneshot') {
    return triggeredBy.length > 0
      ? `a job of ${triggeredBy.join(', ')}: say it in \`timers\` of the service that it belongs to`
      : 'it runs once and ends (Type=oneshot): it is no service'
  }
  if (CONTAINERS.test(program.split('/').at(-1) ?? ''))
    return 'it runs a container, whose content Nix does not build'
  if (type === 'forking') return 'it puts itself into the background (Type=forking): have it stay in front'
  if (sockets.length > 0) return `${sockets.join(', ')} starts it: write \`listen: 'socket'\` by hand`
  if (dynamicUser) return 'it has a user only while it runs (DynamicUser=), and its state with it'
  if (exec.length !== 1 || program === '') return 'it starts no program, or several'
  if (active !== 'active' && enabled !== 'enabled') return 'it neither runs nor starts at boot'
  if (active !== 'active')
    return 'it does not run now, so nobody can tell where it listens: start it, and look again'
  return undefined
}

function serviceOf(
  unit: UnitSurvey,
  { leading, survey }: { leading: readonly Leading[]; survey: Survey },
  name: string,
  units: number,
): Adopted {
  const ports = new Set(unit.listens.map(({ port }) => port))
  const own = leading.filter(({ port }) => ports.has(port))
  const port = own[0]?.port ?? [...ports][0]
  const assets = assetsOf(unit)
  const state = stateOf(unit, name, assets.length > 0)
  const moved = (text: string, at: ReturnType<typeof whereOf>): Sourced<string> => {
    const value = state.moved(text)
    return found({ value, at }, value === text ? undefined : `was ${text}`)
  }
  // What nobody else may see is not for a file in a repository.
  const hidden = unit.environment.filter((one) => isSecret(one.name) || CREDENTIALS.test(one.value))
  const env = Object.fromEntries(
    unit.environment
      .filter((one) => !hidden.includes(one))
      .map((one) => [one.name, moved(one.value, whereOf(unit, 'Environment', `${one.name}=`))]),
  )
  const { run, built, notes } = programOf(unit, state.moved)
  const unnamed = [...ports].filter((one) => one !== port)
  const routed = own.filter((one) => one.port === port)
  const vhosts = adoptedVhosts(
    survey,
    routed.map((one) => ({ ...one, path: new URL(one.url).pathname })),
  )
  const routes = routesOf(routed, vhosts)
  const settings = settingsOf(unit.text)
  return {
    ...{ name, kind: 'service' as const, at: { file: unit.path, line: 1 }, run, env, routes, assets, vhosts },
    package: guessed(units === 1 ? '.#default' : `.#${name}`, built),
    listen:
      port === undefined
        ? undefined
        : found(
            { value: port, at: whereOf(unit, 'Environment', String(port)) },
            `${unit.name} listens there`,
          ),
    open: [
      ...hidden.map((one) => ({ name: one.name, at: unit.path, secret: true })),
      ...unit.environmentFiles.flatMap(({ path, names }) =>
        (names ?? []).map((one) => ({ name: one, at: path, secret: isSecret(one) })),
      ),
    ],
    state:
      state.copies.length === 0
        ? undefined
        : found(
            { value: true as const, at: whereOf(unit, 'ExecStart') },
            `${state.copies.map(({ from }) => from).join(', ')} is copied there`,
          ),
    adopt:
      unit.user === name || state.copies.some(({ from }) => from === `/var/lib/${name}`)
        ? found({ value: true as const, at: whereOf(unit, 'User') })
        : undefined,
    fallback: undefined,
    claims: {
      unit: unit.name,
      state: state.copies,
      directives: own.map(({ domain, at, text }) => ({ domain, ...at, text })),
    },
    hindrances: [
      ...state.hindrances,
      ...own.flatMap(({ hindrances }) => hindrances),
      ...unit.environmentFiles
        .filter(({ names }) => names === null)
        .map(({ path }) => `${path} (${unit.path}) could not be read: nobody knows what it sets`),
      ...settings
        .filter((one) => VITAL.test(one.name) && one.name !== 'ExecStartPre')
        .map(
          (one) =>
            `${one.name}= (${unit.path}:${one.line}) is not taken over: say it in \`unit\`, then take the line out`,
        ),
    ],
    notes: [
      ...notes,
      ...state.notes,
      ...(unnamed.length > 0
        ? [`it listens on ${unnamed.join(', ')} too, of which nothing is taken over`]
        : []),
      ...settings
        .filter(
          (one) => !SAID_ANYWAY.test(one.name) && (!VITAL.test(one.name) || one.name === 'ExecStartPre'),
        )
        .map((one) => `not taken over: ${one.name}=${one.value} (${unit.path}:${one.line})`),
      ...(unit.user === '' || unit.user === 'root'
        ? ['it runs as root; as a service it has a user of its own']
        : []),
    ],
  }
}

function programOf(unit: UnitSurvey, moved: (text: string) => string) {
  const [program = '', ...args] = unit.exec[0] ?? []
  const real = unit.paths.find(({ path }) => path === program)?.real ?? program
  const [, built] = /^\/nix\/store\/[a-z0-9]{32}-([^/]+)\//.exec(real) ?? []
  const at = whereOf(unit, 'ExecStart')
  const words = [program.split('/').at(-1) ?? program, ...args.map(moved)]
  if (built !== undefined) {
    return { run: found({ value: words, at }), built: `Nix built ${built}, which runs there`, notes: [] }
  }
  const why = `Nix did not build ${program}: \`slipway init\` in its source writes what does`
  if (!/^\/(usr\/)?(local\/)?s?bin\//.test(real)) {
    return { run: found({ value: words, at }), built: why, notes: [] }
  }
  const said = [program, ...args].join(' ')
  return {
    run: undefined,
    built: why,
    notes: [`it runs \`${said}\` (${unit.path}:${at.line}): say in \`run\` what your package has for it`],
  }
}

function assetsOf(unit: UnitSurvey): Adopted['assets'] {
  const working = unit.paths.find(({ path }) => path === unit.workingDirectory)
  return (working?.entries ?? [])
    .filter(({ name, kind }) => kind === 'folder' && ASSETS.has(name))
    .map(({ name }) =>
      found({ value: name, at: whereOf(unit, 'WorkingDirectory') }, `${unit.workingDirectory} has it`),
    )
}

function siteOf(
  { url, domain, root, at, text, fallback, hindrances }: Served,
  survey: Survey,
  name: string,
): Adopted {
  const vhosts = adoptedVhosts(survey, [{ at, path: '/', strip: true }])
  const whole = vhosts.filter((one) => one.hindrances.length === 0)
  return {
    ...{ name, kind: 'site', at, run: undefined, listen: undefined, env: {}, open: [], assets: [] },
    package: guessed('.#default', `${root} has its files, and nothing tells what makes them`),
    routes:
      whole.length > 0
        ? whole.flatMap(wholeRoutes)
        : [found({ value: { url, strip: true, existing: true, redirectFrom: [] }, at })],
    vhosts,
    state: undefined,
    adopt: undefined,
    fallback: fallback === undefined ? undefined : found({ value: fallback, at }),
    claims: { unit: null, state: [], directives: [{ domain, ...at, text }] },
    hindrances,
    notes: [`${root} stays`],
  }
}

/** One for each URL: a site served over both is told of over HTTPS. */
function sitesOf(served: readonly Served[]): Served[] {
  const secure = new Set(served.filter(({ url }) => url.startsWith('https:')).map(({ domain }) => domain))
  return served.filter(({ url, domain }) => url.startsWith('https:') || !secure.has(domain))
}

/** `/var/www/blog/current/public` is blog's. */
function siteName({ root, domain }: Served): string {
  const parts = root
    .split('/')
    .filter((part) => !/^(var|www|srv|home|html|current|public|dist|build|_site|releases)$/.test(part))
  return parts.find(Boolean) ?? domain.split('.')[0] ?? 'site'
}

function named(given: string, taken: Set<string>): string {
  const base = suggestServiceName(given)
  let name = base
  for (let count = 2; taken.has(name); count += 1) name = suggestServiceName(`${base.slice(0, 27)}-${count}`)
  taken.add(name)
  return name
}

/** Places of nginx's that lead to a port that is nobody's who is understood. */
function strayRoutes(
  leading: readonly Leading[],
  known: readonly UnitSurvey[],
  { listeners }: Survey,
): LeftAlone[] {
  const ours = new Set(known.flatMap(({ listens }) => listens.map(({ port }) => port)))
  return leading
    .filter(({ port }) => !ours.has(port))
    .map(({ url, port, at }) => {
      const holder = listeners.find((one) => one.port === port)
      const who =
        holder === undefined
          ? 'on which nobody listens'
          : `of ${holder.program}, ${holder.unit === null ? 'which no unit runs' : holder.unit}`
      return { what: `${url} (${at.file}:${at.line})`, why: `it leads to port ${port} ${who}` }
    })
}

/** Ports of containers that nginx does not lead to. */
function containers({ listeners }: Survey, leading: readonly Leading[]): LeftAlone[] {
  const routed = new Set(leading.map(({ port }) => port))
  return listeners
    .filter(({ program, port }) => program.startsWith('docker-pr') && !routed.has(port))
    .map(({ port, program }) => ({
      what: `port ${port} (${program})`,
      why: 'a container, whose content Nix does not build',
    }))
}
