import { HOST_ROOT } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import type { Service } from '../contract/service.js'

/** A release of a service under another name: its own folders have that in their paths, too. */
export function renamedManifest(manifest: Manifest, to: string): Manifest {
  const { service } = manifest
  return { ...manifest, service: { ...(renamedPaths(service, service.name, to) as Service), name: to } }
}

/** In every text: the state, the releases and the runtime folder of a service, but not those of others. */
function renamedPaths(value: unknown, from: string, to: string): unknown {
  if (typeof value === 'string') return renamedPath(value, from, to)
  if (Array.isArray(value)) return value.map((one) => renamedPaths(one, from, to))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamedPaths(one, from, to)]))
}

function renamedPath(text: string, from: string, to: string): string {
  const folders = ['/var/lib', `${HOST_ROOT}/services`, '/run'].map((folder) => folder.replaceAll('/', '\\/'))
  return text.replace(new RegExp(`(${folders.join('|')})\\/${from}(?![\\w.@-])`, 'g'), `$1/${to}`)
}
