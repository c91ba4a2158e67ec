import { command } from '../../command.js'
import { configFlags, jsonFlag } from '../../flags.js'
import { tableText } from '../../text/table.js'

/** `slipway cache list`. */
export const list = command({
  brief: 'List the caches of the config, and the key by which each is trusted',
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }) => {
    const { trustedKeys } = await import('../../../engine/cache/lock.js')
    const config = await cli.config(flags)
    const keys = await trustedKeys(config)
    const caches = config.caches.map((cache) => ({ ...cache, key: keys[cache.url] ?? null }))
    if (json) return cli.printJson(caches)
    if (caches.length === 0) return cli.print('no caches')
    const rows = caches.map(({ name, url, host, key }) => [name, url, host ?? '-', key ?? 'none yet'])
    cli.print(tableText(['CACHE', 'URL', 'HOST', 'TRUSTED KEY'], rows))
  },
})
