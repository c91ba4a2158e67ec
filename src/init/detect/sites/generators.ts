import { readToml, table, text } from '../manifest.js'
import type { Fact, Project } from '../project.js'
import { gemNotes, readGems } from '../ruby/gems.js'
import { type FileTree, hasDir, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { findUrl, folderName, siteBuild, siteProgram, themeInputs } from './site.js'

const HUGO_FILES = [
  'hugo.toml',
  'hugo.yaml',
  'hugo.yml',
  'hugo.json',
  'config.toml',
  'config.yaml',
  'config.yml',
  'config/_default/hugo.toml',
  'config/_default/config.toml',
]

/** A Hugo site: `hugo.toml` or one of its older names, beside content or layouts. */
export function recogniseHugo(tree: FileTree, dir: string): Project | undefined {
  const file = HUGO_FILES.map((name) => inDir(dir, name)).find((name) => hasFile(tree, name))
  // Settings for one environment of a site are no site of their own.
  if (file === undefined || /(?:^|\/)config\/[^/]+$/.test(dir)) return undefined
  const named = /(?:^|\/)hugo\.\w+$/.test(file)
  const folders = ['content', 'layouts', 'archetypes', 'themes'].some((name) =>
    hasDir(tree, inDir(dir, name)),
  )
  if (!named && !(folders && /^\s*baseurl\s*[=:]/im.test(tree.read(file) ?? ''))) return undefined
  if (file.endsWith('.toml')) readToml(tree, file)
  const name = folderName(tree, dir)
  const themes = themeInputs(tree, dir)
  const modules = hasFile(tree, inDir(dir, 'go.mod')) && !hasDir(tree, inDir(dir, '_vendor'))
  return {
    dir,
    name,
    description: undefined,
    what: 'Hugo site',
    at: whereIs(tree, file, /^\s*"?title"?\s*[=:]/i),
    build: siteBuild('hugo', name, {
      themes: themes.map(({ value }) => value),
      withoutGit: gitInfoNotes(tree, dir, file).length > 0,
    }),
    programs: [siteProgram(name, findUrl(tree, file, /^\s*"?baseurl"?\s*[=:]/i))],
    facts: themes.map(themeFact),
    notes: [
      ...(modules
        ? [
            `${inDir(dir, 'go.mod')} names Hugo modules, and a build has no network: run \`hugo mod vendor\` and commit _vendor`,
          ]
        : []),
      ...gitInfoNotes(tree, dir, file),
    ],
  }
}

/** `enableGitInfo`, in any of the formats that Hugo's config may have: a build fails, having no history. */
const GIT_INFO = /^\s*["']?enableGitInfo["']?\s*[=:]\s*true\b/im

function gitInfoNotes(tree: FileTree, dir: string, config: string): string[] {
  const files = [config, ...tree.files.filter((file) => file.startsWith(`${inDir(dir, 'config')}/`))]
  const file = files.find((name) => GIT_INFO.test(tree.read(name) ?? ''))
  if (file === undefined) return []
  return [
    `${whereText(whereIs(tree, file, GIT_INFO))} has Hugo read git's history, which a Nix build doesn't have: the flake turns it off, and pages have no date of their last commit`,
  ]
}

function themeFact({ value, at }: ReturnType<typeof themeInputs>[number]): Fact {
  return { label: 'theme', text: `${value.path}, a submodule: an input of the flake (${value.url})`, at }
}

/** A Zola site: `config.toml` with `base_url`. */
export function recogniseZola(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'config.toml')
  if (!/^\s*base_url\s*=/m.test(tree.read(file) ?? '')) return undefined
  readToml(tree, file)
  const name = folderName(tree, dir)
  const themes = themeInputs(tree, dir)
  return {
    dir,
    name,
    description: undefined,
    what: 'Zola site',
    at: whereIs(tree, file, /^\s*base_url\s*=/),
    build: siteBuild('zola', name, { themes: themes.map(({ value }) => value) }),
    programs: [siteProgram(name, findUrl(tree, file, /^\s*base_url\s*=/))],
    facts: themes.map(themeFact),
    notes: [],
  }
}

/** Themes and plugins of MkDocs that are packages of their own. */
const MKDOCS_PACKAGES: Record<string, string> = {
  material: 'mkdocs-material',
  'awesome-pages': 'mkdocs-awesome-pages-plugin',
  'gen-files': 'mkdocs-gen-files',
  'git-revision-date-localized': 'mkdocs-git-revision-date-localized-plugin',
  glightbox: 'mkdocs-glightbox',
  'literate-nav': 'mkdocs-literate-nav',
  macros: 'mkdocs-macros',
  minify: 'mkdocs-minify-plugin',
  mkdocstrings: 'mkdocstrings',
  redirects: 'mkdocs-redirects',
  rss: 'mkdocs-rss-plugin',
  'section-index': 'mkdocs-section-index',
}

/** An MkDocs site: `mkdocs.yml`. */
export function recogniseMkdocs(tree: FileTree, dir: string): Project | undefined {
  const file = ['mkdocs.yml', 'mkdocs.yaml']
    .map((name) => inDir(dir, name))
    .find((name) => hasFile(tree, name))
  if (file === undefined) return undefined
  const config = tree.read(file) ?? ''
  const theme =
    /^theme:[ \t]*['"]?([\w-]+)/m.exec(config)?.[1] ??
    /^\s+name:\s*['"]?([\w-]+)/m.exec(blockOf(config, 'theme'))?.[1]
  const named = [...blockOf(config, 'plugins').matchAll(/^\s*-\s*['"]?([\w/-]+)/gm)].map((match) =>
    (match[1] ?? '').replace(/^material\//, ''),
  )
  const plugins = [theme ?? '', ...named].flatMap((word) => MKDOCS_PACKAGES[word] ?? [])
  const name = folderName(tree, dir)
  return {
    dir,
    name,
    description: undefined,
    what: 'MkDocs site',
    at: whereIs(tree, file, /^site_name:/),
    build: siteBuild('mkdocs', name, { plugins: [...new Set(plugins)].sort() }),
    programs: [siteProgram(name, findUrl(tree, file, /^site_url:/))],
    facts:
      plugins.length > 0
        ? [
            {
              label: 'plugins',
              text: plugins.join(', '),
              at: whereIs(tree, file, theme ? /^theme:/ : /^plugins:/),
            },
          ]
        : [],
    notes: named.some((plugin) => plugin.startsWith('git-'))
      ? [
          "a plugin reads git's history, which a Nix build doesn't have: give it a fallback (`fallback_to_build_date: true`)",
        ]
      : [],
  }
}

/** An mdBook: `book.toml`. */
export function recogniseMdbook(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'book.toml')
  if (!hasFile(tree, file)) return undefined
  const book = readToml(tree, file)
  const name = folderName(tree, dir)
  const own = Object.keys(table(book, 'preprocessor')).filter((one) => !['links', 'index'].includes(one))
  return {
    dir,
    name,
    description: text(book, 'book', 'description'),
    what: 'book of mdBook',
    at: whereIs(tree, file, /^\s*title\s*=/),
    build: siteBuild('mdbook', name),
    programs: [siteProgram(name, undefined)],
    facts: [],
    notes: own.map(
      (one) => `${file} has the preprocessor ${one}: add mdbook-${one} to the flake's nativeBuildInputs`,
    ),
  }
}

/** A Jekyll site: `_config.yml`, beside a Gemfile that names Jekyll or none. */
export function recogniseJekyll(tree: FileTree, dir: string): Project | undefined {
  const file = ['_config.yml', '_config.yaml'].map((one) => inDir(dir, one)).find((one) => hasFile(tree, one))
  if (file === undefined) return undefined
  const gemfile = inDir(dir, 'Gemfile')
  const gems = hasFile(tree, gemfile)
  if (gems && !/["'](?:jekyll|github-pages)["']/.test(tree.read(gemfile) ?? '')) return undefined
  if (gems) readGems(tree, dir)
  const name = folderName(tree, dir)
  return {
    dir,
    name,
    description: undefined,
    what: 'Jekyll site',
    at: whereIs(tree, file, /^title:/),
    build: siteBuild('jekyll', name, { gems }),
    programs: [siteProgram(name, findUrl(tree, file, /^url:/))],
    facts: [],
    notes: gems ? gemNotes(tree, dir) : [],
  }
}

/** The indented lines below a key of a YAML file. */
function blockOf(text: string, key: string): string {
  return new RegExp(`^${key}:[ \\t]*\\n((?:[ \\t-].*\\n?|\\n)*)`, 'm').exec(text)?.[1] ?? ''
}

const HTML_FOLDERS = ['', 'public', 'www', 'site', 'html', 'htdocs', 'docs', 'static', 'src']

/** A folder of plain HTML, where there is nothing else. */
export function recogniseHtml(tree: FileTree, dir: string): Project | undefined {
  const folder = HTML_FOLDERS.find((name) => hasFile(tree, inDir(dir, inDir(name, 'index.html'))))
  if (folder === undefined) return undefined
  const name = folderName(tree, dir)
  const cname = inDir(dir, inDir(folder, 'CNAME'))
  const domain = tree.read(cname)?.trim()
  const url = domain ? { value: `https://${domain}`, at: { file: cname, line: 1 } } : undefined
  return {
    dir,
    name,
    description: undefined,
    what: 'folder of HTML',
    at: { file: inDir(dir, inDir(folder, 'index.html')), line: 1 },
    build: siteBuild('html', name, { folder }),
    programs: [siteProgram(name, url)],
    facts: [],
    notes: [],
  }
}
