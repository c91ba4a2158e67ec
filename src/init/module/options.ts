import type { PackageRef, ProgramConfig, ServiceConfig } from '../../config/resolved.js'
import { stateDir } from '../../contract/paths.js'
import type { Route } from '../../contract/service.js'
import { listenFolder, PLAIN_SOCKETS } from '../../release/listen.js'
import {
  attributeName,
  attributes,
  bind,
  indent,
  nixList,
  nixString,
  path,
} from '../detect/write/nix-text.js'

/** An option, as the file declares it. */
interface Option {
  type: string
  default?: string
  /** What the manual shows for a default that is no plain value. */
  defaultText?: string
  description: string
  /** What is made of its value. */
  apply?: string
}

/** The options of a service, below `options.services.NAME`. */
export function serviceOptions(service: ServiceConfig, cfg: string, port: number): string[] {
  const options: Record<string, Option> = {
    package: {
      type: 'lib.types.package',
      ...packageDefault(service.package),
      description: service.kind === 'site' ? 'What is served.' : 'What is run.',
    },
    ...(service.kind === 'service' ? { ...listenOptions(service, cfg, port), ...runOptions(service) } : {}),
  }
  const reached = service.kind === 'site' || service.listen !== undefined
  return [
    bind('enable', `lib.mkEnableOption ${nixString(service.name)}`),
    ...Object.entries(options).map(optionText),
    ...(reached ? routeOptions(service).map(optionText) : []),
  ].flatMap((text, index) => (index === 0 ? [text] : ['', text]))
}

function optionText([name, option]: [string, Option]): string {
  const { type, default: value, defaultText, description, apply } = option
  const bindings = [
    bind('type', type),
    ...(value === undefined ? [] : [bind('default', value)]),
    ...(defaultText === undefined ? [] : [bind('defaultText', defaultText)]),
    ...(apply === undefined ? [] : [bind('apply', apply)]),
    bind('description', nixString(description)),
  ]
  return bind(name, `lib.mkOption ${attributes(bindings)}`)
}

/** Where the package comes from unless somebody says: the flake that the module is of, or a file beside it. */
export function packageDefault(ref: PackageRef): { default?: string; defaultText?: string } {
  if ('file' in ref) {
    const built = `pkgs.callPackage ${fileValue(ref.file)} { }`
    const value = ref.attr === undefined ? built : `(${built}).${ref.attr}`
    return { default: value, defaultText: `lib.literalExpression ${nixString(value)}` }
  }
  const name = 'flake' in ref ? ownPackage(ref.flake) : undefined
  if (name === undefined) return {}
  const attribute = (system: string) => `self.packages.${system}.${attributeName(name)}`
  return {
    default: attribute(`\${pkgs.stdenv.hostPlatform.system}`),
    defaultText: `lib.literalExpression ${nixString(attribute(`\${system}`))}`,
  }
}

