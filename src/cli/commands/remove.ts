import { stateDir } from '../../contract/paths.js'
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
    const [{ remove }, { hostsFor }] = await Promise.all([
      import('../../engine/operate.js'),
      import('../../engine/selection.js'),
    ])
    const config = await cli.config(flags)
    const hosts = hostsFor(config, names, service).map(({ name }) => name)
    const what = purge ? `${service}, its releases, its state and its user` : `${service} and its releases`
    if (!yes) await confirm(cli.prompt, `Remove ${what} from ${hosts.join(', ')}?`)
    const operated = await remove(await cli.engine(), config, { service, hosts, purge })
    return showOperated(cli, operated, ({ host, stateKept }) => {
      const kept = stateKept ? `; its state stays in ${stateDir(service)}` : ''
      return `${service} on ${host}: removed${kept}`
    })
  },
})

async function confirm(prompt: Prompt, question: string): Promise<void> {
  if (!prompt.canAsk) {
    throw usageError({
      what: 'this can not be undone, and there is no terminal to ask on',
      next: 'Add --yes.',
    })
  }
  if (!(await prompt.yes(question, false))) throw usageError({ what: 'nothing was removed' })
}
