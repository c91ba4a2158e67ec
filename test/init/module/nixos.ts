import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { Folder } from '../../nix/samples.js'

const NIXPKGS = fileURLToPath(new URL('../../../lab/nixpkgs', import.meta.url))

/** What a host has installed for certificates, and networks of their own. */
export const HOST_PACKAGES = ['iproute2', 'lego', 'nftables', 'openssl', 'passt']

/** Packages that nobody builds. */
const PACKAGES = Object.fromEntries(
  ['default', 'web', 'site', 'coreutils', 'bash', 'nodejs_22', 'socat', ...HOST_PACKAGES].map((name) => [
    name,
    storePath(name),
  ]),
)

/** Where a package of that name lies. */
export function storePath(name: string): string {
  return `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`
}

/** What comes of modules, as far as it's asked for here. */
export interface Machine {
  units: Record<string, string>
  http: string
  users: Record<string, { isSystemUser: boolean; isNormalUser: boolean; group: string; keys: string[] }>
  groups: string[]
  ports: number[]
  packages: string[]
  unitPaths: string[]
  tmpfiles: string[]
  sudo: unknown[]
  nix: Record<string, unknown>
  ssh: boolean
}

/** Evaluates modules, given as Nix, against the option declarations of the stand-in for NixOS. */
export async function machine(modules: string[]): Promise<Machine> {
  return (await evaluate(
    modules,
    `{
      units = builtins.mapAttrs (_: unit: unit.text) config.systemd.units;
      http = config.services.nginx.httpText;
      users = builtins.mapAttrs (_: user: { inherit (user) isSystemUser isNormalUser group; inherit (user.openssh.authorizedKeys) keys; }) config.users.users;
      groups = builtins.attrNames config.users.groups;
      ports = config.networking.firewall.allowedTCPPorts;
      packages = map (package: package.name) config.environment.systemPackages;
      unitPaths = config.boot.extraSystemdUnitPaths;
      tmpfiles = config.systemd.tmpfiles.rules;
      sudo = config.security.sudo.extraRules;
      nix = config.nix.settings;
      ssh = config.services.openssh.enable;
    }`,
  )) as Machine
}

/** A value of the configuration that modules make, or what Nix says against it. */
export async function evaluate(modules: string[], value: string): Promise<unknown> {
  const expression = `let
    lib = import ${NIXPKGS}/lib.nix;
    packages = builtins.mapAttrs (name: outPath: {
      type = "derivation"; inherit name outPath; meta.mainProgram = "app";
    }) (builtins.fromJSON ''${JSON.stringify(PACKAGES)}'');
    self.packages.x86_64-linux = packages;
    pkgs = packages // {
      inherit lib;
      stdenv.hostPlatform.system = "x86_64-linux";
      writeText = builtins.toFile;
      # What it joins stands in its path.
      symlinkJoin = { name, paths }: {
        type = "derivation";
        inherit name;
        outPath = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-" + lib.concatStringsSep "+" (map (path: path.name) paths);
      };
      callPackage = file: _: import file { pkgs = packages; };
    };
    inherit (import ${NIXPKGS}/nixos { inherit pkgs; modules = [ ${modules.join(' ')} ]; }) config;
  in ${value}`
  const { exitCode, stdout, stderr } = await execa(
    'nix-instantiate',
    ['--eval', '--strict', '--json', '--read-write-mode', '--expr', expression],
    { reject: false },
  )
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A module file in a folder, as a flake imports it. */
export function imported(folder: Folder, text: string): string {
  folder.write({ 'module.nix': text })
  const file = `${folder.path}/module.nix`
  return text.includes('{ self }:') ? `(import ${file} { inherit self; })` : file
}
