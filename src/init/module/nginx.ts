import type { ProgramConfig, ServiceConfig, SiteConfig } from '../../config/resolved.js'
import { proxySettings } from '../../release/nginx.js'
import { compression } from '../../release/nginx-compress.js'
import { slashSettings } from '../../release/nginx-location.js'
import { PROXY_MAPS, SITE_MAPS } from '../../release/nginx-maps.js'
import { RESOLVE_DOTS, restorePrefix, stripPrefix } from '../../release/nginx-prefix.js'
import { siteSettings } from '../../release/nginx-site.js'
import { MAX_FAILS, UPSTREAM_SETTINGS } from '../../release/nginx-upstreams.js'
import {
  attributeName,
  attributes,
  bind,
  commented,
  indent,
  nixList,
  nixString,
  script,
} from '../detect/write/nix-text.js'
import { routeBindings } from './options.js'

/** What the locations of a file's services share: functions for its `let`. */
export function nginxFunctions(services: readonly ServiceConfig[]): string[] {
  const programs = services.some((service) => service.kind === 'service' && service.listen !== undefined)
  const sites = services.filter((service) => service.kind === 'site')
  const applications = sites.some(({ fallback }) => fallback !== undefined)
  return [
    ...(programs || sites.length > 0 ? [WITH_SLASH] : []),
    ...(programs ? [PROXY] : []),
    ...(sites.some(({ fallback }) => fallback === undefined) ? [FILES] : []),
    ...(applications ? [APPLICATION] : []),
  ]
}

/** Lines of nginx in an indented string of Nix, in which `${…}` is Nix's. */
function lines(text: readonly string[]): string {
  return script(text.flatMap((line) => line.split('\n')).map((line) => line.replaceAll("''", "'''")))
}

const WITH_SLASH = commented(
  'Sends /path to /path/.',
  `withSlash =
  path:
  lib.optionalAttrs (path != "/") {
    "= \${lib.removeSuffix "/" path}".extraConfig = ${indent(lines(slashSettings(`\${path}`)), 4).trimStart()};
  };`,
)

/** What is done about a prefix that is cut off. */
const PREFIX = [
  ...restorePrefix(
    `\${prefix}`,
    `\${lib.escapeRegex (lib.removePrefix "/" prefix)}`,
    `\${lib.replaceStrings [ "\\\\*" ] [ "[^/:]+" ] (lib.escapeRegex domain)}`,
  ),
  ...stripPrefix(`\${lib.escapeRegex prefix}`),
]

/** Locations that hand requests on. `$slipway_uri` is what is left of the path without its prefix. */
const PROXY = commented(
  'Hands the requests of a path on to an upstream, which sees them without the path if it is stripped.',
  `proxy =
  upstream:
  {
    domain,
    path,
    https ? false,
    strip ? true,
    ...
  }:
  let
    prefix = lib.optionalString strip (lib.removeSuffix "/" path);
    # What ends TLS may be in front of nginx.
    scheme = if https then "https" else "$scheme";
  in
  withSlash path
  // {
    \${path} = {
      proxyPass = "http://\${upstream}\${lib.optionalString (prefix != "") "$slipway_uri"}";
      # What is set below stands for itself.
      recommendedProxySettings = false;
      extraConfig =
        (
          if prefix == "" then
            ${indent(lines([RESOLVE_DOTS]), 12).trimStart()}
          else
            ${indent(lines(PREFIX), 12).trimStart()}
        )
        + ${indent(lines(proxySettings(`\${scheme}`, `\${prefix}`)), 8).trimStart()};
    };
  };`,
)

/** Serves a folder; `page`: with a page for paths where no file is. */
function filesFunction(name: string, page: boolean): string {
  const pages = { notFound: `\${notFound}`, fallback: page ? `\${fallback}` : undefined }
  const settings = siteSettings(`\${path}`, pages, compression({ brotli: false }))
  return commented(
    `Serves a folder at a path${page ? ', with a page for where no file is' : ''}.`,
    `${name} =
  root: notFound:${page ? ' fallback:' : ''}
  { path, ... }:
  withSlash path
  // {
    \${path} = (if path == "/" then { inherit root; } else { alias = "\${root}/"; }) // {
      extraConfig = ${indent(lines(settings), 6).trimStart()};
    };
  };`,
  )
}
const FILES = filesFunction('files', false)
const APPLICATION = filesFunction('application', true)

/** `services.nginx`, for a service that nginx serves. */
export function nginxConfig(service: ServiceConfig, cfg: string): string {
  const [main, ...others] = service.routes
  const serve = service.kind === 'site' ? siteFunction(service, cfg) : `proxy ${nixString(upstream(service))}`
  const fixed = main ? routeBindings(service, main, false) : []
  const route = `{ ${[`inherit (${cfg}) ${service.kind === 'site' ? 'path' : 'domain path'};`, ...fixed].join(' ')} }`
  const hosts =
    others.length === 0
      ? [bind(`virtualHosts.\${${cfg}.domain}.locations`, `${serve} ${route}`)]
      : [
          bind(
            'virtualHosts',
            `lib.mkMerge (\n${indent(
              `map (route: { \${route.domain}.locations = ${serve} route; }) (\n${indent(
                `[ ({ inherit (${cfg}) domain; } // ${route}) ] ++ ${cfg}.moreRoutes`,
              )}\n)`,
            )}\n)`,
          ),
        ]
  return `lib.mkIf ${cfg}.nginx.enable ${attributes([
    bind('enable', 'true'),
    ...(service.kind === 'site'
      ? []
      : [bind(`upstreams.${attributeName(upstream(service))}`, upstreamText(service, cfg))]),
    bind('commonHttpConfig', lines([service.kind === 'site' ? SITE_MAPS : PROXY_MAPS])),
    ...hosts,
  ])}`
}

function siteFunction(site: SiteConfig, cfg: string): string {
  const dir = site.dir.replace(/^\/+|\/+$/g, '')
  const root = dir === '' ? `"\${${cfg}.package}"` : `"\${${cfg}.package}/${dir}"`
  return site.fallback === undefined
    ? `files ${root} ${nixString(site.notFound)}`
    : `application ${root} ${nixString(site.notFound)} ${nixString(site.fallback)}`
}

/** An upstream is named as its service: in nginx nobody else is. */
function upstream({ name }: ProgramConfig): string {
  return name
}

function upstreamText(service: ProgramConfig, cfg: string): string {
  const tcp = service.listen?.mode === 'fixed' || service.listen?.mode === 'port'
  const server = tcp ? `"127.0.0.1:\${toString ${cfg}.port}"` : `"unix:\${${cfg}.socket}"`
  return attributes([
    bind(`servers.${server}.max_fails`, String(MAX_FAILS)),
    bind('extraConfig', lines(UPSTREAM_SETTINGS)),
  ])
}

/** The ports that `openFirewall` opens. */
export function firewallConfig(service: ServiceConfig, cfg: string): string {
  const tcp =
    service.kind === 'service' && (service.listen?.mode === 'fixed' || service.listen?.mode === 'port')
  const web = nixList(['80', '443'])
  if (!tcp) return `lib.mkIf (${cfg}.openFirewall && ${cfg}.nginx.enable) ${web}`
  return `lib.mkIf ${cfg}.openFirewall (\n${indent(
    `if ${cfg}.nginx.enable then\n${indent(web)}\nelse\n${indent(nixList([`${cfg}.port`]))}`,
  )}\n)`
}
