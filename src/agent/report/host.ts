import { statfs } from 'node:fs/promises'
import { hostname, machine } from 'node:os'
import { dirname } from 'node:path'
import type { HostFacts } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { exists, leadsSomewhere, readLink } from '../files.js'
import type { NginxFacts } from '../nginx/facts.js'
import { serviceNames } from '../services/releases.js'
import { unitDir } from '../units-dir.js'
import type { NixFacts } from './nix-facts.js'
import { onPath } from './on-path.js'
import { osRelease } from './os-release.js'

/** Who asks, and with what rights. */
export interface Login {
  /** Whether it is root by the words of the config's `become`. */
  became: boolean
  /** The services that it may be told of; null: all. */
  only: readonly string[] | null
}

export interface HostParts {
  agent: HostFacts['agent']
  login: Login
  nix: NixFacts
  nginx: NginxFacts
}

const NIX_STORE = '/nix/store'
const BYTES_IN_KB = 1024

/** What a host is and has. */
export async function hostFacts(
  agent: Agent,
  { login, nix, nginx, ...parts }: HostParts,
): Promise<HostFacts> {
  const { places, systemd } = agent
  const [os, version, unitPath, units, store, free, freeVar, programs, prepared, legacy] = await Promise.all([
    osRelease(),
    systemd.version(),
    systemd.unitPath(),
    unitDir(agent),
    exists(NIX_STORE),
    freeKb('/'),
    freeKb(dirname(places.root)),
    programsThere(),
    readLink(places.nginx),
    hasLegacy(agent),
  ])
  return {
    name: hostname(),
    os: os.id,
    osVersion: os.version,
    machine: machine(),
    systemd: version,
    ...nix,
    nginx: nginx.version,
    nginxRunning: nginx.running,
    nginxValid: nginx.valid,
    nginxError: nginx.error,
    nginxIncludes: nginx.includes,
    nginxDomains: nginx.domains,
    nginxGroup: nginx.group,
    ...(nginx.defaultServer !== null && { nginxDefault: nginx.defaultServer }),
    ...programs,
    unitDir: units,
    unitDirUsed: unitPath.includes(units),
    prepared: prepared !== undefined,
    agent: parts.agent,
    legacy,
    root: true,
    became: login.became,
    key: null,
    freeStoreKb: store ? await freeKb(NIX_STORE) : free,
    freeVarKb: freeVar,
    time: Math.floor(Date.now() / 1000),
  }
}

/** Which of the programs that only some services need are there. */
async function programsThere() {
  const [encrypts, openssl, lego, ip, nft, pasta] = await Promise.all([
    isOnPath('systemd-creds'),
    isOnPath('openssl'),
    isOnPath('lego'),
    isOnPath('ip'),
    isOnPath('nft'),
    isOnPath('pasta'),
  ])
  return { encrypts, openssl, lego, ip, nft, pasta }
}

async function isOnPath(program: string): Promise<boolean> {
  return (await onPath(program)) !== undefined
}

async function freeKb(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return Math.floor((bavail * bsize) / BYTES_IN_KB)
}

/** Whether a service serves a release that the shell program of 0.1 made: that alone wrote a `spec`. */
async function hasLegacy(agent: Agent): Promise<boolean> {
  const services = await serviceNames(agent)
  const specs = services.map((name) => leadsSomewhere(`${agent.places.service(name)}/current/release/spec`))
  return (await Promise.all(specs)).includes(true)
}
