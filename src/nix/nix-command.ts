/** A command as a value: printed, tested, run here or on a host. */
export interface NixCommand {
  program: 'nix' | 'nix-store' | 'nix-instantiate'
  args: string[]
}

/** Old installations lack these in nix.conf; naming them again does no harm. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

/** What of a package a deploy needs to know, as a Nix function; `bin` is the output of programs, where there is one. A package may also be given by its path. */
export const DESCRIBE =
  'package: if builtins.isString package then (' +
  'let drvs = builtins.attrNames (builtins.getContext package); drv = builtins.head drvs; ' +
  'plain = builtins.unsafeDiscardStringContext package; in ' +
  'if builtins.length drvs != 1 then throw "slipway: this is not the path of a package" else ' +
  '{ inherit drv; out = plain; main = null; system = null; name = builtins.substring 33 1000 (baseNameOf plain); }) else ' +
  'if !(package ? drvPath) then throw "slipway: this is not a package" else ' +
  'let p = package.bin or package; in { drv = p.drvPath; out = p.outPath; ' +
  'main = package.meta.mainProgram or null; name = package.name or "package"; system = p.system or null; }'

/** What `--system` makes of an evaluation: that of a machine of that system. */
function systemOption(system: string | undefined): string[] {
  return system === undefined ? [] : ['--system', system]
}

function overrideInputs(overrides: Record<string, string>): string[] {
  return Object.entries(overrides).flatMap(([name, ref]) => ['--override-input', name, ref])
}

/** Evaluates a flake installable that is a package. */
export function evalFlake(
  installable: string,
  overrides: Record<string, string>,
  system?: string,
  describe = DESCRIBE,
): NixCommand {
  return applyTo(installable, describe, overrides, system)
}

/** What a Nix function makes of a flake's attribute, as JSON. Lock files stay as they are. */
export function applyTo(
  installable: string,
  nixFunction: string,
  overrides: Record<string, string>,
  system?: string,
): NixCommand {
  return {
    program: 'nix',
    args: [
      'eval',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      ...systemOption(system),
      ...overrideInputs(overrides),
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
  system?: string,
  describe = DESCRIBE,
): NixCommand {
  const selected = attr === undefined ? `(${calledFile(path)})` : `(${calledFile(path)}).${attr}`
  return evalImpurely(`(${describe}) ${selected}`, overrides, system)
}

/** The same for several attributes of a file, in their order, with one evaluation. */
export function evalFileGroup(
  path: string,
  attrs: readonly (string | undefined)[],
  overrides: Record<string, string>,
  system?: string,
): NixCommand {
  const items = attrs.map((attr) => `(describe ${attr === undefined ? 'file' : `(file.${attr})`})`)
  const list = `let describe = ${DESCRIBE}; file = (${calledFile(path)}); in [ ${items.join(' ')} ]`
  return evalImpurely(list, overrides, system)
}

/** Writes a text into the store, as a package that is named by its content. */
export function evalText(name: string, text: string): NixCommand {
  return evalImpurely(`(${DESCRIBE}) (builtins.toFile ${nixString(name)} ${nixString(text)})`, {}, undefined)
}

/** What a function of Nix's makes of a flake's attribute, where the function fetches what it needs by itself. */
export function evalFlakeWith(
  installable: string,
  nixFunction: string,
  overrides: Record<string, string>,
  system?: string,
): NixCommand {
  const { program, args } = applyTo(installable, nixFunction, overrides, system)
  return { program, args: [...args, '--impure'] }
}

/** What an expression comes to, as JSON; `<NAME>` paths are found as for files. */
export const evalFileWith = evalImpurely

/** What a flake's inputs are, as its lock file says or the command line. */
export function flakeMetadata(flake: string, overrides: Record<string, string>): NixCommand {
  return {
    program: 'nix',
    args: [
      'flake',
      'metadata',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      ...overrideInputs(overrides),
      flake,
    ],
  }
}

export function calledFile(path: string): string {
  return `let value = import (/. + ${nixString(path)}); in if builtins.isFunction value then value { } else value`
}

function evalImpurely(
  expression: string,
  overrides: Record<string, string>,
  system: string | undefined,
): NixCommand {
  const search = Object.entries(overrides).flatMap(([name, ref]) => ['-I', `${name}=${searchPath(ref)}`])
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
      expression,
    ],
  }
}