/** The name of a package of the flake beside the config: of `.#web`; nothing for what is elsewhere. */
export function ownPackage(installable: string): string | undefined {
  const match = /^\.?(?:#(?:packages\.[\w-]+\.)?([\w-]+))?$/.exec(installable)
  return match ? (match[1] ?? 'default') : undefined
}

function fileValue(file: string): string {
  const name = file.replace(/^(\.\/)+/, '')
  return /^[\w@+./-]+$/.test(name) && !name.startsWith('../')
    ? path('', name)
    : `(./. + ${nixString(`/${name}`)})`
}

function listenOptions(service: ProgramConfig, cfg: string, port: number): Record<string, Option> {
  switch (service.listen?.mode) {
    case 'fixed':
      return {
        port: {
          type: 'lib.types.port',
          default: String(service.listen.port),
          description:
            'The port it listens on. It is not told so: where it has a setting for that, change that, too.',
        },
      }
    case 'port':
      return {
        port: {
          type: 'lib.types.port',
          default: String(port),
          description: 'The port it listens on: it is told so in `$PORT`.',
        },
      }
    case 'unix':
      return {
        socket: {
          type: 'lib.types.path',
          default: nixString(`${listenFolder(service.name, PLAIN_SOCKETS)}/${service.name}.sock`),
          description:
            'The socket it makes, as `$LISTEN_PATH` tells it, in a folder that holds nothing else.',
        },
        socketGroup: socketGroup(service, cfg),
      }
    case 'socket':
      return {
        socket: {
          type: 'lib.types.path',
          default: nixString(`/run/${service.name}.sock`),
          description: 'The socket that systemd makes and hands to it.',
        },
        socketGroup: socketGroup(service, cfg),
      }
    default:
      return {}
  }
}

function socketGroup(service: ProgramConfig, cfg: string): Option {
  const value = `if ${cfg}.nginx.enable then config.services.nginx.group else ${nixString(service.name)}`
  return {
    type: 'lib.types.str',
    default: value,
    defaultText: 'lib.literalMD "nginx\'s group, else its own"',
    description: 'The group that may connect to the socket.',
  }
}

function runOptions(service: ProgramConfig): Record<string, Option> {
  return {
    environment: {
      type: 'lib.types.attrsOf lib.types.str',
      default: '{ }',
      description: 'Variables of its programs. They are readable by everyone: no secrets.',
    },
    environmentFile: {
      type: 'lib.types.nullOr lib.types.path',
      default: 'null',
      description:
        'A file of more variables, such as secrets, outside of the Nix store; see systemd.exec(5).',
    },
    ...Object.fromEntries(
      service.secrets.map(({ name }) => [
        `secretFiles.${attributeName(name)}`,
        {
          type: 'lib.types.path',
          description: `A file that holds the secret ${name}, outside of the Nix store.`,
        },
      ]),
    ),
    ...(service.state
      ? {
          stateDir: {
            type: 'lib.types.strMatching "/var/lib/[^ %]+"',
            default: nixString(stateDir(service.name)),
            description: 'Where it keeps its files; systemd makes it.',
          },
        }
      : {}),
  }
}

function routeOptions(service: ServiceConfig): [string, Option][] {
  const [main, ...others] = service.routes
  const firewall =
    service.kind === 'service' && (service.listen?.mode === 'fixed' || service.listen?.mode === 'port')
      ? "Whether to open the firewall: for nginx, or for the service's own port where nginx is not in front of it."
      : 'Whether to open the firewall for nginx.'
  return [
    [
      'domain',
      {
        type: 'lib.types.str',
        ...(main ? { default: nixString(main.domain) } : {}),
        description: 'The domain that nginx serves it at.',
      },
    ],
    [
      'path',
      {
        type: 'lib.types.strMatching "/.*"',
        default: nixString(main?.path ?? '/'),
        // As in a location of nginx that leads to a folder.
        apply: `path: "\${lib.removeSuffix "/" path}/"`,
        description: 'The path below the domain.',
      },
    ],
    ...(others.length > 0 ? [['moreRoutes', moreRoutes(service, others)] as [string, Option]] : []),
    [
      'nginx.enable',
      {
        type: 'lib.types.bool',
        default: String(main !== undefined),
        description:
          'Whether nginx serves it. For TLS, set `enableACME` and `forceSSL` of `services.nginx.virtualHosts.<domain>`.',
      },
    ],
    ['openFirewall', { type: 'lib.types.bool', default: 'false', description: firewall }],
  ]
}

function moreRoutes(service: ServiceConfig, routes: readonly Route[]): Option {
  const names = ['domain', 'path', ...(service.kind === 'service' ? ['https', 'strip'] : [])]
  const types: Record<string, string> = { https: 'bool', strip: 'bool' }
  const fields = names.map((name) => bind(name, `lib.mkOption { type = lib.types.${types[name] ?? 'str'}; }`))
  return {
    type: `lib.types.listOf (\n${indent(`lib.types.submodule ${attributes([bind('options', attributes(fields))])}`)}\n)`,
    default: nixList(
      routes.map((route) =>
        attributes([bind('domain', nixString(route.domain)), ...routeBindings(service, route, true)]),
      ),
    ),
    description: 'Where nginx serves it beside that.',
  }
}

/** A route below its domain; what is usual only where all is to be said. */
export function routeBindings(service: ServiceConfig, route: Route, all: boolean): string[] {
  const https = route.scheme === 'https'
  return [
    ...(all ? [bind('path', nixString(route.path))] : []),
    ...(service.kind === 'service' && (all || https) ? [bind('https', String(https))] : []),
    ...(service.kind === 'service' && (all || !route.strip) ? [bind('strip', String(route.strip))] : []),
  ]
}
