import type { HealthPath, NodeOutput } from '../project.js'
import { type FileTree, type Found, filesIn, hasDir, hasFile, inDir, type Where, whereIs } from '../tree.js'
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
  notes?: string[]
}

const LOOPBACK = { HOST: '127.0.0.1' }

/** Folders that site generators write to, by the package that makes them. */
const STATIC: Record<string, { what: string; dir: string }> = {
  '@11ty/eleventy': { what: 'Eleventy site', dir: '_site' },
  '@docusaurus/core': { what: 'Docusaurus site', dir: 'build' },
  gatsby: { what: 'Gatsby site', dir: 'public' },
  'react-scripts': { what: 'React site', dir: 'build' },
  vitepress: { what: 'VitePress site', dir: '.vitepress/dist' },
  '@vue/cli-service': { what: 'Vue site', dir: 'dist' },
  parcel: { what: 'Parcel site', dir: 'dist' },
}

/** What the frameworks among the dependencies make; undefined without one. */
export function findFramework(tree: FileTree, dir: string, json: PackageJson): NodeKind | undefined {
  const all = { ...json.development, ...json.dependencies }
  const at = (name: string) => whereIs(tree, json.file, new RegExp(`"${name.replaceAll('/', '\\/')}"\\s*:`))
  if (all.next) return nextKind(tree, dir, at('next'))
  if (all.nuxt) {
    if (/nuxt\s+generate/.test(json.scripts.build ?? ''))
      return site('Nuxt site', '.output/public', at('nuxt'))
    return server('Nuxt application', '.output/server/index.mjs', ['.output'], at('nuxt'))
  }
  if (all.astro) {
    if (!all['@astrojs/node'])
      return site(
        'Astro site',
        configured(tree, dir, 'astro', /outDir:\s*['"](?:\.\/)?([\w./-]+)/) ?? 'dist',
        at('astro'),
      )
    return server('Astro application', 'dist/server/entry.mjs', ['dist', 'node_modules'], at('@astrojs/node'))
  }
  if (all['@sveltejs/kit']) {
    if (all['@sveltejs/adapter-static'])
      return site('SvelteKit site', 'build', at('@sveltejs/adapter-static'))
    if (all['@sveltejs/adapter-node'])
      return server(
        'SvelteKit application',
        'build/index.js',
        ['build', 'node_modules'],
        at('@sveltejs/adapter-node'),
      )
  }
  const known = Object.keys(STATIC).find((name) => all[name] !== undefined)
  const generator = STATIC[known ?? '']
  if (known && generator) return site(generator.what, generator.dir, at(known))
  if (all.vite && /\bvite\s+build\b/.test(Object.values(json.scripts).join('\n')) && !startsServer(json)) {
    return site(
      'Vite site',
      configured(tree, dir, 'vite', /outDir:\s*['"](?:\.\/)?([\w./-]+)/) ?? 'dist',
      at('vite'),
    )
  }
  return undefined
}

/** Whether `npm start` runs a server of its own rather than a preview. */
function startsServer(json: PackageJson): boolean {
  return /\b(?:node|tsx|ts-node)\s/.test(json.scripts.start ?? '')
}

function site(what: string, dir: string, at: Where): NodeKind {
  return { what, output: { kind: 'site', dir }, at }
}

function server(what: string, entry: string, folders: string[], at: Where): NodeKind {
  const files = [...folders, 'package.json']
  return {
    what,
    output: { kind: 'server', entry, args: [], files, env: LOOPBACK },
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
    output: {
      kind: 'server',
      entry: 'node_modules/next/dist/bin/next',
      args: ['start', '--hostname', '127.0.0.1'],
      files,
      env: {},
    },
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

function configured(tree: FileTree, dir: string, name: string, pattern: RegExp): string | undefined {
  const [file] = configFiles(tree, dir, name)
  return file === undefined ? undefined : pattern.exec(tree.read(inDir(dir, file)) ?? '')?.[1]
}
