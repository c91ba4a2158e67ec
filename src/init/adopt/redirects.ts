import type { ServerSurvey } from '../../contract/survey.js'
import { ACME, namesOf } from './servers.js'

type Block = ServerSurvey['blocks'][number]

/** Where a redirect keeps all of the path. */
const REDIRECT = /^(https?):\/\/(\$host|\$http_host|\$server_name|[a-z0-9.-]+)\$request_uri$/

/** Whether certbot proves itself there. */
export function isAcme({ args }: Block): boolean {
  return args.join(' ').includes(ACME)
}

/** `if ($scheme = http) { return 301 https://$host$request_uri; }` and the like. */
export function isRedirectToTls({ name, directives }: Block): boolean {
  return (
    name === 'if' &&
    directives.every(
      (one) =>
        one.name === 'return' && /^https:\/\/\$(host|server_name)\$request_uri$/.test(one.args[1] ?? ''),
    )
  )
}

/** Where a block that does nothing else leads its names; undefined: it does something else. */
export function redirectsOf(server: ServerSurvey): { from: string; to: string }[] | undefined {
  const names = namesOf(server)
  const blocks = server.blocks.filter((one) => !isAcme(one))
  const main = blocks.filter(({ name, args }) => name === 'location' && args.join(' ') === '/')
  const conditions = blocks.filter(
    ({ name, args }) => name === 'if' && /^\(\$host = \S+\)$/.test(args.join(' ')),
  )
  if (main.length + conditions.length !== blocks.length) return undefined
  const leads = (directives: Block['directives'], from: readonly string[]) =>
    directives
      .filter(({ name }) => name === 'return')
      .flatMap(({ args: [code = '', url = ''] }) => {
        const [, scheme, host = ''] = REDIRECT.exec(url) ?? []
        if (!/^30[1278]$/.test(code) || scheme === undefined) return code === '404' ? [] : [undefined]
        return from.map((name) => ({ from: name, to: targetOf(host, name, names) }))
      })
  const all = [
    ...conditions.flatMap(({ args, directives }) =>
      leads(directives, [args.at(-1)?.replace(/\)$/, '') ?? '']),
    ),
    ...[server, ...main].flatMap(({ directives }) => leads(directives, names)),
  ]
  const known = all.filter((one) => one !== undefined)
  const says = server.directives.some(({ name }) => name === 'proxy_pass' || name === 'root')
  return known.length === 0 || known.length < all.length || says ? undefined : known
}

function targetOf(host: string, from: string, [first = from]: readonly string[]): string {
  if (host === '$server_name') return first
  return host.startsWith('$') ? from : host
}
