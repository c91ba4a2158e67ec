import { currentDir, slotDir } from '../../../contract/paths.js'
import type { ServiceSetup, Setup } from '../setup.js'

/** `slipway.config.ts`: what the answers and the detection come to. `project` tells it from others on a host. */
export function configFile(setup: Setup, project: string): string {
  const kinds = [
    ...new Set(setup.services.map(({ listen }) => (listen === 'files' ? 'site' : 'service'))),
  ].sort()
  return `import { ${['defineConfig', ...kinds].join(', ')} } from 'slipway'

export default defineConfig({
  project: ${quote(project)},
${hostComment(setup)}  hosts: { ${key(setup.host.name)}: ${quote(setup.host.ssh)} },
  services: {
${setup.services.map(serviceText).join('')}  },
})
`
}

function hostComment({ host }: Setup): string {
  if (!host.ssh.startsWith('rehearse:')) return ''
  return "  // A throwaway host of this machine: a deploy makes it. For a real one, say 'root@example.com'.\n"
}

function serviceText(service: ServiceSetup): string {
  const fields = service.listen === 'files' ? siteFields(service) : serviceFields(service)
  const lines = fields.map(({ text, why }) => `      ${text},${why ? ` // ${why}` : ''}\n`).join('')
  return `    ${key(service.name)}: ${service.listen === 'files' ? 'site' : 'service'}({\n${lines}    }),\n`
}

interface Field {
  text: string
  why?: string | undefined
}

function siteFields(service: ServiceSetup): Field[] {
  return [{ text: `package: ${packageText(service)}` }, { text: `routes: [${quote(service.url)}]` }]
}

function serviceFields(service: ServiceSetup): Field[] {
  const { program, project, listen } = service
  const several = (project?.programs.length ?? 0) > 1 && project !== undefined
  const processes = program.processes.map(({ name, run: command, env }) => {
    const variables = Object.keys(env).length > 0 ? `, env: ${record(env)}` : ''
    return `${key(name)}: { run: ${quote(command)}${variables} }`
  })
  const optional: (Field | false | undefined)[] = [
    { text: `package: ${packageText(service)}` },
    several && { text: `run: ${quote(program.name)}` },
    listen !== 'none' && {
      text: `listen: ${typeof listen === 'object' ? `{ port: ${listen.port} }` : quote(listen as string)}`,
      why: service.listenWhy,
    },
    service.health !== undefined &&
      listen !== 'none' && { text: `health: { path: ${quote(service.health)} }` },
    service.url !== '' && listen !== 'none' && { text: `routes: [${quote(service.url)}]` },
    Object.keys(service.env).length > 0 && { text: `env: ${record(service.env)}` },
    service.state && { text: 'state: true', why: `/var/lib/${service.name}, kept across releases` },
    service.assets.length > 0 && {
      text: `assets: [${service.assets.map(quote).join(', ')}]`,
      why: 'read while it runs',
    },
    processes.length > 0 && { text: `processes: { ${processes.join(', ')} }` },
    workingDirectory(service),
  ]
  return optional.filter((field): field is Field => Boolean(field))
}

/** Assets keep their paths: what a program of a sub-folder calls `views` is in that sub-folder. */
function workingDirectory({ name, assets, project, listen }: ServiceSetup): Field | undefined {
  const dir = project?.dir ?? ''
  if (dir === '' || !assets.some((asset) => asset.startsWith(`${dir}/`))) return undefined
  const release = listen === 'none' ? currentDir(name) : slotDir(name)
  return { text: `unit: { WorkingDirectory: ${quote(`${release}/assets/${dir}`)} }` }
}

function packageText(service: ServiceSetup): string {
  return typeof service.package === 'string'
    ? quote(service.package)
    : `{ file: ${quote(service.package.file)} }`
}

function record(values: Record<string, string>): string {
  return `{ ${Object.entries(values)
    .map(([name, value]) => `${key(name)}: ${quote(value)}`)
    .join(', ')} }`
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
}

function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\')
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`
}
