import { isCache } from '../../config/resolve-caches.js'
import type { Config, ProgramConfig, ServiceConfig } from '../../config/resolved.js'
import { usageError } from '../../errors.js'
import { LAST_PORT } from '../../plan/ports.js'
import { SANDBOX } from '../../release/sandbox.js'
import {
  attributeName,
  attributes,
  bind,
  commented,
  indent,
  nixList,
  path,
  script,
} from '../detect/write/nix-text.js'
import { type Names, secretsProgram } from './instance.js'
import { firewallConfig, nginxConfig, nginxFunctions } from './nginx.js'
import { MARK, nixDirective } from './nix-value.js'
import { ownPackage, serviceOptions } from './options.js'
import { moduleUnits, variables } from './units.js'

/** What the module is called, beside the config. */
export const MODULE_FILE = 'module.nix'

/** The first line of every module that is ours to write anew. */
export const MODULE_MARK =
  '# Written by `slipway module` from slipway.config.ts, and written anew when that changes:'

/** Ports that deploys don't pick, so that a module and a deploy have room on one machine. */
const FIRST_MODULE_PORT = LAST_PORT + 1

/**
 * A NixOS module with all services of a config, from the description that their releases are made of. It is a plain
 * one: nothing of slipway is needed to evaluate it.
 * @throws SlipwayError where something of the config can't be said in a module.
 */
export function moduleFile(config: Config): string {
  // What has a module is one.
  const own = config.services.filter((service) => !('module' in service.package) && !isCache(service))
  const services = own.map(inHostsNetwork)
  const [first] = services
  if (!first) {
    throw usageError({
      what: 'the config has no services of packages, and a module is made of these',
      next: 'For a NixOS system as a whole there is `systems` of the config.',
    })
  }
  if (JSON.stringify(services).includes(JSON.stringify(MARK).slice(1, -1))) {
    throw usageError({ what: 'the config holds a character NUL, which systemd has no use for' })
  }
  for (const service of services) requireSayable(service)
  const single = services.length === 1
  const named = services.map((service) => ({ service, names: namesOf(service, single) }))
  const programs = named.flatMap(({ service, names }) =>
    service.kind === 'service' ? [{ service, names }] : [],
  )
  const lets = [
    bind('cfg', single ? `config.services.${attributeName(first.name)}` : 'config.services'),
    ...assetsLets(programs, single),
    ...secretsLets(programs, single),
    ...(programs.length > 0 ? [HARDENING, ESCAPE] : []),
    ...nginxFunctions(services),
  ]
  const ports = portsOf(services)
  const options = named.map(({ service, names }) =>
    bind(
      `options.services.${attributeName(service.name)}`,
      attributes(serviceOptions(service, names.cfg, ports.get(service.name) ?? FIRST_MODULE_PORT)),
    ),
  )
  const configs = named.map(
    ({ service, names }) => `lib.mkIf ${names.cfg}.enable ${attributes(serviceConfig(service, names))}`,
  )
  const config_ = single ? (configs[0] ?? '') : `lib.mkMerge ${nixList(configs.map((text) => `(${text})`))}`
  const arguments_ = `{\n  config,\n  lib,\n${usesPkgs(services) ? '  pkgs,\n' : ''}  ...\n}:`
  const body = `${arguments_}\n\nlet\n${indent(lets.join('\n\n'))}\nin\n${attributes([options.join('\n\n'), '', bind('config', config_)])}`
  const head = usesSelf(services) ? '\n# self is the flake that has the packages.\n{ self }:\n' : ''
  return `${MODULE_MARK}\n${usage(first)}\n${head}${body}\n`
}

/** Throws where a service needs what slipway does around Nix and nginx, and a module doesn't. */
function requireSayable(service: ServiceConfig): void {
  const refuse = (what: string, next: string) => {
    throw usageError({ what: `services.${service.name}: ${what}`, still: 'Nothing was written.', next })
  }
  if (service.kind === 'site') return
  if (service.gateway !== undefined) {
    const next = 'Leave `protocol` out, and have the program speak HTTP: uWSGI does with --http-socket.'
    refuse('in a module nginx speaks HTTP alone', next)
  }
  if ('server' in service.package) {
    const next = 'Have the package be one, by `python3.withPackages`, and name its program in `run`.'
    refuse('a module has packages as they are, and no environment of Python', next)
  }
  const [variable] = Object.keys(service.envPackages)
  if (variable !== undefined) {
    const next = 'Set the variable in a wrapper of the program, or in the NixOS configuration.'
    refuse(`a module has one package for a service, and env.${variable} is another`, next)
  }
}

/** A module has one instance of each service, in the host's network. */
function inHostsNetwork(service: ServiceConfig): ServiceConfig {
  if (service.kind === 'site' || service.listen?.mode !== 'network') return service
  return { ...service, listen: { mode: 'fixed', port: service.listen.port } }
}

