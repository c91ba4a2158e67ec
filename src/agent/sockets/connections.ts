import type { Endpoint } from '../../release/listen.js'
import { readText } from '../files.js'
import { isEstablished, tcpSockets } from './tcp.js'

/**
 * States of a UNIX socket in /proc/net/unix, as `socket_state` of linux/net.h: one end of a connection whose program
 * has not accepted it yet, and has.
 */
const CONNECTING = '02'
const CONNECTED = '03'

/** How many connections a server on this host has, also those that it has not accepted yet. */
export async function connectionsOf(endpoint: Endpoint, net = '/proc/net'): Promise<number> {
  if ('tcp' in endpoint) {
    const sockets = (await tcpSockets(net)).filter(isEstablished)
    if (endpoint.at === undefined) return sockets.filter(({ port }) => port === endpoint.tcp).length
    // The server's end is in a network of its own: what is here is the other one.
    const { at, tcp } = endpoint
    return sockets.filter(({ peer }) => peer.port === tcp && at.includes(peer.address)).length
  }
  const text = await readText(`${net}/unix`)
  if (text === undefined) throw new Error(`there is no ${net}/unix`)
  return unixConnections(text, endpoint.unix)
}

/** How many connections the socket at a path has: the server's end of each carries its path. */
export function unixConnections(text: string, path: string): number {
  return text.split('\n').filter((line) => {
    // Num: RefCount Protocol Flags Type State Inode Path
    const found = /^\S+ \S+ \S+ \S+ \S+ (\S+) +\d+ (.*)$/.exec(line)
    return found?.[2] === path && (found[1] === CONNECTING || found[1] === CONNECTED)
  }).length
}
