import type { Project } from '../project.js'
import { type FileTree, hasFile, inDir } from '../tree.js'

/** Files by which other hosts of services are told what to do, and what of it slipway says in which way. */
const FILES: Record<string, string> = {
  _redirects: 'redirects are `http.redirects` of the route, a rewrite of all paths is `fallback`',
  _headers: 'headers are `http.headers` of the route',
  '.htaccess': 'redirects are `http.redirects` of the route, passwords `http.basicAuth`',
  'netlify.toml': 'redirects are `http.redirects` of the route, headers `http.headers`',
  'vercel.json': 'redirects are `http.redirects` of the route, headers `http.headers`',
  'firebase.json': 'redirects are `http.redirects` of the route, headers `http.headers`',
  'static.json': 'redirects are `http.redirects` of the route, headers `http.headers`',
  'app.yaml': 'variables are `env`, paths are routes',
  'app.json': 'variables are `env`, a script after a deploy is a hook',
  'fly.toml': 'variables are `env`, volumes `state`, a release command a hook',
  'render.yaml': 'variables are `env`, disks `state`, cron jobs `timers`',
  'railway.json': 'variables are `env`, a start command is `run`',
  'railway.toml': 'variables are `env`, a start command is `run`',
}
/** Where a site's files may have them. */
const FOLDERS = ['', 'public', 'static']

/** Notes on what a repository tells other hosts: it is not read, so nobody is to think that it holds. */
export function withOtherHosts(tree: FileTree, project: Project): Project {
  const notes = Object.entries(FILES).flatMap(([name, instead]) =>
    FOLDERS.map((folder) => inDir(project.dir, inDir(folder, name)))
      .filter((file) => hasFile(tree, file) && isOfHost(tree, file))
      .map((file) => `${file} is for another host, and is not read: ${instead}`),
  )
  return notes.length === 0 ? project : { ...project, notes: [...project.notes, ...notes] }
}

/** Files of that name are of other tools, too: Expo's `app.json`, a program's own `app.yaml`. */
function isOfHost(tree: FileTree, file: string): boolean {
  const text = tree.read(file) ?? ''
  if (file.endsWith('app.json')) return /"(?:formation|buildpacks|addons|scripts)"\s*:/.test(text)
  if (file.endsWith('app.yaml')) return /^(?:runtime|services):/m.test(text)
  return true
}
