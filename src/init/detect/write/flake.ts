import { NIXPKGS, SYSTEMS } from '../nixpkgs.js'
import type { Build, Detection, Project } from '../project.js'
import { packageName, type Setup } from '../setup.js'
import type { FileTree } from '../tree.js'
import { dotnetParts } from './dotnet.js'
import { elixirParts } from './elixir.js'
import { goParts } from './go.js'
import { javaParts } from './java.js'
import { attributeName, attributes, bind, commented, indent, nixList, nixString, path } from './nix-text.js'
import { nodeParts } from './node.js'
import type { FlakeInput, Given, Parts } from './parts.js'
import { phpParts } from './php.js'
import { pythonParts } from './python.js'
import { rubyParts } from './ruby.js'
import { rustParts } from './rust.js'
import { siteParts } from './sites.js'
import { sourceDir, sourceLet } from './source-set.js'

/** `flake.nix` for the projects that the services are of. */
export function flakeFile(tree: FileTree, detection: Detection, setup: Setup): string {
  const used = detection.projects.filter((project) =>
    setup.services.some((service) => service.project === project),
  )
  const projects = used.map((project) => {
    const attribute = used.length === 1 ? 'default' : packageName(project)
    return { attribute, project, parts: partsOf(tree, project, setup, attribute) }
  })
  const inputs = distinct(projects.flatMap(({ parts }) => parts.inputs ?? []))
  const lets = [
    'inherit (nixpkgs) lib;\n',
    EACH_SYSTEM,
    ...(used.some((project) => sourceDir(project) === '') && needsSource(projects)
      ? [`\n${sourceLet(tree, used)}`]
      : []),
    ...projects.flatMap(({ parts }) => (parts.lets ?? []).map((text) => `\n${text}`)),
  ]
  const outputs = sections(projects, setup)
  const names = ['self', 'nixpkgs', ...inputs.map(({ name }) => name)]
  const head =
    names.length === 2 ? `{ ${names.join(', ')} }:` : `{\n${names.map((name) => `  ${name},`).join('\n')}\n}:`
  const body = `${head}\nlet\n${indent(lets.join('\n'))}\nin\n${attributes([outputs.join('\n\n')])}`
  return `${attributes([
    bind('description', nixString(describe(detection, used))),
    '',
    inputsText(
      inputs,
      used.some(({ build }) => 'unstable' in build && build.unstable),
    ),
    '',
    `outputs =\n${indent(body)};`,
  ])}\n`
}

/** What the projects give, by output. */
function sections(projects: readonly Entry[], setup: Setup): string[] {
  const single = projects.length === 1
  const packages = projects.map(({ attribute, parts }) => bind(attributeName(attribute), parts.package))
  const [first] = projects
  const alias =
    first && first.attribute !== 'default'
      ? [bind('default', `packages.${attributeName(first.attribute)}`)]
      : []
  const apps = projects
    .flatMap(({ parts }) => parts.apps)
    .map(({ name, program }) =>
      bind(attributeName(name), attributes([bind('type', '"app"'), bind('program', program)])),
    )
  const checks = projects.flatMap(({ attribute, parts }) =>
    parts.checks.map(({ name, value, comment }) => {
      const binding = bind(attributeName(single ? name : `${attribute}-${name}`), value)
      return comment ? commented(comment, binding) : binding
    }),
  )
  return [
    perSystem('packages', '`nix build`', [...packages, ...alias]),
    perSystem('apps', '`nix run`', apps),
    perSystem('devShells', '`nix develop`', [bind('default', shell(projects))]),
    perSystem('checks', '`nix flake check`', checks),
    commented(
      `\`services.${setup.services[0]?.name}.enable = true;\` in a NixOS configuration`,
      bind('nixosModules.default', 'import ./module.nix { inherit self; }'),
    ),
    commented('`nix fmt`', bind('formatter', 'eachSystem ({ pkgs, ... }: pkgs.nixfmt-tree)')),
  ]
}

interface Entry {
  attribute: string
  project: Project
  parts: Parts
}

