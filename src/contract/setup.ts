import { HOST_ROOT } from './paths.js'

/** The file by which nginx includes what slipway serves. */
export const NGINX_CONF_D = '/etc/nginx/conf.d/slipway.conf'
/** The line in it. */
export const NGINX_INCLUDE = `include ${HOST_ROOT}/nginx/http.conf;`
/** Where units are written to on a host whose /etc/systemd/system is read-only. */
export const OWN_UNITS = `${HOST_ROOT}/units`
/** What keys for one service run in place of what they ask for. */
const GATE = `${HOST_ROOT}/access/gate`
const ACCESS_HOME = `${HOST_ROOT}/access/home`

/** What `setup` says of what it changes: the same words in a plan, and by the agent that does it. */
export const SETUP_CHANGE = {
  packages: (names: readonly string[]) => `install ${names.join(' ')}`,
  agent: 'install the agent',
  keepNode: "keep the agent's Node from Nix's collector",
  upgrade: "bring the agent to this machine's version",
  flakes: 'allow flakes: extra-experimental-features in /etc/nix/nix.conf',
  directories: `create ${HOST_ROOT}`,
  nginxInclude: `include slipway's routes: ${NGINX_CONF_D}`,
  nginxTree: "write slipway's part of nginx's configuration anew, as the rest of it now is",
  nginxStart: 'start nginx, now and at boot',
  legacy: 'remove the shell program of slipway 0.1, whose work the agent does',
  signingTrust:
    "take out the trust in keys that sign packages: extra-trusted-public-keys of slipway's in /etc/nix",
  userGate: (user: string) => `let ${user} deploy, through ${GATE}`,
  user: (user: string) => `make the user ${user}: no password, no rights but to deploy`,
  userNix: (user: string) => `let ${user} talk to Nix's daemon`,
  userSudo: (user: string) => `let sudo run ${GATE} for ${user}, and nothing else`,
} as const

/** What only the owner of a host can do. */
export const SETUP_MANUAL = {
  packages: (programs: readonly string[]) =>
    `install ${['Nix', 'nginx', ...programs].join(', ')} with this system's package manager, then run setup again`,
  nginxInclude: `add to http { … } in /etc/nginx/nginx.conf: include ${NGINX_CONF_D};`,
  sudo: (user: string) =>
    `install sudo, then run setup again: ${user} becomes root through it, for ${GATE} alone`,
  signingTrust: (keys: readonly string[]) =>
    `take out of the NixOS configuration, and switch to it: nix.settings.trusted-public-keys = [ ${keys.map((key) => `"${key}"`).join(' ')} ]; whoever has such a key can be root`,
  nixosUser: (user: string) =>
    [
      'add to the NixOS configuration, and switch to it:',
      `users.groups.${user} = { };`,
      `users.users.${user} = { isSystemUser = true; group = "${user}"; home = "${ACCESS_HOME}"; shell = "/bin/sh"; hashedPassword = "*"; };`,
      `security.sudo.extraRules = [ { users = [ "${user}" ]; commands = [ { command = "${GATE}"; options = [ "NOPASSWD" ]; } ]; } ];`,
    ].join('\n  '),
  nixos: (programs: readonly string[]) =>
    [
      'use the module slipway-host in the NixOS configuration (docs/modules.md), or add these lines, and switch to it:',
      `boot.extraSystemdUnitPaths = [ "${OWN_UNITS}" ];`,
      'services.nginx.enable = true;',
      `services.nginx.appendHttpConfig = "${NGINX_INCLUDE}";`,
      ...(programs.length === 0
        ? []
        : [`environment.systemPackages = [ ${programs.map((name) => `pkgs.${name}`).join(' ')} ];`]),
      'nix.settings.experimental-features = [ "nix-command" "flakes" ];',
      'networking.firewall.allowedTCPPorts = [ 80 443 ];',
    ].join('\n  '),
} as const
