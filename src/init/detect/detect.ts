import { SlipwayError, usageError } from '../../errors.js'
import { article } from './article.js'
import { builtByOthers } from './built-by-others.js'
import { recogniseDotnet } from './dotnet/recognise.js'
import { recogniseElixir } from './elixir/recognise.js'
import { recogniseGo } from './go/recognise.js'
import { applyHints } from './hints/apply.js'
import { recogniseJava } from './java/recognise.js'
import { recogniseNode } from './node/recognise.js'
import { recognisePhp } from './php/recognise.js'
import type { Detection, ExistingNix, Project } from './project.js'
import { recognisePython } from './python/recognise.js'
import { recogniseRuby } from './ruby/recognise.js'
import { recogniseRust } from './rust/recognise.js'
import {
  recogniseHtml,
  recogniseHugo,
  recogniseJekyll,
  recogniseMdbook,
  recogniseMkdocs,
  recogniseZola,
} from './sites/generators.js'
import { isCheckedOut, submodules } from './submodules.js'
import { dirOf, type FileTree, hasFile, inDir, whereIs, whereText } from './tree.js'

type Recogniser = (tree: FileTree, dir: string) => Project | undefined

/** In a folder that several of them recognise, the first is what it is for. */
const RECOGNISERS: readonly Recogniser[] = [
  recogniseHugo,
  recogniseZola,
  recogniseRust,
  recogniseGo,
  recognisePython,
  recogniseNode,
  recogniseElixir,
  recogniseDotnet,
  recogniseJava,
  recogniseJekyll,
  recogniseRuby,
  recognisePhp,
  recogniseMkdocs,
  recogniseMdbook,
]

/** Files that make a folder worth a look. */
const MANIFESTS =
  /(?:^|\/)(?:Cargo\.toml|go\.mod|pyproject\.toml|requirements\.txt|Pipfile|setup\.cfg|setup\.py|manage\.py|package\.json|hugo\.\w+|config\.(?:toml|ya?ml)|mkdocs\.ya?ml|book\.toml|_config\.ya?ml|Gemfile|mix\.exs|composer\.json|[^/]+\.[cf]sproj|pom\.xml|build\.gradle(?:\.kts)?)$/

/** Folders that hold no projects of their own, and so deep only they are looked for. */
const SKIPPED =
  /(?:^|\/)(?:vendor|node_modules|testdata|tests?|fixtures|examples?|themes|docs?|target|dist|\.[^/]+)(?:\/|$)/
const MAX_DEPTH = 3

/** What a folder is: the core of `slipway init`. Reads nothing but the tree. */
export function detect(tree: FileTree, nix: ExistingNix | undefined): Detection {
  const root = recogniseFolder(tree, '')
  if (!root.project && root.error && nix === undefined) throw root.error
  const inside = (dir: string) => dir !== '' && !SKIPPED.test(dir) && dir.split('/').length <= MAX_DEPTH
  const dirs = [...new Set(tree.files.filter((file) => MANIFESTS.test(file)).map(dirOf))].filter(inside)
  const below = outermost(
    dirs.map((dir) => recogniseFolder(tree, dir)).filter(({ project, error }) => project ?? error),
  )
  const projects = projectsOf(root, below)
  if (projects.length === 0) {
    const html = recogniseHtml(tree, '')
    const [refused] = below
    if (html && !refused) projects.push(html)
    else if (nix === undefined) throw refused?.error ?? unknown(tree)
  }
  // Crates of a workspace have no lock files of their own: they are no projects, and no mistakes either.
  const refused = root.project
    ? []
    : below.flatMap(({ dir, error }) => (error ? [`${dir}/: ${error.parts.what}`] : []))
  const others = [...root.others, ...(projects.length > 0 ? refused : [])]
  const whole = projects.map((project) => withLfs(tree, withSubmodules(tree, project)))
  const recognised = builtByOthers({ name: tree.name, nix, projects: whole, others, unread: [] })
  const detection = applyHints(tree, recognised)
  return { ...detection, unread: [...tree.unread].map(([file, why]) => ({ file, why })) }
}

