import { existsSync } from 'node:fs'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import { configFlags } from '../../flags.js'
import { formerLines } from '../../text/secrets-text.js'

/** `slipway secrets rotate`. */
export const rotate = command({
  brief: 'Encrypt the file anew for the recipients of the config',
  flags: configFlags,
  run: async (cli, flags) => {
    const { readSecrets, secretsPath, writeSecrets } = await import('../../../secrets/file.js')
    const config = await cli.config(flags)
    const path = secretsPath(config)
    if (!existsSync(path)) throw usageError({ what: `there is no ${path} yet` })
    const document = await writeSecrets(config, await readSecrets(config))
    const names = Object.keys(document.recipients).join(', ')
    cli.print(`${config.secrets.file}: encrypted for ${names}`)
    for (const line of formerLines(document)) cli.print(line)
  },
})
