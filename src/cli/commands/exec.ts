import { usageError } from '../../errors.js'
import { command } from '../command.js'
import { argument, hostFlags } from '../flags.js'

/** `slipway exec SERVICE -- COMMAND…`: ends with the command's own exit code. */
export const exec = command({
  brief: "Run a command in a service's environment, user and sandbox",
  args: { each: argument('SERVICE -- COMMAND', 'The service, and the command after --') },
  flags: hostFlags,
  run: async (cli, { host = [], ...flags }, service, ...words) => {
    if (service === undefined || words.length === 0) {
      throw usageError({
        what: 'exec takes a service and a command',
        next: 'slipway exec SERVICE -- COMMAND',
      })
    }
    const { exec } = await import('../../engine/exec.js')
    const tty = process.stdin.isTTY === true && process.stdout.isTTY === true
    return exec(await cli.engine(), await cli.config(flags), { service, hosts: host, words, tty })
  },
})
