import { realpathSync } from 'node:fs'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import { argument, configFlags, jsonFlag } from '../../flags.js'
import { pushedText } from '../../text/cache-text.js'
import { cacheOf } from './named.js'

/** `slipway cache push CACHE PATH…`. */
export const push = command({
  brief: 'Bring store paths of this machine, and all they need, to a cache',
  args: {
    each: argument('CACHE PATH…', 'A cache of the config; store paths, or links to such as ./result'),
    minimum: 2,
  },
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }, name = '', ...given) => {
    const { pushToCache } = await import('../../../engine/cache/push.js')
    const config = await cli.config(flags)
    const cache = cacheOf(config, name)
    const pushed = await pushToCache(await cli.engine(), config, cache, given.map(storePath))
    if (json) cli.printJson(pushed)
    else cli.print(pushedText(pushed))
  },
})

const STORE_PATH = /^(\/nix\/store\/[0-9a-z]{32}-[^/]+)/

/** What a link, or something in a store path, is of. */
function storePath(given: string): string {
  let found = given
  try {
    found = realpathSync(given)
  } catch {
    // Told below.
  }
  const path = STORE_PATH.exec(found)?.[1]
  if (path !== undefined) return path
  throw usageError({
    what: `${given} is no store path, and leads to none`,
    next: '`slipway build` prints those of the config.',
  })
}
