import type { BootstrapFacts } from '../contract/bootstrap.js'
import type { Holder } from '../contract/failure.js'
import { AGENT_ROOT, HOST_ROOT } from '../contract/paths.js'
import { NGINX_CONF_D, NGINX_INCLUDE } from '../contract/setup.js'

/** The lines of `facts` of host/bootstrap.sh, by key: most have one value, some none or several. */
type Lines = ReadonlyMap<string, readonly string[]>

/** Reads what `facts` of host/bootstrap.sh printed; undefined where its end is missing. */
export function parseFacts(text: string): BootstrapFacts | undefined {
  const lines = linesOf(text)
  if (!lines.has('end')) return undefined
  const all = (key: string) => lines.get(key) ?? []
  const one = (key: string) => all(key)[0] ?? ''
  const some = (key: string) => one(key) || null
  const there = (path: string) => all('there').includes(path)
  return {
    name: one('name'),
    os: unquoted(one('os.ID')),
    osVersion: unquoted(one('os.VERSION_ID')),
    machine: one('machine'),
    nixos: there('/etc/NIXOS'),
    root: one('uid') === '0',
    became: one('became') !== '',
    systemd: Number(/^\d+/.exec(one('systemd.Version'))?.[0] ?? 0),
    unitPath: one('systemd.UnitPath').split(' ').filter(Boolean),
    unitsWritable: one('unitsWritable') === 'yes',
    programs: programsOf(lines),
    nix: / (\S+)$/.exec(one('nix'))?.[1] ?? null,
    nixFeatures: one('nixFeatures'),
    nginx: nginxOf(lines),
    agent: {
      bundle: there(`${AGENT_ROOT}/current/agent.cjs`) ? one('bundle') : null,
      version: some('version'),
      node: some('node'),
      nodeVersion: some('nodeVersion'),
      rooted: one('rooted') !== '',
      unit: some('unit.FragmentPath'),
      active: one('unit.ActiveState') === 'active',
    },
    legacy: {
      installed: one('legacy') !== '',
      unfinished: all('unfinished'),
      lock: legacyLock(one),
    },
    prepared: there(`${HOST_ROOT}/services`) && there(`${HOST_ROOT}/nginx/http.conf`),
    deployUser: some('deployUser'),
    askedUser: one('askedUser') !== '',
    nixUsers: one('nixUsers') !== '',
    freeStoreKb: Number(one('free./nix/store') || one('free./')),
    freeVarKb: Number(one('free./var/lib')),
    time: Number(one('time')),
  }
}

function linesOf(text: string): Lines {
  const lines = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at < 0) continue
    const key = line.slice(0, at)
    lines.set(key, [...(lines.get(key) ?? []), line.slice(at + 1)])
  }
  return lines
}

/** A value of os-release(5). */
function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, '$2')
}

function programsOf(lines: Lines): Record<string, string> {
  const found = [...lines].flatMap(([key, [path = '']]) =>
    key.startsWith('program.') ? [[key.slice('program.'.length), path] as const] : [],
  )
  return Object.fromEntries(found)
}

const LOCATIONS = new RegExp(`include ${HOST_ROOT}/nginx/locations/([^/]*)/`)

function nginxOf(lines: Lines): BootstrapFacts['nginx'] {
  const one = (key: string) => lines.get(key)?.[0] ?? ''
  const said = (lines.get('nginxLine') ?? []).filter((line) => !line.trimStart().startsWith('#'))
  const valid = one('nginxValid') === 'yes'
  const wrong = said.filter((line) => /emerg|not found/.test(line))
  return {
    version: /nginx\/(\S+)/.exec(one('nginxVersion'))?.[1] ?? null,
    running: one('nginx.ActiveState') === 'active',
    enabled: one('nginx.UnitFileState').startsWith('enabled'),
    valid,
    error: valid ? null : wrong.slice(0, SHOWN_LINES).join('\n') || null,
    includes: said.some((line) => line.includes(NGINX_INCLUDE)),
    domains: [...new Set(said.flatMap((line) => LOCATIONS.exec(line)?.[1] ?? []))].sort(),
    confD: (lines.get('there') ?? []).includes(NGINX_CONF_D),
  }
}

/** What nginx complains of is in the first lines. */
const SHOWN_LINES = 3

/** Who holds the lock of the shell program of 0.1: a lease, in hundredths of a second since boot. */
function legacyLock(one: (key: string) => string): Holder | null {
  const now = Number(one('uptime').split(' ')[0]) * 100
  if (one('lock.id') === '' || one('lock.boot') !== one('boot') || Number(one('lock.expires')) <= now)
    return null
  return {
    id: one('lock.id'),
    who: one('lock.who'),
    what: one('lock.what'),
    since: Number(one('lock.since')),
  }
}
