import { command } from '../../command.js'
import { configFlags, optionalArgument } from '../../flags.js'
import { cacheArgument, cacheOf } from './named.js'

/** `slipway cache trust CACHE [KEY]`. */
export const trust = command({
  brief: 'Trust what a cache has signed: one of your own as its host says, another by its public key',
  args: [cacheArgument, optionalArgument('KEY', 'Its public key, NAME:BASE64, as its owner publishes it')],
  flags: configFlags,
  run: async (cli, flags, name, given) => {
    const [{ trustCache }, { LOCK_FILE }] = await Promise.all([
      import('../../../engine/cache/trust.js'),
      import('../../../engine/cache/lock.js'),
    ])
    const config = await cli.config(flags)
    const { key, before } = await trustCache(await cli.engine(), config, cacheOf(config, name), given)
    const instead = before === undefined || before === key ? '' : `, and no longer ${before}`
    cli.print(`${LOCK_FILE}: ${name} is trusted by ${key}${instead}`)
  },
})
