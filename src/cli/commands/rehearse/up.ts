import type { RehearsalHost, SshTarget } from '../../../rehearse/index.js'
import { command } from '../../command.js'
import { argument, switchFlag } from '../../flags.js'

/** `slipway rehearse up NAME`. */
export const up = command({
  brief: 'Create or boot a throwaway host on this machine, and wait until it is up',
  args: [argument('NAME', 'The throwaway host')],
  flags: {
    bare: switchFlag('Without Nix and nginx, to rehearse `slipway setup`'),
    toolchain: switchFlag('Give the host the offline toolchain, to build on it'),
  },
  run: async (cli, flags, name) => {
    const hosts = await import('../../../rehearse/index.js')
    const host = await hosts.up(name, {
      ...(flags.bare ? { image: 'bare' } : {}),
      ...(flags.toolchain ? { toolchain: true } : {}),
      log: cli.terminal.line,
    })
    cli.print(upText(host, await hosts.sshTarget(name)))
  },
})

/** What to do with a host that is up. */
export function upText(host: RehearsalHost, target: SshTarget): string {
  return [
    `${host.name} is up at ${host.address} (${host.image} image).`,
    `In slipway.config.ts:  hosts: { ${propertyName(host.name)}: 'rehearse:${host.name}' }`,
    `To log in:             slipway rehearse ssh ${host.name}`,
    `Without slipway:       ssh ${[...target.options, target.destination].join(' ')}`,
  ].join('\n')
}

function propertyName(name: string): string {
  return name.includes('-') ? `'${name}'` : name
}
