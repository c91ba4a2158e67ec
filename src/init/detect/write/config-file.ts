import { currentDir, slotDir } from '../../../contract/paths.js'
import { type Origin, originText } from '../provenance.js'
import type { ServiceSetup, Setup } from '../setup.js'
import { whereText } from '../tree.js'
import { allVariables, isSecret } from '../variables.js'

/** `slipway.config.ts`: what the answers and the detection come to. `project` tells it from others on a host. */
export function configFile(setup: Setup, project: string): string {
  const kinds = [
    ...new Set(setup.services.map(({ listen }) => (listen.value === 'files' ? 'site' : 'service'))),
  ].sort()
  return `import { ${['defineConfig', ...kinds].join(', ')} } from 'slipway'

export default defineConfig({
  project: ${quote(project)},
${hostComment(setup)}  hosts: { ${key(setup.host.name)}: ${quote(setup.host.ssh.value)} }, // ${originText(setup.host.ssh.origin)}
  services: {
${setup.services.map(serviceText).join('')}  },
})
`
}

function hostComment({ host }: Setup): string {
  if (!host.ssh.value.startsWith('rehearse:')) return ''
  return "  // A throwaway host of this machine: a deploy makes it. For a real one, say 'root@example.com'.\n"
}

function serviceText(service: ServiceSetup): string {
  const isSite = service.listen.value === 'files'
  const lines = (isSite ? siteFields(service) : serviceFields(service)).map((line) => `      ${line}\n`)
  return `    ${key(service.name)}: ${isSite ? 'site' : 'service'}({\n${lines.join('')}    }),\n`
}

/** Lines of a service; each says where it comes from. */
export function line(text: string, origin: Origin, more?: string): string {
  return `${text}, // ${more ? `${more}: ` : ''}${originText(origin)}`
}

function siteFields({ package: built, program, url }: ServiceSetup): string[] {
  const { fallback } = program
  return [
    line(`package: ${packageText(built.value)}`, built.origin),
    ...routes(url),
    ...(fallback ? [line(`fallback: ${quote(fallback.value)}`, fallback.origin)] : []),
  ]
}

function serviceFields(service: ServiceSetup): string[] {
  const { name, package: built, health, listen, state, url } = service
  const isWorker = listen.value === 'none'
  return [
    line(`package: ${packageText(built.value)}`, built.origin),
    ...runs(service),
    ...(isWorker ? [] : [line(`listen: ${listenText(listen.value)}`, listen.origin)]),
    ...(health && !isWorker ? [line(`health: { path: ${quote(health.value)} }`, health.origin)] : []),
    ...(isWorker ? [] : routes(url, service.program.base !== undefined)),
    ...environment(service),
    ...(state ? [line('state: true', state.origin, `/var/lib/${name}, kept across releases`)] : []),
    ...assetLines(service),
    ...processes(service),
    ...workingDirectory(service),
  ]
}

function listenText(listen: ServiceSetup['listen']['value']): string {
  return typeof listen === 'object' ? `{ port: ${listen.port}, network: 'own' }` : quote(listen)
}

/** What was made to be served below a path gets its requests with that. */
function routes(url: ServiceSetup['url'], keepsPath = false): string[] {
  if (url === undefined) return []
  const route = keepsPath ? `{ url: ${quote(url.value)}, strip: false }` : quote(url.value)
  return [line(`routes: [${route}]`, url.origin)]
}

/** The program, where the package has several. */
function runs({ program, project }: ServiceSetup): string[] {
  if (!project || project.programs.length < 2) return []
  return [line(`run: ${quote(program.name)}`, { kind: 'found', at: program.listen?.at ?? project.at })]
}

/** Variables with a value that follows from what was found; the others are there to be set. */
function environment({ env, program }: ServiceSetup): string[] {
  const set = Object.entries(env).map(([name, { value, origin }]) =>
    line(`  ${key(name)}: ${quote(value)}`, origin),
  )
  const open = allVariables(program).filter(({ value }) => env[value] === undefined)
  const unset = open
    .filter(({ value }) => !isSecret(value))
    .map(({ value, at }) => `  // ${key(value)}: '', // to set: ${whereText(at)}`)
  const lines = [...set, ...unset]
  const secrets = open.filter(({ value }) => isSecret(value))
  return [
    ...(lines.length > 0 ? ['env: {', ...lines, '},'] : []),
    ...(secrets.length > 0
      ? [
          `// secrets: [${secrets.map(({ value }) => quote(value)).join(', ')}], // to set: ${secrets.map(({ at }) => whereText(at)).join(', ')}`,
        ]
      : []),
  ]
}

function assetLines({ assets }: ServiceSetup): string[] {
  if (assets.length === 0) return []
  const from = [...new Set(assets.map(({ origin }) => originText(origin)))].join(', ')
  return [`assets: [${assets.map(({ value }) => quote(value)).join(', ')}], // read while it runs: ${from}`]
}

function processes({ program }: ServiceSetup): string[] {
  if (program.processes.length === 0) return []
  const lines = program.processes.map(({ name, run: command, env, at }) => {
    const variables = Object.keys(env).length > 0 ? `, env: ${record(env)}` : ''
    return line(`  ${key(name)}: { run: ${quote(command)}${variables} }`, { kind: 'found', at })
  })
  return ['processes: {', ...lines, '},']
}

/** Assets keep their paths: what a program of a sub-folder calls `views` is in that sub-folder. */
function workingDirectory({ name, assets, project, listen }: ServiceSetup): string[] {
  const dir = project?.dir ?? ''
  const first = assets.find(({ value }) => value.startsWith(`${dir}/`))
  if (dir === '' || !first) return []
  const release = listen.value === 'none' ? currentDir(name) : slotDir(name)
  return [line(`unit: { WorkingDirectory: ${quote(`${release}/assets/${dir}`)} }`, first.origin)]
}

function packageText(built: ServiceSetup['package']['value']): string {
  return typeof built === 'string' ? quote(built) : `{ file: ${quote(built.file)} }`
}

function record(values: Record<string, string>): string {
  return `{ ${Object.entries(values)
    .map(([name, value]) => `${key(name)}: ${quote(value)}`)
    .join(', ')} }`
}

export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
}

export function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\')
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`
}
