import { text } from '../manifest.js'
import { type FileTree, type Found, inDir, type Where, whereIs } from '../tree.js'
import type { PackageJson } from './package-json.js'

/** The options by which frameworks are made to be served below a path, by the config that has them. */
const OPTIONS: readonly (readonly [config: string, option: string])[] = [
  ['next.config', 'basePath'],
  ['vite.config', 'base'],
  ['astro.config', 'base'],
  ['svelte.config', 'base'],
  ['nuxt.config', 'baseURL'],
  ['vue.config', 'publicPath'],
  ['docusaurus.config', 'baseUrl'],
  ['.vitepress/config', 'base'],
]
const ENDS = ['js', 'mjs', 'cjs', 'ts', 'mts']
const PATH = String.raw`\/[\w.~-]+(?:\/[\w.~-]+)*\/?`

/** The path below which what a package makes is to be served, `/docs/`; undefined: it does not say one. */
export function basePath(tree: FileTree, json: PackageJson): Found<string> | undefined {
  for (const [config, option] of OPTIONS) {
    const pattern = new RegExp(String.raw`^(?!\s*\/\/).*\b${option}:\s*['"](?<path>${PATH})['"]`, 'm')
    for (const file of ENDS.map((end) => inDir(json.dir, `${config}.${end}`))) {
      const path = pattern.exec(tree.read(file) ?? '')?.groups?.path
      if (path !== undefined) return below(path, whereIs(tree, file, pattern))
    }
  }
  const given = new RegExp(String.raw`\bvite build\b[^&|;]*--base[= ]['"]?(?<path>${PATH})`)
  const inScript = Object.values(json.scripts).flatMap((script) => given.exec(script)?.groups?.path ?? [])[0]
  if (inScript !== undefined) return below(inScript, whereIs(tree, json.file, given))
  // https://create-react-app.dev/docs/deployment/#building-for-relative-paths
  const homepage = text(json.manifest, 'homepage')
  if (homepage === undefined || !('react-scripts' in { ...json.development, ...json.dependencies }))
    return undefined
  const path = new RegExp(`^(?:https?://[^/]+)?(?<path>${PATH})$`).exec(homepage)?.groups?.path
  return path === undefined ? undefined : below(path, whereIs(tree, json.file, /"homepage"\s*:/))
}

function below(path: string, at: Where): Found<string> {
  return { value: path.endsWith('/') ? path : `${path}/`, at }
}
