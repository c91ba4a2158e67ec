import type { Project } from '../project.js'
import { type FileTree, hasFile } from '../tree.js'
import { attributes, bind, commented, indent, nixList, path } from './nix-text.js'

/** The folder that a project is built from. */
export function sourceDir({ dir, source }: Pick<Project, 'dir' | 'source'>): string {
  return source ?? dir
}

/** Files for people and for other tools, which have no part in a build that does not name them. */
const FOR_OTHERS = [
  'Containerfile',
  'Dockerfile',
  'Procfile',
  'README.md',
  'README.rst',
  'docker-compose.yml',
]
/** What is there once `init` has written it. */
const WRITTEN = ['flake.nix', 'module.nix', 'slipway.config.ts']
/** What may be there later: `slipway ci` and the first deploy write it, or people by hand. */
const LATER = ['.forgejo', '.github', '.gitlab', '.gitlab-ci.yml', 'flake.lock']
/** `secrets.age`, and those of environments. */
const SECRETS = `(lib.fileset.fileFilter (
  file: lib.hasPrefix "secrets." file.name && file.hasExt "age"
) ./.)`

/** `src`: the repository without what would only make for builds that change nothing, or be published with a site. */
export function sourceLet(tree: FileTree, used: readonly Project[]): string {
  const atRoot = used.filter((project) => sourceDir(project) === '')
  const built = atRoot.map(({ dir }) => dir)
  const others = used
    .filter((project) => sourceDir(project) !== '' && !built.some((dir) => dir !== ''))
    .map((project) => path(sourceDir(project)))
  const left = [
    ...others,
    ...FOR_OTHERS.filter((file) => hasFile(tree, file) && !isPart(tree, file, atRoot)).map((file) =>
      path('', file),
    ),
    ...WRITTEN.map((file) => path('', file)),
    ...LATER.map((file) => `(lib.fileset.maybeMissing ${path('', file)})`),
    SECRETS,
  ]
  return commented(
    'What it is built from: a change of anything else makes for no new build.',
    bind(
      'src',
      `lib.fileset.toSource ${attributes([
        bind('root', './.'),
        bind('fileset', `lib.fileset.difference ./. (\n${indent(`lib.fileset.unions ${nixList(left)}`)}\n)`),
      ])}`,
    ),
  )
}

/** Whether a file may be a page of a site, or is named by what is built. */
function isPart(tree: FileTree, file: string, projects: readonly Project[]): boolean {
  return (
    (/^README\./.test(file) &&
      projects.some(({ programs }) => programs.some(({ kind }) => kind === 'site'))) ||
    tree.files.some((name) => isSource(name) && tree.read(name)?.includes(file))
  )
}

/** Manifests and code; what lock files and documents name is nothing that a build reads. */
function isSource(file: string): boolean {
  return /\.(?:rs|go|py|rb|exs?|php|java|kts?|cs|fs|gradle|[cm]?[jt]sx?|vue|svelte|astro|toml|cfg|gemspec)$/.test(
    file,
  )
}
