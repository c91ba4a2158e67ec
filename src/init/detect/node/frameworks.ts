import { usageError } from '../../../errors.js'
import { readJson, table, text } from '../manifest.js'
import type { HealthPath, NodeOutput } from '../project.js'
import { found, guessed, type Sourced } from '../provenance.js'
import {
  type FileTree,
  type Found,
  filesIn,
  hasDir,
  hasFile,
  inDir,
  type Where,
  whereIs,
  whereText,
} from '../tree.js'
import { nodeServer } from './command.js'
import type { PackageJson } from './package-json.js'

/** What a Node project makes, and why that is known. */
export interface NodeKind {
  /** For people: `Next.js application`. */
  what: string
  output: NodeOutput
  at: Where
  /** How it listens where its own source doesn't say. */
  listens?: string
  /** The route that tells about health, where files are routes. */
  health?: Found<HealthPath>
  /** The page of a site for paths that the browser's router knows. */
  fallback?: Sourced<string>
  notes?: string[]
}

const LOOPBACK = { HOST: '127.0.0.1' }

/** Folders that site generators write to, by the package that makes them. */
const STATIC: Record<string, { what: string; dir: string; isApplication?: true }> = {
  '@11ty/eleventy': { what: 'Eleventy site', dir: '_site' },
  '@docusaurus/core': { what: 'Docusaurus site', dir: 'build' },
  gatsby: { what: 'Gatsby site', dir: 'public' },
  'react-scripts': { what: 'React site', dir: 'build', isApplication: true },
  vitepress: { what: 'VitePress site', dir: '.vitepress/dist' },
  '@vue/cli-service': { what: 'Vue site', dir: 'dist', isApplication: true },
  parcel: { what: 'Parcel site', dir: 'dist' },
}

/** Routers that work in the browser. */
const ROUTERS = [
  'react-router-dom',
  'react-router',
  '@tanstack/react-router',
  '@tanstack/solid-router',
  'wouter',
  'vue-router',
  '@solidjs/router',
  'preact-router',
  'preact-iso',
  '@reach/router',
  'svelte-routing',
  'svelte-spa-router',
  '@angular/router',
]

