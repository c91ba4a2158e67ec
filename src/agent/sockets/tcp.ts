import os from 'node:os'
import { readText } from '../files.js'

/** One end of a connection, or where one may begin: `127.0.0.1`, `::1`; `0.0.0.0` and `::` are all of them. */
export interface SocketEnd {
  address: string
  port: number
}

/** A TCP socket of this host, as /proc/net/tcp has it (proc_net_tcp(5)): its end here, and the other one. */
export interface TcpSocket extends SocketEnd {
  peer: SocketEnd
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
      const [, local = '', peer = '', state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === undefined || inode === undefined) return []
      return [{ ...endOf(local), peer: endOf(peer), state, inode }]
    })
}

/** One end of a connection as the kernel prints it: `0100007F:0BB8`. */
function endOf(text: string): SocketEnd {
  const [address = '', port = ''] = text.split(':')
  return { address: addressOf(address), port: Number.parseInt(port, 16) }
}

/** An address as the kernel prints it: words of 32 bits, each in the order of this machine's bytes. */
function addressOf(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, 'hex'))
  const bytes = Buffer.concat(os.endianness() === 'LE' ? words.map((word) => word.reverse()) : words)
  if (bytes.byteLength === 4) return bytes.join('.')
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':')
  // As RFC 5952 writes it; a mapped one is that of IPv4.
  const shown = groups === '' ? '' : new URL(`http://[${groups}]`).hostname.slice(1, -1)
  return bytes.subarray(0, 12).equals(MAPPED) ? bytes.subarray(12).join('.') : shown
}

/** How an address of IPv4 begins in a socket of IPv6: RFC 4291, 2.5.5.2. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** Whether a socket can be reached from outside this host, if nothing filters. */
export function isPublic({ address }: SocketEnd): boolean {
  return !(address.startsWith('127.') || address === '::1')
}

/** Where a socket listens, for people: `*:3000`, `[::1]:3000`. */
export function shownSocket({ address, port }: SocketEnd): string {
  if (address === '0.0.0.0' || address === '::') return `*:${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
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
