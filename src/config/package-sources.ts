import type { PackageSource, ServiceConfig, SystemConfig } from './resolved.js'

/** All that Nix evaluates for a service or a system: its package, or module, and what its variables name. */
export function packageSources(item: ServiceConfig | SystemConfig): PackageSource[] {
  const { package: ref } = item
  const main = 'module' in ref ? [ref.module.of] : 'text' in ref ? [] : [ref]
  return [...main, ...(item.kind === 'service' ? Object.values(item.envPackages) : [])]
}
