import type { Fact } from '../project.js'
import { type FileTree, whereIs } from '../tree.js'
import type { PackageJson } from './package-json.js'

interface Need {
  native: string[]
  libraries: string[]
  env?: Record<string, string>
}

/** Packages that compile C++ when they are installed, or fetch something that a build can't. */
const NEEDS: Record<string, Need> = {
  'better-sqlite3': { native: ['python3'], libraries: [] },
  bcrypt: { native: ['python3'], libraries: [] },
  canvas: {
    native: ['pkg-config', 'python3'],
    libraries: ['cairo', 'giflib', 'libjpeg', 'librsvg', 'pango', 'pixman'],
  },
  cypress: { native: [], libraries: [], env: { CYPRESS_INSTALL_BINARY: '0' } },
  'node-canvas': { native: ['pkg-config', 'python3'], libraries: ['cairo', 'pango'] },
  playwright: { native: [], libraries: [], env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' } },
  puppeteer: { native: [], libraries: [], env: { PUPPETEER_SKIP_DOWNLOAD: '1' } },
  sqlite3: { native: ['python3'], libraries: [] },
}

/** What a project's packages need of nixpkgs to be installed. */
export function nativeNeeds(tree: FileTree, file: string, json: PackageJson) {
  const all = { ...json.dependencies, ...json.development }
  const used = Object.entries(NEEDS).filter(([name]) => all[name] !== undefined)
  const facts: Fact[] = used
    .filter(([, need]) => need.native.length + need.libraries.length > 0)
    .map(([name, need]) => ({
      label: 'native',
      text: `${[...need.libraries, ...need.native].join(', ')} for ${name}`,
      at: whereIs(tree, file, new RegExp(`"${name}"\\s*:`)),
    }))
  return {
    native: [...new Set(used.flatMap(([, need]) => need.native))].sort(),
    libraries: [...new Set(used.flatMap(([, need]) => need.libraries))].sort(),
    env: Object.assign({}, ...used.map(([, need]) => need.env ?? {})) as Record<string, string>,
    facts,
  }
}
