import type { Survey } from '../../contract/survey.js'
import { ACME_ROOT } from '../../release/nginx-server.js'
import { found } from '../detect/provenance.js'
import type { Adopted, AdoptedVhost } from './adoption.js'
import type { Leading } from './servers.js'
import { type Place, type Vhost, vhostsOf } from './vhosts.js'

/** What leads to it, by server blocks that give way whole, and by those that stay. */
export function routesOf(own: readonly Leading[], vhosts: readonly AdoptedVhost[]): Adopted['routes'] {
  const whole = vhosts.filter(({ hindrances }) => hindrances.length === 0)
  const staying = own.filter(({ domain }) => !whole.some(({ names }) => names.includes(domain)))
  return [...whole.flatMap(wholeRoutes), ...existingRoutes(staying)]
}

/** Every name that such blocks serve or redirect. */
export function wholeRoutes({ routes, redirects }: AdoptedVhost): Adopted['routes'] {
  return routes.map(({ value, origin }) => {
    const { hostname, pathname } = new URL(value.url)
    const from = redirects.filter(({ to }) => to === hostname && pathname === '/').map((one) => one.from)
    return { value: { ...value, existing: false, redirectFrom: from }, origin }
  })
}

/** The same place may be served over HTTP and HTTPS: the latter is what people are told. */
function existingRoutes(own: readonly Leading[]): Adopted['routes'] {
  const routes = new Map<string, Adopted['routes'][number]>()
  for (const { url, strip, at } of own) {
    const key = url.replace(/^https?:/, '')
    if (routes.has(key) && !url.startsWith('https:')) continue
    routes.set(key, found({ value: { url, strip, existing: true, redirectFrom: [] }, at }))
  }
  return [...routes.values()]
}

/** The server blocks that places are in. */
export function adoptedVhosts({ servers, renewals }: Survey, places: readonly Place[]): AdoptedVhost[] {
  return vhostsOf(servers, places).map((vhost) => ({ ...vhost, renewal: endedRenewal(vhost, renewals) }))
}

/** certbot proves a domain by what nginx serves: slipway's own blocks answer from a folder of theirs alone. */
function endedRenewal({ certificates }: Vhost, renewals: Survey['renewals']): string | undefined {
  const by = renewals.find(
    ({ name, authenticator, webroots }) =>
      certificates.some(({ value }) => value.certificate.startsWith(`/etc/letsencrypt/live/${name}/`)) &&
      /^(nginx|webroot)$/.test(authenticator ?? '') &&
      !(webroots.length > 0 && webroots.every((folder) => folder === ACME_ROOT)),
  )
  return (
    by &&
    `certbot renews ${by.name} by what that server block serves (${by.file}: ${by.authenticator}), and could not any more: ` +
      `take it out of \`certificates\` for slipway to renew it, or have \`certbot reconfigure --cert-name ${by.name} --webroot -w ${ACME_ROOT}\` done on the host first`
  )
}
