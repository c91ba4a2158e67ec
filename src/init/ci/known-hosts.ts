import type { HostConfig } from '../../config/resolved.js'
import { parseSshHost } from '../../config/ssh-host.js'

const SSH_PORT = 22

/** What known_hosts calls the hosts that ssh is asked for; throwaway hosts are of no use in CI. */
export function knownHostNames(hosts: readonly Pick<HostConfig, 'ssh' | 'options'>[]): string[] {
  const names = hosts
    .filter(({ ssh }) => !ssh.startsWith('rehearse:'))
    .map(({ ssh, options }) => {
      const { host, port: inUrl } = parseSshHost(ssh)
      const port = inUrl ?? Number(options[options.indexOf('-p') + 1 || options.length] ?? SSH_PORT)
      return port === SSH_PORT ? host : `[${host}]:${port}`
    })
  return [...new Set(names)]
}
