import { constants, existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { Cli } from '../../cli.js'
import { command } from '../../command.js'
import { configFlags } from '../../flags.js'

/** `slipway secrets init`. */
export const init = command({
  brief: 'Make a key of your own, and say which lines the config needs',
  flags: configFlags,
  run: async (cli, flags) => {
    const [{ recipientOf }, { secretsPath }, { defaultKeyFile, findIdentities }] = await Promise.all([
      import('../../../secrets/age.js'),
      import('../../../secrets/file.js'),
      import('../../../secrets/identities.js'),
    ])
    const { print } = cli
    const config = await cli.config(flags)
    const { keys } = findIdentities()
    const [own] = keys.length > 0 ? keys : [await makeKey(cli, defaultKeyFile())]
    const recipient = await recipientOf(own ?? '')
    const known = Object.entries(config.secrets.recipients).find(([, key]) => key === recipient)
    if (known) {
      print(`${known[0]}, whose key this is, is one of the config's recipients already: ${recipient}`)
      return
    }
    print(`Your public key: ${recipient}`)
    print('The config needs it among its recipients:')
    print(`  secrets: { recipients: { ${recipientName()}: '${recipient}' } },`)
    if (existsSync(secretsPath(config))) {
      print('Then somebody who can read the secrets already runs `slipway secrets rotate`.')
    }
  },
})

/** A new key where none is; nobody else can read it at any time. */
async function makeKey({ print }: Cli, path: string): Promise<string> {
  const { generateKey } = await import('../../../secrets/age.js')
  const { identity, recipient } = await generateKey()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  await file.writeFile(`# public key: ${recipient}\n${identity}\n`)
  await file.sync()
  await file.close()
  print(
    `Made a key: ${path}. Keep a copy of it in a safe place: without it, nobody can read what is encrypted for it.`,
  )
  return identity
}

function recipientName(): string {
  const { username } = userInfo()
  return /^[a-z]\w*$/.test(username) ? username : 'me'
}
