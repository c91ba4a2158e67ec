import { ExitCode } from '../../../contract/exit-codes.js'
import { SlipwayError } from '../../../errors.js'
import { command } from '../../command.js'
import { argument } from '../../flags.js'

/** `slipway rehearse ssh NAME`: ends as ssh does, with the exit code of the command on the host. */
export const ssh = command({
  brief: 'Log in to a throwaway host as root, or run a command on it',
  args: {
    each: argument('NAME -- COMMAND', 'The throwaway host, and perhaps a command after --'),
    minimum: 1,
  },
  run: async (_cli, _flags, name = '', ...words) => {
    const [hosts, { execa }] = await Promise.all([import('../../../rehearse/index.js'), import('execa')])
    const { destination, options } = await hosts.sshTarget(name)
    if (!(await hosts.list()).some((host) => host.name === name && host.running)) {
      throw new SlipwayError({ what: `${name} is down`, next: `slipway rehearse up ${name}` })
    }
    const result = await execa('ssh', [...options, '-o', 'RemoteCommand=none', destination, ...words], {
      stdio: 'inherit',
      reject: false,
    })
    return result.exitCode ?? ExitCode.failed
  },
})
