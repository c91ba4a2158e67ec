import type { ServiceConfig } from '../config/resolved.js'
import { tlsPrograms } from '../release/tls.js'
import type { HostFacts } from '../remote/report.js'

/** Something about a host that a deploy can't go on with. */
export interface HostProblem {
  problem: string
  fix: string
}

/** Less than this and a deploy would fill the disk while it copies. */
export const MIN_FREE_KB = 100 * 1024

/** Why services can't be deployed to a host as it is; the first thing to mend comes first. */
export function hostProblems(
  host: string,
  facts: HostFacts,
  services: readonly ServiceConfig[],
): HostProblem[] {
  const problems: HostProblem[] = []
  const setup = `slipway setup ${host}`
  if (!facts.nix) problems.push({ problem: 'Nix is not installed', fix: setup })
  if (facts.systemd === 0) problems.push({ problem: 'systemd is not running', fix: 'slipway needs systemd' })
  if (facts.key !== null) problems.push(...keyProblems(facts.key, services))
  // A system needs nothing of what services are served with.
  if (services.length === 0) return [...problems, ...diskProblems(facts)]
  if (!facts.curl) problems.push({ problem: 'curl is not installed', fix: setup })
  const routes = services.flatMap((service) => service.routes)
  if (routes.length > 0) problems.push(...nginxProblems(facts, setup))
  if (!facts.prepared) problems.push({ problem: 'slipway has not been set up there', fix: setup })
  if (!facts.unitDirUsed) {
    problems.push({
      problem: `systemd does not look for units in ${facts.unitDir}`,
      fix: `${setup} says which lines the NixOS configuration needs`,
    })
  }
  problems.push(...tlsProblems(facts, services, setup), ...diskProblems(facts))
  const foreign = routes.filter(({ server }) => server === 'existing').map(({ domain }) => domain)
  for (const domain of new Set(foreign)) {
    if (facts.nginxDomains.includes(domain)) continue
    problems.push({
      problem: `no nginx server block of ${domain} includes slipway's routes`,
      fix: `add to its server { … }: include /var/lib/slipway/nginx/locations/${domain}/*.conf;`,
    })
  }
  return problems
}

function keyProblems(
  key: { service: string; name: string },
  services: readonly ServiceConfig[],
): HostProblem[] {
  if (services.length > 0 && services.every(({ name }) => name === key.service)) return []
  return [
    {
      problem: `the key ${key.name} deploys ${key.service} there, and nothing else`,
      fix: `slipway deploy ${key.service}`,
    },
  ]
}

function tlsProblems(facts: HostFacts, services: readonly ServiceConfig[], setup: string): HostProblem[] {
  return tlsPrograms(services)
    .filter((program) => !facts[program])
    .map((program) => ({
      problem: `${program} is not installed, which the certificates of https routes need`,
      fix: setup,
    }))
}

function diskProblems(facts: HostFacts): HostProblem[] {
  const disks = [
    { what: '/nix/store', free: facts.freeStoreKb },
    { what: '/var/lib', free: facts.freeVarKb },
  ]
  return disks
    .filter(({ free }) => free < MIN_FREE_KB)
    .map(({ what, free }) => ({
      problem: `${what} has ${Math.floor(free / 1024)} MiB left`,
      fix: 'make room: nix-collect-garbage removes what no release needs',
    }))
}

function nginxProblems(facts: HostFacts, setup: string): HostProblem[] {
  if (!facts.nginx) return [{ problem: 'nginx is not installed', fix: setup }]
  if (!facts.nginxValid) {
    return [
      {
        problem: `nginx's own configuration is broken, before anything of this deploy: ${facts.nginxError ?? ''}`,
        fix: 'correct it on the host until `nginx -t` passes',
      },
    ]
  }
  return facts.nginxIncludes
    ? []
    : [{ problem: "nginx's configuration does not include slipway's", fix: setup }]
}
