import { connect } from 'node:net'
import type { HostConfig } from '../config/resolved.js'
import { runProgram } from '../run-program.js'
import { sshTarget } from './ssh-target.js'

/** Where a host's sshd listens, as ssh itself would connect to it. */
export interface SshAddress {
  host: string
  port: number
}

/** How long a host may take to say that it speaks ssh: two round trips to the other side of the world, and a resend. */
const BANNER_MS = 3000
/** The most that may precede the banner (RFC 4253, 4.2, lets a server say more before it). */
const BANNER_BYTES = 8 * 1024

/**
 * Where ssh connects to for a host, by its own settings.
 * Gives undefined where only ssh knows: a jump host or a proxy is in between.
 */
export async function sshAddress(host: HostConfig): Promise<SshAddress | undefined> {
  const { destination, options } = await sshTarget(host)
  const result = await runProgram('ssh', ['-G', ...options, destination])
  return result.exitCode === 0 ? parseSshSettings(result.stdout) : undefined
}

/** What `ssh -G` prints: a setting a line, its name in small letters. */
export function parseSshSettings(text: string): SshAddress | undefined {
  const settings = new Map(
    text.split('\n').map((line) => {
      const [name = '', ...words] = line.split(' ')
      return [name, words.join(' ')]
    }),
  )
  const proxies = ['proxyjump', 'proxycommand'].map((name) => settings.get(name) ?? 'none')
  if (proxies.some((proxy) => proxy !== 'none')) return undefined
  const [host, port] = [settings.get('hostname'), Number(settings.get('port'))]
  return host && Number.isInteger(port) ? { host, port } : undefined
}

/** Whether sshd answers there now, over a TCP connection of its own. */
export function sshBanner({ host, port }: SshAddress, timeoutMs = BANNER_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answered: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    const timer = setTimeout(() => end(false), timeoutMs)
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (/^SSH-/m.test(text)) end(true)
      else if (text.length > BANNER_BYTES) end(false)
    })
    socket.on('end', () => end(false))
    socket.on('error', () => end(false))
  })
}
