import type { Http } from '../contract/http.js'
import type { Problem } from './problems.js'
import type { ServiceConfig } from './resolved.js'

/** What only a program has to do with, and what only files have, by the names that the config has for it. */
const PROGRAM_ONLY = {
  maxBodyBytes: 'maxBody',
  maxHeadBytes: 'maxResponseHead',
  timeoutMs: 'timeout',
  bufferRequests: 'bufferRequests',
  bufferResponses: 'bufferResponses',
  accelRedirect: 'accelRedirect',
} as const
const SITE_ONLY = { cache: 'cache' } as const

/** What a service says of nginx and would not get. */
export function httpProblems(service: ServiceConfig): Problem[] {
  const foreign: Readonly<Record<string, string>> = service.kind === 'site' ? PROGRAM_ONLY : SITE_ONLY
  const reason = service.kind === 'site' ? 'a site, which has no program' : 'a program, whose answers say it'
  return service.routes.flatMap(({ http = {} }, index) => {
    const at = `services.${service.name}.routes[${index}]`
    const meaningless = Object.entries(foreign)
      .filter(([field]) => Object.hasOwn(http, field))
      .map(([, name]) => ({ path: at, message: `\`http.${name}\` has no meaning for ${reason}` }))
    return [...meaningless, ...passwordProblems(service, http, at), ...redirectProblems(http, at)]
  })
}

function passwordProblems(service: ServiceConfig, { basicAuth }: Http, path: string): Problem[] {
  if (basicAuth === undefined) return []
  if (service.kind === 'site')
    return [{ path, message: '`http.basicAuth` needs a secret, and a site has none' }]
  if (service.secretsAs[basicAuth.secret] === 'nginx') return []
  return [
    {
      path,
      message: `\`http.basicAuth\` names ${basicAuth.secret}, which is no secret for nginx`,
      suggestion: `secrets: { ${basicAuth.secret}: { as: 'nginx' } }`,
    },
  ]
}

function redirectProblems({ redirects = [] }: Http, path: string): Problem[] {
  const seen = new Set<string>()
  return redirects.flatMap(({ from }) => {
    if (!seen.has(from)) {
      seen.add(from)
      return []
    }
    return [{ path, message: `${from} is redirected twice` }]
  })
}
