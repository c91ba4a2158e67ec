import { command } from '../../command.js'
import { textFlag } from '../../flags.js'
import { onInterrupt } from '../../interrupt.js'
import { dataFlag } from './place.js'

/** `slipway server dev`. */
export const dev = command({
  brief: 'Run the server here, until Ctrl-C; deploys that run then go on',
  flags: { ...dataFlag, config: textFlag('What it deploys (default: slipway.server.ts here)', 'FILE') },
  run: async ({ terminal }, { data, config }) => {
    const [{ requireNode }, { loadServer, SERVER_CONFIG }, { defaultData }] = await Promise.all([
      import('../../../server/node-version.js'),
      import('../../../server/config/load.js'),
      import('../../../server/folders.js'),
    ])
    requireNode(process.versions.node)
    const server = await loadServer(config ?? SERVER_CONFIG, process.env)
    const { serve } = await import('../../../server/serve.js')
    const signal = onInterrupt()
    const defect = new AbortController()
    const running = await serve({
      ...{ server, data: data ?? defaultData(process.env), env: process.env },
      onDefect: (error) => defect.abort(error),
    })
    terminal.line(`The server is at ${running.url}, and for you at ${running.socket}`)
    terminal.warn(
      'slipway.config.ts of what is pushed runs as you, with all that you may do: name only repositories to which nobody pushes whom you would not let in here',
    )
    for (const { name, repo, branch, services } of server.sources) {
      terminal.line(`${name}: deploys ${services.join(', ')} from ${branch} of ${repo}`)
    }
    await new Promise((resolve) => {
      for (const end of [signal, defect.signal]) end.addEventListener('abort', resolve)
      if (signal.aborted || defect.signal.aborted) resolve(undefined)
    })
    await running.stop()
    // It can't go on; what it had begun, the next one finds.
    if (defect.signal.aborted) throw defect.signal.reason
  },
})
