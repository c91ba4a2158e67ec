export {
  cache,
  defineConfig,
  defineEnvironments,
  type Environments,
  service,
  site,
  system,
} from './config/define.js'
export { type AsgiOptions, asgi, type WsgiOptions, wsgi } from './config/python.js'
export type * from './config/types.js'
export { ExitCode, SlipwayError } from './errors.js'
export { defineServer, type ServerConfig, type Source, source, type Webhook } from './server/config/define.js'
