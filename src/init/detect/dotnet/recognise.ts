import { XMLParser } from 'fast-xml-parser'
import { findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { list, type Table, table, text } from '../manifest.js'
import { NIXPKGS } from '../nixpkgs.js'
import type { DotnetBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { readSources } from '../source.js'
import { type FileTree, type Found, filesIn, inDir, whereIs, whereText } from '../tree.js'

/** An ASP.NET Core application: a project file with the SDK for the web. */
export function recogniseDotnet(tree: FileTree, dir: string): Project | undefined {
  const file = filesIn(tree, dir).find(
    (one) => /\.[cf]sproj$/.test(one) && isDirectly(one, dir) && isWeb(tree, one),
  )
  if (file === undefined) return undefined
  const project = readProject(tree, file)
  const name = text(project, 'AssemblyName') ?? (file.split('/').at(-1) ?? '').replace(/\.[cf]sproj$/, '')
  const target = text(project, 'TargetFramework') ?? ''
  const major = Number(/^net(\d+)\.0$/.exec(target)?.[1] ?? Number.NaN)
  const known = NIXPKGS.dotnets.some((one) => one === major)
  const version = known ? major : NIXPKGS.dotnets[0]
  const build: DotnetBuild = {
    kind: 'dotnet',
    pname: name,
    projectFile: dir === '' ? file : file.slice(dir.length + 1),
    major: version,
    packages: list(project, 'PackageReference').length > 0,
  }
  const deps = inDir(dir, 'deps.json')
  return {
    dir,
    name,
    description: text(project, 'Description'),
    what: 'ASP.NET Core application',
    at: { file, line: 1 },
    build,
    programs: [describe(tree, dir, name, file, project)],
    facts: [{ label: 'dotnet', text: target, at: whereIs(tree, file, /<TargetFramework>/) }],
    notes: [
      ...(known
        ? []
        : [
            `${whereText(whereIs(tree, file, /<TargetFramework/))} asks for ${target || 'no framework'}, which nixpkgs doesn't have: the flake takes .NET ${version}`,
          ]),
      ...(build.packages && !tree.files.includes(deps)
        ? [
            `there is no ${deps}, by which Nix fetches packages: write \`[]\` to it and \`git add\` it, then \`nix build .#default.fetch-deps && ./result ${deps}\`, and again whenever packages change`,
          ]
        : []),
    ],
  }
}

function isDirectly(file: string, dir: string): boolean {
  return !file.slice(dir === '' ? 0 : dir.length + 1).includes('/')
}

function isWeb(tree: FileTree, file: string): boolean {
  return /<Project[^>]*\bSdk\s*=\s*["']Microsoft\.NET\.Sdk\.Web["'/]/.test(tree.read(file) ?? '')
}

/** The properties and items of a project file, all groups in one. */
function readProject(tree: FileTree, file: string): Table {
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    isArray: (tag) => ['PropertyGroup', 'ItemGroup', 'PackageReference'].includes(tag),
  })
  const project = table(parser.parse(tree.read(file) ?? ''), 'Project')
  const properties = Object.assign({}, ...list(project, 'PropertyGroup').map((group) => table(group)))
  return {
    ...properties,
    PackageReference: list(project, 'ItemGroup').flatMap((group) => list(group, 'PackageReference')),
  }
}

function describe(tree: FileTree, dir: string, name: string, file: string, project: Table): Program {
  const sources = readSources(
    tree,
    filesIn(tree, dir).filter(
      (one) => /\.(?:cs|fs)$/.test(one) && !/(?:^|\/)(?:bin|obj|tests?)\//i.test(one),
    ),
    'c',
  )
  const reads = environmentReads(sources)
  const used = list(project, 'PackageReference').find((entry) =>
    /sqlite/i.test(text(entry, '@_Include') ?? ''),
  )
  const library: Found<string> | undefined =
    used === undefined ? undefined : { value: 'sqlite', at: whereIs(tree, file, /sqlite/i) }
  const program = serviceProgram(name, {
    reads,
    listen: {
      value: {
        listen: { port: 5000 },
        env: { ASPNETCORE_URLS: 'http://127.0.0.1:5000' },
        why: 'reads $ASPNETCORE_URLS',
      },
      at: { file, line: 1 },
    },
    health: findHealth(sources),
    state: connectionString(tree, dir) ?? findState(sources, reads, library),
    folders: findDataFolders(tree, dir, reads),
    assets: [],
  })
  return program
}

/** `"Default": "Data Source=app.db"` of appsettings.json, which `ConnectionStrings__Default` says otherwise. */
function connectionString(tree: FileTree, dir: string): Program['state'] {
  const file = inDir(dir, 'appsettings.json')
  const pattern = /"(\w+)"\s*:\s*"(Data Source=[^";]+)/i
  const found = pattern.exec(tree.read(file) ?? '')
  if (!found?.[1] || !found[2]) return undefined
  return {
    value: { path: found[2], variable: `ConnectionStrings__${found[1]}` },
    at: whereIs(tree, file, pattern),
  }
}
