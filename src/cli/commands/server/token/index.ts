import { durationMs } from '../../../../config/duration.js'
import { usageError } from '../../../../errors.js'
import type { Token } from '../../../../server/store/tokens.js'
import { command, type Group } from '../../../command.js'
import { argument, textFlag, textsFlag } from '../../../flags.js'
import { agoText, tableText } from '../../../text/table.js'
import { clientOf, placeFlags } from '../place.js'

/** `slipway server token add NAME`. */
const add = command({
  brief: 'Make a token, and print it once',
  args: [argument('NAME', 'What the audit log calls it')],
  flags: {
    ...placeFlags,
    role: {
      kind: 'enum',
      values: ['viewer', 'deployer', 'admin'],
      brief: 'What it may do: look, deploy and roll back too, or everything (default: viewer)',
      optional: true,
    },
    source: textsFlag('Only this source; may be given several times', 'SOURCE'),
    expires: textFlag('How long it counts, such as 90d (default: for ever)', 'DURATION'),
  },
  run: async (cli, { json, role = 'viewer', source, expires, ...place }, name) => {
    const given = await clientOf(place).post<{ token: string }>('/api/v1/tokens', {
      ...{ name, role, sources: source ?? null },
      expiresAt: expires === undefined ? null : Date.now() + lifetime(expires),
    })
    if (json) cli.printJson(given)
    else cli.print(given.token)
  },
})

function lifetime(text: string): number {
  try {
    return durationMs(text)
  } catch {
    throw usageError({ what: `--expires ${text} is no duration`, next: 'Such as 12h or 90d.' })
  }
}

/** `slipway server token list`. */
const list = command({
  brief: 'List the tokens, and what each may do',
  flags: placeFlags,
  run: async (cli, { json, ...place }) => {
    const given = await clientOf(place).get<{ tokens: Token[] }>('/api/v1/tokens')
    if (json) return cli.printJson(given)
    if (given.tokens.length === 0) return cli.print('no tokens')
    const now = Date.now()
    const rows = given.tokens.map(({ name, role, sources, createdAt, expiresAt }) => [
      ...[name, role, sources?.join(' ') ?? 'all', `${agoText((now - createdAt) / 1000)} ago`],
      expiresAt === null ? '-' : expiresAt > now ? `in ${agoText((expiresAt - now) / 1000)}` : 'over',
    ])
    cli.print(tableText(['NAME', 'ROLE', 'SOURCES', 'MADE', 'EXPIRES'], rows))
  },
})

/** `slipway server token remove NAME`. */
const remove = command({
  brief: 'Have a token count no more',
  args: [argument('NAME', 'The name of the token')],
  flags: placeFlags,
  run: async (cli, { json, ...place }, name) => {
    await clientOf(place).delete(`/api/v1/tokens/${encodeURIComponent(name)}`)
    if (json) cli.printJson({ removed: name })
    else cli.print(`the token ${name} counts no more`)
  },
})

/** The commands that deal with tokens. */
export const token: Group = {
  brief: 'Tokens for those who ask the server over the network',
  commands: { add, list, remove },
}
