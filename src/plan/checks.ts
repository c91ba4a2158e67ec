import type { ServiceConfig } from '../config/resolved.js'
import { tlsPrograms } from '../release/tls.js'
import type { CertificateReport, Report } from '../remote/report.js'
import { certificateState } from './certificates.js'
import { MIN_FREE_KB } from './readiness.js'
import { secretProblems } from './secrets.js'

/** One thing a deploy needs, and whether it is so. */
export interface Check {
  name: string
  ok: boolean
  /** What was found. */
  found: string
  /** What helps; only where it isn't ok. */
  fix?: string
}

/** What the deployer's machine contributes to the checks. */
export interface Here {
  /** Seconds since 1970. */
  time: number
  /** As `uname -m` names it. */
  machine: string
  /** Whether Nix is installed here. */
  nix: boolean
  /** Whether packages for this host are built on it. */
  buildsThere: boolean
}

/** Clocks further apart than this confuse logs, certificates and timers. */
const MAX_CLOCK_SKEW_SECONDS = 30
/** The oldest Nix that has flakes and `path-info --json` as slipway uses them. */
const OLDEST_NIX = [2, 8] as const
/** The oldest systemd with `append:` and `Type=exec`. */
const OLDEST_SYSTEMD = 240

/** Everything a deploy to a host needs, with the fix for what is missing. Pure. */
export function checkHost(
  host: string,
  report: Report,
  services: readonly ServiceConfig[],
  here: Here,
): Check[] {
  const { host: facts } = report
  const setup = `slipway setup ${host}`
  return [
    { name: 'reachable', ok: true, found: `${facts.name}, ${facts.os} ${facts.osVersion}`.trim() },
    check('privilege', facts.root, privilege(facts), 'log in as root, or as somebody who may become root'),
    check(
      'systemd',
      facts.systemd >= OLDEST_SYSTEMD,
      `version ${facts.systemd}`,
      `slipway needs systemd ${OLDEST_SYSTEMD} or newer`,
    ),
    check(
      'units',
      facts.unitDirUsed,
      facts.unitDir,
      `${setup} says which lines the NixOS configuration needs`,
    ),
    check('Nix', newEnough(facts.nix), facts.nix ? `version ${facts.nix}` : 'not installed', setup),
    featuresCheck(facts.nixFeatures, here.buildsThere, setup),
    check('curl', facts.curl, facts.curl ? 'installed' : 'not installed', setup),
    ...tlsPrograms(services).map((program) =>
      check(program, facts[program], facts[program] ? 'installed' : 'not installed', setup),
    ),
    ...report.certificates.map((certificate) => certificateCheck(certificate, facts.time)),
    check('set up', facts.prepared, facts.prepared ? 'yes' : 'no', setup),
    ...nginxChecks(report, services, setup),
    diskCheck('/nix/store', facts.freeStoreKb),
    diskCheck('/var/lib', facts.freeVarKb),
    architectureCheck(facts.machine, here, host),
    clockCheck(facts.time - here.time),
    ...services
      .flatMap((service) => secretProblems(host, service, report))
      .map(({ problem, fix }) => check('secrets', false, problem, fix)),
    check('lock', true, report.lock ? `held by ${report.lock.who}: ${report.lock.what}` : 'free', ''),
    ...report.services
      .filter(({ activating }) => activating !== null)
      .map(({ name, activating }) =>
        check(
          `service ${name}`,
          report.lock !== null,
          `release ${activating} was cut off half-way`,
          `slipway deploy ${name} puts it right`,
        ),
      ),
  ]
}

function privilege({ root, became, key }: Report['host']): string {
  if (key !== null) return `the key ${key.name}, for ${key.service} alone`
  if (!root) return 'not root'
  return became ? 'root, by `become`' : 'root'
}

function check(name: string, ok: boolean, found: string, fix: string): Check {
  return ok ? { name, ok, found } : { name, ok, found, fix }
}

function certificateCheck(certificate: CertificateReport, now: number): Check {
  const { level, text, fix } = certificateState(certificate, now)
  return check(`certificate for ${certificate.domain}`, level === 'good', text, fix ?? '')
}

function newEnough(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  return major > OLDEST_NIX[0] || (major === OLDEST_NIX[0] && minor >= OLDEST_NIX[1])
}

function featuresCheck(features: string, buildsThere: boolean, setup: string): Check {
  const ok = !buildsThere || features.split(' ').includes('flakes')
  return check('Nix settings', ok, features || 'no experimental features', setup)
}

function nginxChecks({ host: facts }: Report, services: readonly ServiceConfig[], setup: string): Check[] {
  if (!facts.nginx) return [check('nginx', false, 'not installed', setup)]
  const foreign = services.flatMap(({ routes }) => routes.filter(({ server }) => server === 'existing'))
  return [
    check('nginx', true, `version ${facts.nginx}`, ''),
    check(
      'nginx running',
      facts.nginxRunning,
      facts.nginxRunning ? 'yes' : 'no',
      'systemctl enable --now nginx',
    ),
    check(
      'nginx config',
      facts.nginxValid,
      facts.nginxError ?? 'valid',
      'correct it on the host until `nginx -t` passes',
    ),
    check('nginx includes slipway', facts.nginxIncludes, facts.nginxIncludes ? 'yes' : 'no', setup),
    ...[...new Set(foreign.map(({ domain }) => domain))].map((domain) =>
      check(
        `nginx server of ${domain}`,
        facts.nginxDomains.includes(domain),
        facts.nginxDomains.includes(domain) ? 'includes the routes' : 'does not include the routes',
        `add to its server { … }: include /var/lib/slipway/nginx/locations/${domain}/*.conf;`,
      ),
    ),
  ]
}

function diskCheck(path: string, freeKb: number): Check {
  const found = `${Math.floor(freeKb / 1024)} MiB free`
  return check(
    `space in ${path}`,
    freeKb >= MIN_FREE_KB,
    found,
    'make room: nix-collect-garbage removes what no release needs',
  )
}

function architectureCheck(machine: string, here: Here, host: string): Check {
  const ok = machine === here.machine || here.buildsThere
  return check(
    'architecture',
    ok,
    machine,
    `this machine is ${here.machine}: build on the host with hosts.${host}.build: 'host'`,
  )
}

function clockCheck(skew: number): Check {
  const found = Math.abs(skew) <= 2 ? 'in step' : `${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}`
  return check('clock', Math.abs(skew) <= MAX_CLOCK_SKEW_SECONDS, found, 'timedatectl set-ntp true')
}