/** What the frameworks among the dependencies make; undefined without one. */
export function findFramework(tree: FileTree, dir: string, json: PackageJson): NodeKind | undefined {
  const all = { ...json.development, ...json.dependencies }
  const at = (name: string) => whereIs(tree, json.file, new RegExp(`"${name.replaceAll('/', '\\/')}"\\s*:`))
  if (all.next) return nextKind(tree, dir, at('next'))
  if (all.nuxt) {
    if (/nuxi?t?\s+generate/.test(json.scripts.build ?? ''))
      return site('Nuxt site', '.output/public', at('nuxt'))
    return server('Nuxt application', '.output/server/index.mjs', ['.output'], at('nuxt'))
  }
  if (all.astro) {
    const isServer = all['@astrojs/node'] && /@astrojs\/node/.test(configText(tree, dir, 'astro'))
    if (!isServer)
      return site(
        'Astro site',
        configured(tree, dir, 'astro', /outDir:\s*['"](?:\.\/)?([\w./-]+)/) ?? 'dist',
        at('astro'),
      )
    return server('Astro application', 'dist/server/entry.mjs', ['dist', 'node_modules'], at('@astrojs/node'))
  }
  if (all['@sveltejs/kit']) return svelteKit(tree, dir, json, all, at)
  if (all['@react-router/dev'] && /\bssr:\s*false/.test(configText(tree, dir, 'react-router'))) {
    const own = site('React Router site', 'build/client', at('@react-router/dev'))
    return { ...own, fallback: found({ value: 'index.html', at: at('@react-router/dev') }, 'ssr: false') }
  }
  if (all['@angular/core'] && hasFile(tree, inDir(dir, 'angular.json')))
    return angular(tree, dir, at('@angular/core'))
  const known = Object.keys(STATIC).find((name) => all[name] !== undefined)
  const generator = STATIC[known ?? '']
  if (known && generator) {
    const own = site(generator.what, generator.dir, at(known))
    return generator.isApplication ? { ...own, fallback: fallbackOf(generator.what, all, at) } : own
  }
  if (all.vite && /\bvite\s+build\b/.test(Object.values(json.scripts).join('\n')))
    return vite(tree, dir, all, at)
  return undefined
}

type At = (name: string) => Where

function vite(tree: FileTree, dir: string, all: Record<string, string>, at: At): NodeKind {
  const folder = configured(tree, dir, 'vite', /outDir:\s*['"](?:\.\/)?([\w./-]+)/) ?? 'dist'
  const own = site('Vite site', folder, at('vite'))
  // Several pages are no single-page application.
  const pages = filesIn(tree, dir).filter((file) =>
    /^[^/]+\.html$/.test(dir === '' ? file : file.slice(dir.length + 1)),
  )
  if (pages.length > 1 || /\binput:\s*[[{]/.test(configText(tree, dir, 'vite'))) return own
  return { ...own, fallback: fallbackOf('Vite site', all, at) }
}

/** A router of the browser needs the first page for all of its paths; without one it does no harm. */
function fallbackOf(what: string, all: Record<string, string>, at: At): Sourced<string> {
  const router = ROUTERS.find((name) => all[name] !== undefined)
  if (router) return found({ value: 'index.html', at: at(router) }, `${router} has the routes`)
  return guessed('index.html', `the routes of a ${what} are the browser's`)
}

function svelteKit(
  tree: FileTree,
  dir: string,
  json: PackageJson,
  all: Record<string, string>,
  at: At,
): NodeKind | undefined {
  const used = /@sveltejs\/adapter-[\w-]+/.exec(configText(tree, dir, 'svelte'))?.[0]
  const adapter = used ?? ['@sveltejs/adapter-static', '@sveltejs/adapter-node'].find((name) => all[name])
  if (adapter === '@sveltejs/adapter-static') {
    const own = site('SvelteKit site', 'build', at(adapter))
    const page = configured(tree, dir, 'svelte', /fallback:\s*['"]([\w.-]+\.html)['"]/)
    return page === undefined
      ? own
      : { ...own, fallback: found({ value: page, at: at(adapter) }, 'the fallback of its adapter') }
  }
  if (adapter === '@sveltejs/adapter-node')
    return server('SvelteKit application', 'build/index.js', ['build', 'node_modules'], at(adapter))
  throw usageError({
    what: `${whereText(at('@sveltejs/kit'))}: a SvelteKit application with ${adapter ?? 'no adapter'} makes nothing that runs by itself`,
    still: 'Nothing was written.',
    next: `Take @sveltejs/adapter-node, or @sveltejs/adapter-static for a site, in ${inDir(json.dir, 'svelte.config.js')}, and try again.`,
  })
}

/** The first project of angular.json, and where its builder writes. */
function angular(tree: FileTree, dir: string, at: Where): NodeKind | undefined {
  const projects = table(readJson(tree, inDir(dir, 'angular.json')), 'projects')
  const [name] = Object.keys(projects)
  if (name === undefined) return undefined
  const target = table(projects, name, 'architect', 'build')
  const path =
    text(target, 'options', 'outputPath') ?? text(target, 'options', 'outputPath', 'base') ?? `dist/${name}`
  const inBrowser = /:application$/.test(text(target, 'builder') ?? '')
  const own = site('Angular site', inBrowser ? `${path}/browser` : path, at)
  return { ...own, fallback: found({ value: 'index.html', at }, "Angular's router has the routes") }
}

function site(what: string, dir: string, at: Where): NodeKind {
  return { what, output: { kind: 'site', dir }, at }
}

function server(what: string, entry: string, folders: string[], at: Where): NodeKind {
  return {
    what,
    output: nodeServer(entry, [], { files: [...folders, 'package.json'], env: LOOPBACK }),
    at,
    listens: `${what.split(' ')[0]}'s server reads $PORT`,
  }
}

function nextKind(tree: FileTree, dir: string, at: Where): NodeKind {
  const what = 'Next.js application'
  const listens = "Next's server reads $PORT"
  const hasPublic = hasDir(tree, inDir(dir, 'public'))
  const mode = configured(tree, dir, 'next', /output:\s*['"](\w+)['"]/)
  if (mode === 'export') return site('Next.js site', 'out', at)
  const health = nextHealth(tree, dir)
  if (mode === 'standalone')
    return {
      what,
      output: { kind: 'next-standalone', hasPublic },
      at,
      listens,
      ...(health ? { health } : {}),
    }
  const files = [
    '.next',
    'node_modules',
    'package.json',
    ...(hasPublic ? ['public'] : []),
    ...configFiles(tree, dir, 'next'),
  ]
  return {
    what,
    output: nodeServer('node_modules/next/dist/bin/next', ['start', '--hostname', '127.0.0.1'], { files }),
    at,
    listens,
    ...(health ? { health } : {}),
    notes: ["with `output: 'standalone'` in Next's config the package is many times smaller"],
  }
}

/** `app/api/health/route.ts` or `pages/api/health.ts`. */
function nextHealth(tree: FileTree, dir: string): Found<HealthPath> | undefined {
  const pattern =
    /^(?:src\/)?(?:app|pages)(?<path>\/(?:[\w-]+\/)*(?:healthz?|healthcheck|livez|readyz|ping|up))(?:\/route)?\.[jt]sx?$/
  for (const file of filesIn(tree, dir)) {
    const path = pattern.exec(dir === '' ? file : file.slice(dir.length + 1))?.groups?.path
    if (path !== undefined) return { value: { path, guess: false }, at: { file, line: 1 } }
  }
  return undefined
}

function configFiles(tree: FileTree, dir: string, name: string): string[] {
  return ['js', 'mjs', 'cjs', 'ts', 'mts']
    .map((end) => `${name}.config.${end}`)
    .filter((file) => hasFile(tree, inDir(dir, file)))
}

/** A framework's config, without comments of whole lines. */
function configText(tree: FileTree, dir: string, name: string): string {
  const [file] = configFiles(tree, dir, name)
  const raw = file === undefined ? '' : (tree.read(inDir(dir, file)) ?? '')
  return raw.replace(/^\s*\/\/.*$/gm, '')
}

function configured(tree: FileTree, dir: string, name: string, pattern: RegExp): string | undefined {
  return pattern.exec(configText(tree, dir, name))?.[1]
}