const EACH_SYSTEM = [
  bind('systems', nixList(SYSTEMS.map(nixString))),
  commented(
    "What f makes of each system's nixpkgs, and of this flake's own packages.",
    `eachSystem =
  f:
  lib.genAttrs systems (
    system:
    f {
      pkgs = nixpkgs.legacyPackages.\${system};
      packages = self.packages.\${system};
    }
  );`,
  ),
].join('\n')

/** An output that is made for each system, with the arguments it uses. */
function perSystem(name: string, comment: string, bindings: readonly string[]): string {
  const text = bindings.join('\n')
  const used = ['pkgs', 'packages'].filter((argument) =>
    new RegExp(`\\b${argument}\\b(?! =)`).test(text.replace(/^\s*#.*$/gm, '')),
  )
  const parameters = used.length === 2 ? `{ ${used.join(', ')} }:` : `{ ${[...used, '...'].join(', ')} }:`
  return commented(
    comment,
    bind(name, `eachSystem (\n${indent(`${parameters}\n${attributes(bindings)}`)}\n)`),
  )
}

function shell(projects: readonly Entry[]): string {
  const from = projects
    .filter(({ parts }) => parts.shellTakesInputs)
    .map(({ attribute }) => `packages.${attributeName(attribute)}`)
  const tools = [...new Set(projects.flatMap(({ parts }) => parts.shell))].sort()
  return `pkgs.mkShell ${attributes([
    ...(from.length > 0 ? [commented('All that building takes.', bind('inputsFrom', nixList(from)))] : []),
    ...(tools.length > 0 ? [bind('packages', nixList(tools))] : []),
  ])}`
}

function partsOf(tree: FileTree, project: Project, setup: Setup, attribute: string): Parts {
  const own = (name: string) =>
    attribute === 'default' ? name : `${camelCase(attribute)}${name[0]?.toUpperCase()}${name.slice(1)}`
  const given = <BUILD extends Build>(build: BUILD): Given<BUILD> => ({
    project,
    build,
    setup,
    tree,
    attribute,
    source: sourceDir(project) === '' ? 'src' : path(sourceDir(project)),
    own,
  })
  const { build } = project
  switch (build.kind) {
    case 'rust':
      return rustParts(given(build))
    case 'go':
      return goParts(given(build))
    case 'python':
      return pythonParts(given(build))
    case 'node':
      return nodeParts(given(build))
    case 'ruby':
      return rubyParts(given(build))
    case 'elixir':
      return elixirParts(given(build))
    case 'php':
      return phpParts(given(build))
    case 'dotnet':
      return dotnetParts(given(build))
    case 'java':
      return javaParts(given(build))
    default:
      return siteParts(given(build))
  }
}

function camelCase(name: string): string {
  return name.replace(/[^A-Za-z\d]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '')
}

function needsSource(projects: readonly Entry[]): boolean {
  return projects.some(({ parts }) =>
    /\bsrc\b/.test(
      [parts.package, ...(parts.lets ?? []), ...parts.checks.map(({ value }) => value)].join('\n'),
    ),
  )
}

function describe(detection: Detection, used: readonly Project[]): string {
  return (
    used.find(({ description }) => description)?.description ??
    (used.length === 1 ? used[0]?.name : undefined) ??
    detection.name
  )
}

function distinct(inputs: readonly FlakeInput[]): FlakeInput[] {
  return [...new Map(inputs.map((input) => [input.name, input])).values()]
}

function inputsText(inputs: readonly FlakeInput[], unstable: boolean): string {
  const nixpkgs = bind('nixpkgs.url', nixString(unstable ? NIXPKGS.unstableUrl : NIXPKGS.url))
  if (inputs.length === 0) return `inputs.${nixpkgs}`
  const others = inputs.map(({ name, url, flake, follows }) => {
    if (flake === undefined && !follows) return bind(`${name}.url`, nixString(url))
    return bind(
      name,
      attributes([
        bind('url', nixString(url)),
        ...(flake === false ? [bind('flake', 'false')] : []),
        ...(follows ? [bind('inputs.nixpkgs.follows', '"nixpkgs"')] : []),
      ]),
    )
  })
  return bind('inputs', attributes([nixpkgs, ...others]))
}