/** A flake reference as an entry of Nix's search path, where old versions take only folders and URLs of archives. */
function searchPath(ref: string): string {
  const [, owner, repository, revision = 'HEAD'] = /^github:([^/?]+)\/([^/?]+)(?:\/([^?]+))?$/.exec(ref) ?? []
  if (owner !== undefined) return `https://github.com/${owner}/${repository}/archive/${revision}.tar.gz`
  const plain = ref.replace(/^(?:path:|tarball\+(?=https?:|file:))/, '')
  return /^(?:\/|https?:|file:)/.test(plain) ? plain : `flake:${ref}`
}

/** What a Nix function makes of what a file evaluates to, as JSON. */
export function applyToFile(path: string, nixFunction: string): NixCommand {
  return { program: 'nix', args: ['eval', '--json', ...FEATURES, '--file', path, '--apply', nixFunction] }
}

/** Prints a Nix file as the parser has understood it; evaluates nothing. */
export function parseFile(path: string): NixCommand {
  return { program: 'nix-instantiate', args: ['--parse', path] }
}

/** Writes what a flake's lock file lacks. One attempt: whoever waits for it is told, and can try again. */
export function lockFlake(flake: string): NixCommand {
  const once = [
    '--option',
    'download-attempts',
    '1',
    '--option',
    'connect-timeout',
    String(LOCK_CONNECT_SECONDS),
  ]
  return { program: 'nix', args: ['flake', 'lock', ...FEATURES, ...once, flake] }
}

/** How long a server of an input may take to answer at all. */
const LOCK_CONNECT_SECONDS = 10

/** A flake's output, and the system whose part of it is meant; null: all of it. */
export interface FlakeOutput {
  flake: string
  output: string
  of: string | null
}

/**
 * Describes several packages below an output of a flake, in the order of their paths, with one evaluation. Of a
 * system's part of it one that isn't there is null: Nix may find it elsewhere.
 */
export function evalFlakeGroup(
  { flake, output, of }: FlakeOutput,
  paths: readonly (readonly string[])[],
  overrides: Record<string, string>,
  system?: string,
): NixCommand {
  const items = paths.map((path) => {
    const attribute = path.map(nixString).join('.')
    return of === null
      ? `(describe from.${attribute})`
      : `(if from ? ${attribute} then describe from.${attribute} else null)`
  })
  const from = of === null ? 'output' : `output.${nixString(of)} or { }`
  const list = `output: let describe = ${DESCRIBE}; from = ${from}; in [ ${items.join(' ')} ]`
  return applyTo(`${flake}#${output}`, list, overrides, system)
}

/** The system that Nix evaluates for where nobody says otherwise. */
export function currentSystem(): NixCommand {
  return {
    program: 'nix',
    args: ['eval', '--json', ...FEATURES, '--impure', '--expr', 'builtins.currentSystem'],
  }
}

/** Lists what a flake offers, for any system: the names of its packages, apps or checks. */
export function listFlakeOutput(
  flake: string,
  kind: 'packages' | 'apps' | 'checks',
  overrides: Record<string, string>,
): NixCommand {
  const names = 'builtins.concatLists (map builtins.attrNames (builtins.attrValues output))'
  return applyTo(`${flake}#${kind}`, `output: ${names}`, overrides)
}

/** The main program of each of a flake's packages, as far as it is named; null where it isn't. */
export function listMainPrograms(flake: string, overrides: Record<string, string>): NixCommand {
  const named = '(builtins.tryEval (p.meta.mainProgram or p.pname or null))'
  const own = `builtins.mapAttrs (_: p: let main = ${named}; in if main.success then main.value else null)`
  const all = `builtins.foldl' (a: b: a // b) { } (map (${own}) (builtins.attrValues output))`
  return applyTo(`${flake}#packages`, `output: ${all}`, overrides)
}

/** Lists the names of a flake's NixOS modules. */
export function listFlakeModules(flake: string, overrides: Record<string, string>): NixCommand {
  return applyTo(`${flake}#nixosModules`, 'builtins.attrNames', overrides)
}