/** Submodules in a project's source: without being asked to, a flake leaves them out. */
function withSubmodules(tree: FileTree, project: Project): Project {
  const source = project.source ?? project.dir
  const inputs =
    'themes' in project.build ? project.build.themes.map(({ path }) => inDir(project.dir, path)) : []
  const used = submodules(tree).filter(
    ({ value: { path } }) => (source === '' || path.startsWith(`${source}/`)) && !inputs.includes(path),
  )
  if (used.length === 0) return project
  const facts = used.map(({ value, at }) => ({
    label: 'submodule',
    text: `${value.path}, part of the source`,
    at,
  }))
  const notes = used
    .filter(({ value }) => !isCheckedOut(tree, value))
    .map(
      ({ value, at }) =>
        `${whereText(at)}: the files of the submodule ${value.path} are not here: \`git submodule update --init --recursive\``,
    )
  return {
    ...project,
    submodules: true,
    facts: [...project.facts, ...facts],
    notes: [...project.notes, ...notes],
  }
}

/** Files that git keeps elsewhere: a flake sees what stands for them. */
function withLfs(tree: FileTree, project: Project): Project {
  const file = tree.files.find(
    (name) => /(?:^|\/)\.gitattributes$/.test(name) && /\bfilter=lfs\b/.test(tree.read(name) ?? ''),
  )
  if (file === undefined) return project
  const note = `${whereText(whereIs(tree, file, /\bfilter=lfs\b/))}: files in Git LFS are pointers to a flake, unless it says \`inputs.self.lfs = true;\` (Nix 2.27 and newer)`
  return { ...project, notes: [...project.notes, note] }
}

/** What lies below the root's own project is beside it: there to be chosen. */
function projectsOf(root: Folder, below: readonly Folder[]): Project[] {
  const found = below.flatMap(({ project }) => project ?? [])
  if (!root.project) return found
  return [root.project, ...found.map((project) => ({ ...project, beside: true }))]
}

interface Folder {
  dir: string
  project: Project | undefined
  /** Why the only thing that it could be can't be used. */
  error: SlipwayError | undefined
  others: string[]
}

function recogniseFolder(tree: FileTree, dir: string): Folder {
  const found: Project[] = []
  let error: SlipwayError | undefined
  for (const recognise of RECOGNISERS) {
    try {
      const project = recognise(tree, dir)
      if (project) found.push(project)
    } catch (caught) {
      if (!(caught instanceof SlipwayError)) throw caught
      error ??= caught
    }
  }
  const [project, ...rest] = found
  const others = rest.map(({ what, at }) => `${article(what)} (${at.file})`)
  if (project && error) others.push(error.parts.what)
  return { dir, project, error: project ? undefined : error, others }
}

/** Without those inside of others: a crate of a workspace is part of it. */
function outermost(folders: Folder[]): Folder[] {
  return folders.filter(
    ({ dir }) => !folders.some((other) => other.project && dir.startsWith(`${other.dir}/`)),
  )
}

function unknown(tree: FileTree) {
  const top = [...new Set(tree.files.map((file) => file.split('/')[0] ?? ''))].slice(0, 12)
  return usageError({
    what: 'this folder is none of the kinds that slipway init knows',
    why:
      'Looked for Cargo.toml, go.mod, pyproject.toml, requirements.txt, Pipfile, setup.py, package.json, Gemfile, mix.exs, ' +
      'composer.json, *.csproj, pom.xml, build.gradle, hugo.toml, config.toml (Zola), book.toml, _config.yml, ' +
      `mkdocs.yml, index.html, flake.nix and default.nix.\nFound: ${top.join(', ') || 'nothing'}` +
      (hasFile(tree, 'package.json')
        ? '\npackage.json has no start script that runs node, no file that is seen to listen, and no site generator that is known.'
        : ''),
    still: 'Nothing was written.',
    next: "Run it where the project's manifest is, or write a flake.nix or default.nix and run it again: slipway takes whatever Nix builds.",
  })
}
