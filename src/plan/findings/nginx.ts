import { locationsDir } from '../../contract/paths.js'
import type { HostFacts } from '../../contract/report.js'
import { type Finding, finding, type Subject, setupCommand } from './finding.js'

/** Whether nginx serves what slipway gives it. A deploy needs it only where services have routes. */
export function nginxFindings(subject: Subject): Finding[] {
  const { host: facts } = subject.report
  const routes = subject.services.flatMap((service) => service.routes)
  const fix = setupCommand(subject)
  const ifRoutes = (problem: string) => (routes.length > 0 ? problem : undefined)
  if (!facts.nginx) {
    return [finding('nginx', false, 'not installed', { fix, problem: ifRoutes('nginx is not installed') })]
  }
  const foreign = routes.filter(({ server }) => server === 'existing').map(({ domain }) => domain)
  return [
    finding('nginx', true, `version ${facts.nginx}`),
    finding('nginx running', facts.nginxRunning, facts.nginxRunning ? 'yes' : 'no', {
      fix: 'systemctl enable --now nginx',
    }),
    finding('nginx config', facts.nginxValid, facts.nginxError ?? 'valid', {
      fix: 'correct it on the host until `nginx -t` passes',
      problem: ifRoutes(
        `nginx's own configuration is broken, before anything of this deploy: ${facts.nginxError ?? ''}`,
      ),
    }),
    finding('nginx includes slipway', facts.nginxIncludes, facts.nginxIncludes ? 'yes' : 'no', {
      fix,
      // Of a broken configuration nobody can tell.
      problem: facts.nginxValid ? ifRoutes("nginx's configuration does not include slipway's") : undefined,
    }),
    finding('nginx unknown names', true, unknownNames(facts)),
    ...[...new Set(foreign)].map((domain) => foreignFinding(domain, facts)),
  ]
}

/** What is somebody else's stays as it is, and is told: what it answers is answered for every name. */
function unknownNames({ nginxDefault }: HostFacts): string {
  return nginxDefault === undefined
    ? 'closed on port 80, while slipway serves anything there'
    : `answered by the default server of ${nginxDefault}`
}

function foreignFinding(domain: string, { nginxDomains }: HostFacts): Finding {
  const ok = nginxDomains.includes(domain)
  return finding(
    `nginx server of ${domain}`,
    ok,
    ok ? 'includes the routes' : 'does not include the routes',
    {
      fix: `add to its server { … }: include ${locationsDir(domain)}/*.conf;`,
      problem: `no nginx server block of ${domain} includes slipway's routes`,
    },
  )
}
