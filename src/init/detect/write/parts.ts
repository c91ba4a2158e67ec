import type { Project } from '../project.js'
import type { Setup } from '../setup.js'
import type { FileTree } from '../tree.js'
import {
  attributeName,
  attributes,
  bind,
  commented,
  indent,
  interpolated,
  nixList,
  nixString,
} from './nix-text.js'

/** What a project adds to a flake. Expressions may use `pkgs`, `packages` (the flake's own), `lib` and `src`. */
export interface Parts {
  inputs?: FlakeInput[]
  /** Bindings beside `src`. */
  lets?: string[]
  /** The package. */
  package: string
  apps: { name: string; program: string }[]
  /** What a shell to work on it has beside what building it takes. */
  shell: string[]
  /** Whether building it takes anything at all. */
  shellTakesInputs: boolean
  checks: { name: string; value: string; comment?: string }[]
}

/** A flake beside nixpkgs, or a source (`flake = false`). */
export interface FlakeInput {
  name: string
  url: string
  flake?: false
  /** Whether its nixpkgs is this flake's. */
  follows?: true
}

/** What a template is given. */
export interface Given<BUILD> {
  project: Project
  build: BUILD
  setup: Setup
  tree: FileTree
  /** The package's name in the flake. */
  attribute: string
  /** What the source is called: `src`, or the path of a sub-folder. */
  source: string
  /** Names of bindings that are this project's own: `python`, or `apiPython` among several. */
  own: (name: string) => string
}

/** `packages.default`, as the other outputs name it. */
export function packageOf({ attribute }: Given<unknown>): string {
  return `packages.${attributeName(attribute)}`
}

/** `inherit src;`, or the path of a sub-folder. */
export function sourceBinding({ source }: Given<unknown>): string {
  return source === 'src' ? 'inherit src;' : bind('src', source)
}

/** Where a project lies in its source; undefined where that is all of it. */
export function placeInSource({ source, dir }: Project): string | undefined {
  return source === undefined || source === dir ? undefined : dir.slice(source === '' ? 0 : source.length + 1)
}

/** The programs of the project that run as services; the first is the main one. */
export function mainPrograms({ project, setup }: Given<unknown>): string[] {
  return setup.services.filter((service) => service.project === project).map(({ program }) => program.name)
}

/** `meta`, with what is known. */
export function metaBindings({ project }: Given<unknown>, mainProgram: string | undefined): string[] {
  const bindings = [
    ...(project.description ? [bind('description', nixString(project.description))] : []),
    ...(mainProgram === undefined ? [] : [bind('mainProgram', nixString(mainProgram))]),
  ]
  if (bindings.length === 0) return []
  if (bindings.length === 1) return [`meta.${bindings[0]}`]
  return [`meta = {\n${bindings.map((line) => `  ${line}`).join('\n')}\n};`]
}

/** A version that a manifest has, or one made up where there is none. */
export function versionValue(place: { file: string; path: string[] } | undefined, dir: string): string {
  if (!place) return '"0.1.0"'
  const file = `./${dir === '' ? '' : `${dir}/`}${place.file}`
  const read = place.file.endsWith('.json') ? 'importJSON' : 'importTOML'
  return `(lib.${read} ${file}).${place.path.join('.')}`
}

/** Apps for the programs of a package, the main one by `meta.mainProgram`. */
export function programApps(given: Given<unknown>): Parts['apps'] {
  const [main, ...others] = mainPrograms(given)
  const own = packageOf(given)
  return [
    ...(main === undefined ? [] : [{ name: given.attribute, program: `lib.getExe ${own}` }]),
    ...others.map((name) => ({ name, program: `lib.getExe' ${own} ${nixString(name)}` })),
  ]
}

/** A function for checks that need what building needs: a package's build with another command. */
export function checkFunction(name: string, command: string): string {
  const override = attributes([
    bind('name', interpolated(`\${package.name}-check`)),
    bind('nativeBuildInputs', 'old.nativeBuildInputs ++ tools'),
    bind('buildPhase', 'command'),
    bind('doCheck', 'false'),
    bind('installPhase', '"touch $out"'),
  ])
  const parameters = '{\n  command,\n  tools ? [ ],\n}:'
  const body = `package:\n${parameters}\npackage.overrideAttrs (old: ${override});`
  return commented(
    `A package's build, with another command in place of \`${command}\`.`,
    `${name} =\n${indent(body)}`,
  )
}

/** A check made by such a function. */
export function commandCheck(
  check: string,
  own: string,
  command: string,
  tools: readonly string[] = [],
): string {
  const given = bind('command', nixString(command))
  if (tools.length === 0) return `${check} ${own} { ${given} }`
  return `${check} ${own} ${attributes([given, bind('tools', nixList(tools))])}`
}

/** `pkgs.runCommand`, with a tool. */
export function runCommand(name: string, tool: string, lines: readonly string[]): string {
  return `pkgs.runCommand "${name}" { nativeBuildInputs = [ ${tool} ]; } ''\n${indent(lines.join('\n'))}\n''`
}
