export { defineConfig, service, site } from './config/define.js'
export type { ConfigInput, HostInput, ServiceInput, SiteInput } from './config/schema.js'
export { ExitCode, SlipwayError } from './errors.js'
