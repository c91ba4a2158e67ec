import type { Agent } from './agent.js'
import { createFiles } from './files.js'
import { createFaults } from './guard/steps.js'
import { createLog, type Level } from './log.js'
import { placesAt } from './places.js'
import { runProgram } from './run.js'
import { connectSystemd } from './systemd/client.js'

/** What an agent's process works with on a real host. */
export function createAgent(level: Level = levelOf(process.env.SLIPWAY_LOG)): Agent {
  const places = placesAt()
  const faults = createFaults(places.faults)
  const log = createLog(level, (line) => process.stderr.write(line))
  return {
    places,
    files: createFiles({ beforeWrite: faults.beforeWrite }),
    systemd: connectSystemd({ log }),
    run: async (argv, options) => {
      const began = performance.now()
      const ended = await runProgram(argv, options)
      const ms = Math.round(performance.now() - began)
      log.debug(`${argv[0]} ${argv.slice(1, 4).join(' ')}: status ${ended.code}, ${ms} ms`)
      return ended
    },
    log,
    step: faults.begin,
  }
}

/** How talkative the agent is: `SLIPWAY_LOG=debug` in its unit's environment tells all it does. */
function levelOf(text: string | undefined): Level {
  return text === 'debug' || text === 'warning' || text === 'error' ? text : 'info'
}
