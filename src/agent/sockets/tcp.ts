import { readText } from '../files.js'

/** A TCP socket of this host, as /proc/net/tcp has it (proc_net_tcp(5)). */
export interface TcpSocket {
  port: number
  state: string
  /** What links of a process's /proc/PID/fd name it by. */
  inode: string
}

const ESTABLISHED = '01'
const LISTEN = '0A'

/** The TCP sockets of this host, over IPv4 and IPv6; `net` is its /proc/net. */
export async function tcpSockets(net = '/proc/net'): Promise<TcpSocket[]> {
  // A kernel without IPv6 has no second file.
  const texts = await Promise.all(['tcp', 'tcp6'].map((file) => readText(`${net}/${file}`)))
  return texts.flatMap((text) => (text === undefined ? [] : parseTcp(text)))
}

/** Reads a table of TCP sockets, whose first line names its columns. */
export function parseTcp(text: string): TcpSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (local === undefined || state === undefined || inode === undefined) return []
      return [{ port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), state, inode }]
    })
}

export function isListening({ state }: TcpSocket): boolean {
  return state === LISTEN
}

export function isEstablished({ state }: TcpSocket): boolean {
  return state === ESTABLISHED
}

/** The TCP ports that somebody listens on, in order. */
export async function listeningPorts(net?: string): Promise<number[]> {
  const ports = (await tcpSockets(net)).filter(isListening).map(({ port }) => port)
  return [...new Set(ports)].sort((one, other) => one - other)
}
