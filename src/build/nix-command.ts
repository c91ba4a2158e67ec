/** A command as a value: printed, tested, run here or on a host. */
export interface NixCommand {
  program: 'nix' | 'nix-store'
  args: string[]
}

/** Old installations lack these in nix.conf; naming them again does no harm. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

/** What of a package a deploy needs to know, as a Nix function; `bin` is the output of programs, where there is one. A package may also be given by its path. */
const DESCRIBE =
  'package: if builtins.isString package then (' +
  'let drvs = builtins.attrNames (builtins.getContext package); drv = builtins.head drvs; ' +
  'plain = builtins.unsafeDiscardStringContext package; in ' +
  'if builtins.length drvs != 1 then throw "slipway: this is not the path of a package" else ' +
  '{ inherit drv; out = plain; main = null; name = builtins.substring 33 1000 (baseNameOf plain); }) else ' +
  'if !(package ? drvPath) then throw "slipway: this is not a package" else ' +
  'let p = package.bin or package; in { drv = p.drvPath; out = p.outPath; ' +
  'main = package.meta.mainProgram or null; name = package.name or "package"; }'

/** Evaluates a flake installable that is a package. */
export function evalFlake(installable: string, overrides: Record<string, string>): NixCommand {
  return applyTo(installable, DESCRIBE, overrides)
}

/** What a Nix function makes of a flake's attribute, as JSON. Lock files stay as they are. */
export function applyTo(
  installable: string,
  nixFunction: string,
  overrides: Record<string, string>,
): NixCommand {
  const inputs = Object.entries(overrides).flatMap(([name, ref]) => ['--override-input', name, ref])
  return {
    program: 'nix',
    args: [
      'eval',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      ...inputs,
      installable,
      '--apply',
      nixFunction,
    ],
  }
}

/** Evaluates a Nix file, or an attribute of it; functions are called without arguments, as `nix-build` does. */
export function evalFile(
  path: string,
  attr: string | undefined,
  overrides: Record<string, string>,
): NixCommand {
  const search = Object.entries(overrides).flatMap(([name, folder]) => [
    '-I',
    `${name}=${folder.replace(/^path:/, '')}`,
  ])
  const called = `let value = import (/. + ${nixString(path)}); in if builtins.isFunction value then value { } else value`
  const selected = attr === undefined ? `(${called})` : `(${called}).${attr}`
  return {
    program: 'nix',
    args: ['eval', '--json', ...FEATURES, '--impure', ...search, '--expr', `(${DESCRIBE}) ${selected}`],
  }
}

/** Lists what a flake offers for a system, for suggestions. */
export function listFlakePackages(flake: string, overrides: Record<string, string>): NixCommand {
  const names = 'packages: builtins.concatLists (map builtins.attrNames (builtins.attrValues packages))'
  return applyTo(`${flake}#packages`, names, overrides)
}

/** Lists a flake's NixOS configurations, for suggestions. */
export function listFlakeSystems(flake: string, overrides: Record<string, string>): NixCommand {
  return applyTo(`${flake}#nixosConfigurations`, 'builtins.attrNames', overrides)
}

/** Builds derivations; every version of Nix since 2.0 takes this form. */
export function realise(derivations: string[]): NixCommand {
  return { program: 'nix-store', args: ['--realise', ...derivations, '--log-format', 'internal-json', '-v'] }
}

/** A path's closure with sizes. */
export function closureInfo(path: string): NixCommand {
  return { program: 'nix', args: ['path-info', '--json', '--recursive', ...FEATURES, path] }
}

/** Copies closures to a host; the host's Nix need not trust a key of ours, since root asks it. */
export function copyTo(store: string, paths: string[], { substitutes = false } = {}): NixCommand {
  const fetching = substitutes ? ['--substitute-on-destination'] : []
  return {
    program: 'nix',
    args: ['copy', ...FEATURES, '--no-check-sigs', ...fetching, '--to', store, ...paths],
  }
}

/** A string of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\$]/g, '\\$&')}"`
}