function usage(service: ServiceConfig): string {
  return `# changes made here are lost. In a NixOS configuration that imports it:
#
#   services.${attributeName(service.name)}.enable = true;`
}

function namesOf({ name }: ServiceConfig, single: boolean): Names {
  const below = single ? '' : `.${attributeName(name)}`
  return { cfg: `cfg${below}`, assets: `assets${below}`, withSecrets: `withSecrets${below}` }
}

/** Whether packages come from the flake that the module is of. */
export function usesSelf(services: readonly ServiceConfig[]): boolean {
  return services.some(({ package: ref }) => 'flake' in ref && ownPackage(ref.flake) !== undefined)
}

function usesPkgs(services: readonly ServiceConfig[]): boolean {
  return services.some(
    (service) =>
      'file' in service.package ||
      ('flake' in service.package && ownPackage(service.package.flake) !== undefined) ||
      (service.kind === 'service' && secretsProgram(service) !== undefined),
  )
}

/** A port for each service that is told one: the lowest that no other of them has. */
function portsOf(services: readonly ServiceConfig[]): Map<string, number> {
  const ports = new Map<string, number>()
  const fixed = services.flatMap((service) =>
    service.kind === 'service' && service.listen?.mode === 'fixed' ? [service.listen.port] : [],
  )
  let next = FIRST_MODULE_PORT
  for (const service of services) {
    if (service.kind !== 'service' || service.listen?.mode !== 'port') continue
    while (fixed.includes(next)) next += 1
    ports.set(service.name, next)
    next += 1
  }
  return ports
}

const HARDENING = commented(
  'What a program is denied unless its unit says otherwise; see systemd.exec(5).',
  bind(
    'hardening',
    attributes(Object.entries(SANDBOX).map(([name, value]) => bind(name, nixDirective(value) ?? 'null'))),
  ),
)

const ESCAPE = commented(
  'systemd takes %h in a variable for the home folder, and so on.',
  bind('escapePercent', 'lib.mapAttrs (_: lib.replaceStrings [ "%" ] [ "%%" ])'),
)

/** The files that a deploy ships beside the package, as store paths. */
function assetsLets(programs: readonly { service: ProgramConfig }[], single: boolean): string[] {
  const entries = programs
    .filter(({ service }) => service.assets.length > 0)
    .map(({ service }) => ({ name: service.name, value: assetsValue(service) }))
  const [first] = entries
  if (!first) return []
  const value = single
    ? first.value
    : attributes(entries.map((entry) => bind(attributeName(entry.name), entry.value)))
  const comment = single ? 'What it reads while it runs.' : 'What they read while they run.'
  return [commented(comment, bind('assets', value))]
}

/** What brings programs their secrets as variables: the same as in a release. */
function secretsLets(programs: readonly { service: ProgramConfig }[], single: boolean): string[] {
  const entries = programs.flatMap(({ service }) => {
    const program = secretsProgram(service)
    if (program === undefined) return []
    const text = script(program.trimEnd().replaceAll('${', "''${").split('\n'))
    return [{ name: service.name, value: `pkgs.writeText "with-secrets" ${text}` }]
  })
  const [first] = entries
  if (!first) return []
  const value = single
    ? first.value
    : attributes(entries.map((entry) => bind(attributeName(entry.name), entry.value)))
  return [
    commented('Gives a program its secrets as variables, at the last moment.', bind('withSecrets', value)),
  ]
}

function assetsValue(service: ProgramConfig): string {
  const set = attributes([
    bind('root', './.'),
    bind('fileset', `lib.fileset.unions ${nixList(service.assets.map((asset) => path('', cleaned(asset))))}`),
  ])
  return `"\${\n${indent(`lib.fileset.toSource ${set}`)}\n}"`
}

function cleaned(asset: string): string {
  return asset
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** What enabling a service sets. */
function serviceConfig(service: ServiceConfig, names: Names): string[] {
  const { cfg } = names
  const reached = service.kind === 'site' || service.listen !== undefined
  const parts = service.kind === 'service' ? programConfig(service, names) : []
  const web = reached
    ? [
        bind('services.nginx', nginxConfig(service, cfg)),
        bind('networking.firewall.allowedTCPPorts', firewallConfig(service, cfg)),
      ]
    : []
  return [...parts, ...web].flatMap((text, index) => (index === 0 ? [text] : ['', text]))
}

function programConfig(service: ProgramConfig, names: Names): string[] {
  const name = attributeName(service.name)
  const env = variables(service, service.env, names, (value) => `lib.mkDefault ${value}`)
  const user = attributes([bind('isSystemUser', 'true'), bind('group', `"${service.name}"`)])
  return [
    `${bind(`users.users.${name}`, user)}\n${bind(`users.groups.${name}`, '{ }')}`,
    ...(env.length > 0 ? [bind(`services.${name}.environment`, attributes(env))] : []),
    ...Object.entries(moduleUnits(service, names)).map(([option, text]) => bind(option, text)),
  ]
}
