import { stateDir } from '../../contract/paths.js'
import { command } from '../command.js'
import { hostFlags, serviceArgument, switchFlag, yesFlag } from '../flags.js'
import { showOperated } from '../operated.js'
import { confirmRemoval, foundText } from '../removal.js'

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
      for (const one of found) cli.terminal.line(foundText(one))
      await confirmRemoval(cli.prompt, `Remove ${what} from ${found.map(({ host }) => host).join(', ')}?`)
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
