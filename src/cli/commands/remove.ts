import { stateDir } from '../../contract/paths.js'
import type { Found } from '../../engine/operate.js'
import { usageError } from '../../errors.js'
import { command } from '../command.js'
import { hostFlags, serviceArgument, switchFlag, yesFlag } from '../flags.js'
import { showOperated } from '../operated.js'
import type { Prompt } from '../prompt.js'

/** `slipway remove SERVICE`. */
export const remove = command({
  brief: 'Take a service off its hosts; its state stays unless --purge is given',
  args: [serviceArgument],
  flags: { ...hostFlags, ...yesFlag, purge: switchFlag('Delete its state directory and user too') },
  run: async (cli, { host: names = [], yes = false, purge = false, ...flags }, service) => {
    const { findService, remove } = await import('../../engine/operate.js')
    const config = await cli.config(flags)
    const engine = await cli.engine()
    const { found, failures } = await findService(engine, config, { service, hosts: names })
    const what = purge ? `${service}, its releases, its state and its user` : `${service} and its releases`
    if (found.length > 0 && !yes) {
      for (const one of found) cli.terminal.line(foundText(service, one))
      await confirm(cli.prompt, `Remove ${what} from ${found.map(({ host }) => host).join(', ')}?`)
    }
    const hosts = found.map(({ host }) => host)
    const operated =
      hosts.length === 0
        ? { done: [], failures: [] }
        : await remove(engine, config, { service, hosts, purge })
    const ended = { ...operated, failures: [...failures, ...operated.failures] }
    return showOperated(cli, ended, ({ host, stateKept }) => {
      const kept = stateKept ? `; its state stays in ${stateDir(service)}` : ''
      return `${service} on ${host}: removed${kept}`
    })
  },
})

function foundText(service: string, { host, project, by, urls }: Found): string {
  const from = project === null ? '' : ` from the project ${project}`
  const who = by === null ? 'no release of it serves' : `${by} deployed it${from}`
  return `${service} on ${host}: ${who}${urls.length > 0 ? `, at ${urls.join(', ')}` : ''}`
}

async function confirm(prompt: Prompt, question: string): Promise<void> {
  if (!prompt.canAsk) {
    throw usageError({
      what: 'this can not be undone, and there is no terminal to ask on',
      next: 'Add --yes.',
    })
  }
  if (!(await prompt.yes(question, false))) throw usageError({ what: 'nothing was removed' })
}
