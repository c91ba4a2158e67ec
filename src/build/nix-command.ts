/** A command as a value: printed, tested, run here or on a host. */
export interface NixCommand {
  program: 'nix' | 'nix-store'
  args: string[]
}

/** Old installations lack these in nix.conf; naming them again does no harm. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

/** What of a package a deploy needs to know, as a Nix function; `bin` is the output of programs, where there is one. */
const DESCRIBE =
  'package: if !(package ? drvPath) then throw "slipway: this is not a package" else ' +
  'let p = package.bin or package; in { drv = p.drvPath; out = p.outPath; ' +
  'main = package.meta.mainProgram or null; name = package.name or "package"; }'

/** Evaluates a flake installable. Lock files stay as they are. */
export function evalFlake(installable: string, overrides: Record<string, string>): NixCommand {
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
      DESCRIBE,
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

/** Lists what a flake offers, for any system: the names of its packages, apps or checks. */
export function listFlakeOutput(
  flake: string,
  kind: 'packages' | 'apps' | 'checks',
  overrides: Record<string, string>,
): NixCommand {
  const names = 'builtins.concatLists (map builtins.attrNames (builtins.attrValues output))'
  return evalOutput(flake, kind, `output: ${names}`, overrides)
}

/** Lists the names of a flake's NixOS modules. */
export function listFlakeModules(flake: string, overrides: Record<string, string>): NixCommand {
  return evalOutput(flake, 'nixosModules', 'builtins.attrNames', overrides)
}

function evalOutput(
  flake: string,
  output: string,
  apply: string,
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
      `${flake}#${output}`,
      '--apply',
      apply,
    ],
  }
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
export function copyTo(store: string, paths: string[]): NixCommand {
  return { program: 'nix', args: ['copy', ...FEATURES, '--no-check-sigs', '--to', store, ...paths] }
}

function nixString(text: string): string {
  return `"${text.replace(/["\\$]/g, '\\$&')}"`
}
