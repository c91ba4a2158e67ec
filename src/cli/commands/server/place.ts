import { usageError } from '../../../errors.js'
import { type Client, createClient } from '../../../server/client.js'
import { defaultData, foldersOf } from '../../../server/folders.js'
import { jsonFlag, textFlag } from '../../flags.js'

/** Holds what a server elsewhere is asked with: an argument could be read by others. */
const TOKEN_VARIABLE = 'SLIPWAY_SERVER_TOKEN'

export const dataFlag = {
  data: textFlag("The server's folder (default: ~/.local/state/slipway/server)", 'DIR'),
} as const

/** Which server a command speaks to. */
export const placeFlags = {
  ...dataFlag,
  url: textFlag(`A server elsewhere, asked with the token in ${TOKEN_VARIABLE}`, 'URL'),
  json: jsonFlag.json,
} as const

export function clientOf({ data, url }: { data?: string; url?: string }): Client {
  if (url === undefined) return createClient({ socket: foldersOf(data ?? defaultData(process.env)).socket })
  const token = process.env[TOKEN_VARIABLE]
  if (!URL.canParse(url))
    throw usageError({ what: `${url} is no URL`, next: 'Such as https://deploy.example.com' })
  if (token === undefined || token === '') {
    throw usageError({
      what: `${url} is asked with a token, and ${TOKEN_VARIABLE} has none`,
      next: 'Where the server runs, `slipway server token add NAME` makes one.',
    })
  }
  return createClient({ url, token })
}
