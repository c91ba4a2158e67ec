import type { HostConfig } from '../../config/resolved.js'

/** What known_hosts calls the hosts that ssh is asked for; throwaway hosts are of no use in CI. */
export function knownHostNames(hosts: readonly Pick<HostConfig, 'ssh' | 'options'>[]): string[] {
  const names = hosts
    .filter(({ ssh }) => !ssh.startsWith('rehearse:'))
    .map(({ ssh, options }) => {
      const [, host = ssh, inUrl] = /^(?:ssh:\/\/)?(?:[^@]*@)?([^:/]+)(?::(\d+))?/.exec(ssh) ?? []
      const port = inUrl ?? options[options.indexOf('-p') + 1 || options.length]
      return port === undefined || port === '22' ? host : `[${host}]:${port}`
    })
  return [...new Set(names)]
}
