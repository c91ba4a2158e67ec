import { HOST_ROOT, stateDir } from '../../contract/paths.js'
import type { Uninstalled, UninstallOptions } from '../../engine/uninstall.js'
import { command } from '../command.js'
import { configFlags, hostArgument, jsonFlag, switchFlag, yesFlag } from '../flags.js'
import { confirmRemoval, foundText } from '../removal.js'

/** `slipway uninstall HOST`. */
export const uninstall = command({
  brief: 'Take slipway and all its services off a host; state stays unless --purge is given',
  args: [hostArgument],
  flags: {
    ...configFlags,
    ...jsonFlag,
    ...yesFlag,
    purge: switchFlag('Delete state directories and users of services too'),
    keepCertificates: switchFlag('Leave certificates, with their keys, for another setup'),
  },
  run: async (cli, { json, yes = false, purge = false, keepCertificates = false, ...flags }, name) => {
    const [{ servicesOn, uninstall }, { hostOf }] = await Promise.all([
      import('../../engine/uninstall.js'),
      import('../../engine/selection.js'),
    ])
    const host = hostOf(await cli.config(flags), name)
    const engine = await cli.engine()
    if (!yes) {
      const services = await servicesOn(engine, host)
      for (const one of services) cli.terminal.line(foundText(one))
      await confirmRemoval(cli.prompt, question(name, services.length, purge))
    }
    cli.terminal.status(`${name}: taking slipway off`)
    const options = { purge, keepCertificates }
    const result = await uninstall(engine, host, options)
    cli.terminal.status('')
    if (json) cli.printJson(result)
    else cli.print(uninstalledText(name, result, options))
  },
})

function question(host: string, services: number, purge: boolean): string {
  const with_ = services === 0 ? '' : ` with ${services === 1 ? 'its service' : `its ${services} services`}`
  return `Take slipway off ${host}${with_}${purge ? ', state and users' : ''}?`
}

/** What went, what stays, and what is left to do. */
export function uninstalledText(
  host: string,
  { wasThere, services, deployUser, states, users, systems, aside, included }: Uninstalled,
  { keepCertificates }: Pick<UninstallOptions, 'keepCertificates'>,
): string {
  if (!wasThere) return `${host}: nothing of slipway's is there`
  const went = [...services, ...(deployUser === null ? [] : [`the user ${deployUser}`])]
  const left = [...states.map(stateDir), ...users.map((user) => `the user ${user}`)]
  const lines = [`slipway is off${went.length > 0 ? `, with ${went.join(', ')}` : ''}`]
  if (left.length > 0) {
    lines.push(`${left.join(', ')} stay; a service that says \`adopt: true\` takes them over again`)
  }
  if (systems.length > 0) lines.push(`${systems.join(', ')}: runs on, with its generations`)
  if (aside.length > 0)
    lines.push(
      `what ${aside.join(', ')} took the place of stays in ${HOST_ROOT}/adopted: put it back by hand`,
    )
  if (keepCertificates) lines.push(`certificates stay in ${HOST_ROOT}/certificates`)
  lines.push('Nix and nginx stay; `nix-collect-garbage` there frees what releases held')
  for (const domain of included) {
    lines.push(`yours to do: take ${HOST_ROOT}/nginx out of the server block for ${domain}`)
  }
  return lines.map((line) => `${host}: ${line}`).join('\n')
}
