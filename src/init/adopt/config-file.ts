import { stateDir } from '../../contract/paths.js'
import { whereText } from '../detect/tree.js'
import { key, line, quote } from '../detect/write/config-file.js'
import type { Adopted, AdoptedRoute, Adoption } from './adoption.js'

/** What a config is written for. */
export interface AdoptedHost {
  /** Its name in the config, and what ssh is given. */
  name: string
  ssh: string
  project: string
}

/** `slipway.config.ts` of a host that was set up by hand. */
export function adoptedConfig({ services, left }: Adoption, { name, ssh, project }: AdoptedHost): string {
  const kinds = [...new Set(services.map(({ kind }) => kind))].sort()
  const others = left.map(({ what, why }) => `  // ${oneLine(`${what}: ${why}`)}\n`)
  return `import { ${['defineConfig', ...kinds].join(', ')} } from 'slipway'

export default defineConfig({
  project: ${quote(project)},
  hosts: { ${key(name)}: ${quote(ssh)} }, // as told
${certificatesText(services)}  services: {
${services.map((service) => serviceText(service, name)).join('')}  },
${others.length > 0 ? `  // What stays as it is there:\n${others.join('')}` : ''}})
`
}

function serviceText(service: Adopted, host: string): string {
  const lines = [
    line(`package: ${quote(service.package.value)}`, service.package.origin),
    ...fields(service),
    ...service.hindrances.map((one) => `// before it can be moved: ${oneLine(one)}`),
    ...service.vhosts.flatMap(({ names, hindrances }) =>
      hindrances.map((one) => `// the server block of ${names[0]} stays: ${oneLine(one)}`),
    ),
    ...service.notes.map((one) => `// ${oneLine(one)}`),
  ]
  return (
    `    // ${whereText(service.at)}; \`slipway adopt ${host} --service ${service.name}\` moves it over\n` +
    `    ${key(service.name)}: ${service.kind}({\n${lines.map((text) => `      ${text}\n`).join('')}    }),\n`
  )
}

function fields({ name, run, listen, routes, state, assets, adopt, fallback, ...more }: Adopted): string[] {
  return [
    ...(run ? [line(`run: ${runText(run.value)}`, run.origin)] : []),
    ...(listen ? [line(`listen: { port: ${listen.value} }`, listen.origin)] : []),
    ...(routes.length > 0
      ? ['routes: [', ...routes.map(({ value, origin }) => line(`  ${routeText(value)}`, origin)), '],']
      : []),
    ...environment(more),
    ...(state ? [line('state: true', state.origin, stateDir(name))] : []),
    ...(adopt ? [line('adopt: true', adopt.origin)] : []),
    ...assets
      .map(({ origin }) => origin)
      .slice(0, 1)
      .map((origin) => line(`assets: [${assets.map(({ value }) => quote(value)).join(', ')}]`, origin)),
    ...(fallback ? [line(`fallback: ${quote(fallback.value)}`, fallback.origin)] : []),
  ]
}

/** Certificates stay where they are, with whatever renews them, until the config says otherwise. */
function certificatesText(services: readonly Adopted[]): string {
  const whole = services
    .flatMap(({ vhosts }) => vhosts)
    .filter(({ hindrances, certificates }) => hindrances.length === 0 && certificates.length > 0)
  if (whole.length === 0) return ''
  const lines = whole.flatMap(({ certificates, renewal }) => [
    ...(renewal === undefined ? [] : [`      // before it can be moved: ${oneLine(renewal)}\n`]),
    ...certificates.map(({ value: { domain, certificate, key: file }, origin }) => {
      const pair = `{ certificate: ${quote(certificate)}, key: ${quote(file)} }`
      return `      ${line(`${key(domain)}: ${pair}`, origin)}\n`
    }),
  ])
  return `  certificates: {
    // Served as they are on the host. Without its line here, a domain gets one of slipway's, which renews it.
    domains: {
${lines.join('')}    },
  },
`
}

/** \`server: 'existing'\`: the server block stays the host's, and includes the routes. */
function routeText({ url, strip, existing, redirectFrom }: AdoptedRoute): string {
  const options = [
    ...(redirectFrom.length > 0 ? [`redirectFrom: [${redirectFrom.map(quote).join(', ')}]`] : []),
    ...(existing ? ["server: 'existing'"] : []),
    ...(strip || (!existing && new URL(url).pathname === '/') ? [] : ['strip: false']),
  ]
  return options.length === 0 ? quote(url) : `{ ${[`url: ${quote(url)}`, ...options].join(', ')} }`
}

function runText(words: readonly string[]): string {
  const plain = words.every((word) => /^[\w@%+=:,./-]+$/.test(word)) && !/^\w+=/.test(words[0] ?? '')
  return plain ? quote(words.join(' ')) : `[${words.map(quote).join(', ')}]`
}

function environment({ env, open }: Pick<Adopted, 'env' | 'open'>): string[] {
  const lines = Object.entries(env).map(([name, { value, origin }]) =>
    line(`  ${key(name)}: ${quote(value)}`, origin),
  )
  const plain = open
    .filter((one) => !one.secret)
    .map(({ name, at }) => `  // ${key(name)}: '', // to set: ${at}`)
  const secret = open.filter((one) => one.secret)
  return [
    ...(lines.length + plain.length > 0 ? ['env: {', ...lines, ...plain, '},'] : []),
    ...(secret.length > 0
      ? [
          `// secrets: [${secret.map(({ name }) => quote(name)).join(', ')}], // to set: ${[...new Set(secret.map(({ at }) => at))].join(', ')}`,
        ]
      : []),
  ]
}

/** What a host says stands in a comment: no line of it is code. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
