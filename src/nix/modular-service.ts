import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { modularSchema } from '../config/modular.js'
import type { ModuleRef, PackageSource } from '../config/resolved.js'
import { currentDir, slotDir } from '../contract/paths.js'
import { SlipwayError } from '../errors.js'
import { PACKAGE_ROOT } from '../package-root.js'
import { type Evaluated, endOfError, isAttributeMissing, pathIn } from './evaluate.js'
import { calledFile, evalFileWith, evalFlakeWith, flakeMetadata, nixString } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

const STILL = 'Nothing was changed on any host.'

const resultSchema = z.union([
  z.strictObject({ failed: z.array(z.string()) }),
  z.strictObject({
    drv: z.string(),
    out: z.string(),
    main: z.null(),
    name: z.string(),
    system: z.string().nullable(),
    service: modularSchema,
  }),
])

/**
 * Evaluates the module of a service, with the packages of its flake's input `nixpkgs`, or of `<nixpkgs>` for a file.
 * @param at the field of the config that names it.
 */
export async function evaluateModule(
  nix: NixRunner,
  at: string,
  module: ModuleRef,
  overrides: Record<string, string>,
  system?: string,
): Promise<Evaluated> {
  const { of } = module
  const command =
    'flake' in of
      ? evalFlakeWith(
          of.flake,
          moduleFunction(module, await nixpkgsOf(nix, at, of.flake, overrides)),
          overrides,
          system,
        )
      : evalFileWith(`(${moduleFunction(module, '<nixpkgs>')}) ${moduleFile(nix, of)}`, overrides, system)
  const { exitCode, stdout, stderr } = await nix.run(command)
  if (exitCode !== 0) {
    throw new SlipwayError({
      ...{ what: `${at} can't be evaluated`, why: endOfError(stderr), still: STILL },
      next: isAttributeMissing(stderr)
        ? 'The module of a package is an attribute of it: `.#packages.x86_64-linux.forum.services.default`.'
        : undefined,
    })
  }
  const result = resultSchema.parse(JSON.parse(stdout))
  if (!('failed' in result)) return result
  throw new SlipwayError({
    what: `${at}: the module does not take its settings`,
    why: result.failed.join('\n'),
    still: STILL,
    next: `Change \`settings\` of ${module.name}.`,
  })
}

/** The module of a file; by its path, so that errors name it. */
function moduleFile({ folder }: NixRunner, of: Extract<PackageSource, { file: string }>): string {
  const path = pathIn(folder, of.file)
  return of.attr === undefined ? `(/. + ${nixString(path)})` : `(${calledFile(path)}).${of.attr}`
}

/** A function of Nix's from a module to what it comes to. */
function moduleFunction({ name, settings, listens }: ModuleRef, nixpkgs: string): string {
  const program = readFileSync(join(PACKAGE_ROOT, 'nix/modular-service.nix'), 'utf8')
  const inRelease = (folder: string) => `${folder}/package`
  const words = {
    name,
    settingsFile: `the config, services.${name}.settings`,
    etc: `${inRelease(listens ? slotDir(name) : currentDir(name))}/etc`,
    subEtc: `${inRelease(currentDir(name))}/services`,
  }
  const given = Object.entries(words).map(([word, text]) => `${word} = ${nixString(text)};`)
  return [
    `let path = ${nixpkgs}; pkgs = import path { system = builtins.currentSystem; }; in (${program}) {`,
    `inherit pkgs path; ${given.join(' ')}`,
    `settings = builtins.fromJSON ${nixString(JSON.stringify(settings))}; }`,
  ].join('\n')
}

const nodeSchema = z.object({
  inputs: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  locked: z.record(z.string(), z.unknown()).optional(),
})
const metadataSchema = z.object({
  locks: z.object({ root: z.string(), nodes: z.record(z.string(), nodeSchema) }),
})
type Locks = z.infer<typeof metadataSchema>['locks']

/** Where the flake's input `nixpkgs` is, as an expression: what its lock file says, or what is in its place. */
async function nixpkgsOf(
  nix: NixRunner,
  at: string,
  installable: string,
  overrides: Record<string, string>,
): Promise<string> {
  const [flake = ''] = installable.split('#')
  const { exitCode, stdout, stderr } = await nix.run(flakeMetadata(flake === '' ? '.' : flake, overrides))
  if (exitCode !== 0) {
    throw new SlipwayError({ what: `${at} can't be evaluated`, why: endOfError(stderr), still: STILL })
  }
  const { locks } = metadataSchema.parse(JSON.parse(stdout))
  const locked = locks.nodes[inputNode(locks, ['nixpkgs']) ?? '']?.locked
  if (locked === undefined) {
    throw new SlipwayError({
      what: `${at}: the flake has no input "nixpkgs"`,
      why: 'A modular service is evaluated with the packages and the options of nixpkgs.',
      still: STILL,
      next: 'Add it: `inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";`',
    })
  }
  return `(builtins.fetchTree (builtins.fromJSON ${nixString(JSON.stringify(locked))})).outPath`
}

/** The node of an input; one that follows another leads there by a path from the root. */
function inputNode({ root, nodes }: Locks, path: readonly string[], follows = 0): string | undefined {
  let node: string | undefined = root
  for (const name of path) {
    const next: string | string[] | undefined = node === undefined ? undefined : nodes[node]?.inputs?.[name]
    // What follows itself leads nowhere.
    if (Array.isArray(next))
      node = follows > path.length + 16 ? undefined : inputNode({ root, nodes }, next, follows + 1)
    else node = next
  }
  return node
}
