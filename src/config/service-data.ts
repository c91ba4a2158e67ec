import type { Service } from '../contract/service.js'
import type { ProgramConfig, ServiceConfig, SiteConfig } from './resolved.js'

/** What travels to a host of a service: all but where the deployer gets its package, secrets and files. */
export function serviceData(config: ServiceConfig): Service {
  return config.kind === 'site' ? siteData(config) : programData(config)
}

function programData({
  package: _package,
  hosts,
  secrets,
  assets,
  envPackages,
  ...program
}: ProgramConfig): Service {
  return program
}

function siteData({ package: _package, hosts, ...site }: SiteConfig): Service {
  return site
}
