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
  'main = package.meta.mainProgram or null; name = package.name or "package"; system = p.system or ""; }'

/** What `--system` makes of an evaluation: that of a machine of that system. */
function systemOption(system: string | undefined): string[] {
  return system === undefined ? [] : ['--system', system]
}

/** Evaluates a flake installable. Lock files stay as they are. */
export function evalFlake(
  installable: string,
  overrides: Record<string, string>,
  system?: string,
): NixCommand {
  const inputs = Object.entries(overrides).flatMap(([name, ref]) => ['--override-input', name, ref])
  return {
    program: 'nix',
    args: [
      'eval',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      ...systemOption(system),
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
  system?: string,
): NixCommand {
  const search = Object.entries(overrides).flatMap(([name, folder]) => [
    '-I',
    `${name}=${folder.replace(/^path:/, '')}`,
  ])
  const called = `let value = import (/. + ${nixString(path)}); in if builtins.isFunction value then value { } else value`
  const selected = attr === undefined ? `(${called})` : `(${called}).${attr}`
  return {
    program: 'nix',
    args: [
      'eval',
      '--json',
      ...FEATURES,
      '--impure',
      ...systemOption(system),
      ...search,
      '--expr',
      `(${DESCRIBE}) ${selected}`,
    ],
  }
}

/** Lists what a flake offers for a system, for suggestions. */
export function listFlakePackages(flake: string, overrides: Record<string, string>): NixCommand {
  const inputs = Object.entries(overrides).flatMap(([name, ref]) => ['--override-input', name, ref])
  return {
    program: 'nix',
    args: [
      'eval',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      ...inputs,
      `${flake}#packages`,
      '--apply',
      'packages: builtins.concatLists (map builtins.attrNames (builtins.attrValues packages))',
    ],
  }
}

/** Builds derivations; every version of Nix since 2.0 takes this form. */
export function realise(derivations: string[]): NixCommand {
  return { program: 'nix-store', args: ['--realise', ...derivations, '--log-format', 'internal-json', '-v'] }
}

/** Builds what was built already once more, to see whether the same comes out. */
export function recheck(derivation: string): NixCommand {
  return {
    program: 'nix-store',
    args: ['--realise', '--check', derivation, '--log-format', 'internal-json', '-v'],
  }
}

/** Lists on standard error what would be built for a derivation. */
export function planBuild(derivation: string): NixCommand {
  return { program: 'nix-store', args: ['--realise', '--dry-run', derivation] }
}

/** The systems derivations are for, a line each. */
export function systemsOf(derivations: string[]): NixCommand {
  return { program: 'nix-store', args: ['--query', '--binding', 'system', ...derivations] }
}

/** Nix's settings as JSON: the command's name since 2.20, and before. */
export function readSettings(): NixCommand[] {
  return [['config', 'show'], ['show-config']].map((words) => ({
    program: 'nix',
    args: [...words, '--json', ...FEATURES],
  }))
}

/** What paths refer to; for derivations, what they are made of. */
export function references(paths: string[]): NixCommand {
  return { program: 'nix-store', args: ['--query', '--references', ...paths] }
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