/** Lists a flake's NixOS configurations, for suggestions. */
export function listFlakeSystems(flake: string, overrides: Record<string, string>): NixCommand {
  return applyTo(`${flake}#nixosConfigurations`, 'builtins.attrNames', overrides)
}

export interface RealiseOptions {
  /** Whether a failure leaves what doesn't need it to be built. */
  keepGoing?: boolean
  /** How many derivations are built at once. Default: Nix's own setting. */
  jobs?: number | undefined
}

/** Builds derivations; every version of Nix since 2.0 takes this form. */
export function realise(derivations: string[], { keepGoing, jobs }: RealiseOptions = {}): NixCommand {
  return {
    program: 'nix-store',
    args: [
      '--realise',
      ...derivations,
      ...(keepGoing ? ['--keep-going'] : []),
      ...(jobs === undefined ? [] : ['--max-jobs', String(jobs)]),
      '--log-format',
      'internal-json',
      '-v',
    ],
  }
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

/** Names those of some paths that are not in the store, a line each. */
export function invalidPaths(paths: string[]): NixCommand {
  return { program: 'nix-store', args: ['--check-validity', '--print-invalid', ...paths] }
}

/** Everything that paths need, themselves included; for derivations, all they are made of. */
export function requisites(paths: string[]): NixCommand {
  return { program: 'nix-store', args: ['--query', '--requisites', ...paths] }
}

/** The names of a flake's checks for a system; an empty list where it has none for it. */
export function listChecks(flake: string, system: string, overrides: Record<string, string>): NixCommand {
  const names = `checks: builtins.attrNames (checks.${nixString(system)} or { })`
  return applyTo(`${flake}#checks`, names, overrides)
}

/** What derivations a flake's checks are: an object by name. */
export function evalChecks(
  flake: string,
  system: string,
  names: readonly string[],
  overrides: Record<string, string>,
): NixCommand {
  const entries = names.map((name) => {
    const check = `checks.${nixString(system)}.${nixString(name)}`
    return `${nixString(name)} = { drv = ${check}.drvPath; out = ${check}.outPath; };`
  })
  return applyTo(`${flake}#checks`, `checks: { ${entries.join(' ')} }`, overrides)
}

/** What paths refer to; for derivations, what they are made of. */
export function references(paths: string[]): NixCommand {
  return { program: 'nix-store', args: ['--query', '--references', ...paths] }
}

/** All that paths need, themselves included, with sizes and references. */
export function closureInfo(paths: readonly string[]): NixCommand {
  return { program: 'nix', args: ['path-info', '--json', '--recursive', ...FEATURES, ...paths] }
}

/**
 * Copies paths to a host with all they need; derivations with all they are made of. No signature of ours counts: the host
 * takes whatever root sends, and from others what its own Nix can check.
 */
export function copyTo(store: string, paths: readonly string[], substitutes = false): NixCommand {
  const fetching = substitutes ? ['--substitute-on-destination'] : []
  // Without it, newer versions of Nix take a derivation for what it makes.
  const asTheyAre = paths.some((path) => path.endsWith('.drv')) ? ['--derivation'] : []
  return {
    program: 'nix',
    args: ['copy', ...FEATURES, '--no-check-sigs', ...asTheyAre, ...fetching, '--to', store, ...paths],
  }
}

/** Copies paths to a store of somebody else's, with all they need. What Nix remembers of it is not relied on: it may be gone. */
export function pushTo(url: string, paths: readonly string[]): NixCommand {
  const copy = copyTo(withCompression(url), paths)
  return { ...copy, args: [...copy.args, '--refresh'] }
}

/** Stores of files get zstd, which packs and unpacks many times faster than Nix's default, unless the URL says what. */
function withCompression(url: string): string {
  if (!/^(?:s3|file):/.test(url) || /[?&]compression=/.test(url)) return url
  return `${url}${url.includes('?') ? '&' : '?'}compression=zstd&parallel-compression=true`
}

/** Writes paths, without what they need, for `nix-store --import`. */
export function exportOf(paths: readonly string[]): NixCommand {
  return { program: 'nix-store', args: ['--export', ...paths] }
}

/** A string of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\$]/g, '\\$&')}"`
}
