import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { GATEWAY } from '../../src/rehearse/network.js'

/** How often, and with what pause, a program is asked that has just been started. */
const UP_TRIES = 100
const UP_PAUSE_MS = 50
/** Ports of Pebble and of the DNS server's HTTP interface, on the lab's bridge. */
const PEBBLE_PORT = 14_000
const PEBBLE_MANAGEMENT_PORT = 15_000
const DNS_MANAGEMENT_PORT = 8055
/** How far from the truth the server's clock is when it is `clock`, in ms. */
const YEAR_MS = 365 * 86_400_000

/** How the ACME server behaves; a text is what it refuses orders with, for there have been too many. */
export type Mood = 'good' | 'down' | 'clock' | { limit: string }

/** An ACME server and a DNS server on the lab's bridge. */
export interface Acme {
  /** The URL of its directory. */
  directory: string
  /** The certificate by which a client knows it, as PEM. */
  authority: string
  /** The address of the DNS server, on port 53. */
  dns: string
  /** Where its HTTP interface is: `add-a`, `set-txt`. */
  dnsManagement: string
  mood(mood: Mood): void
  /** How many orders clients have tried to make. */
  orders(): number
  /** Has a domain lead to an address. */
  points(domain: string, address: string): Promise<void>
  /** The certificate of the root that all its certificates stem from, as PEM. */
  root(): Promise<string>
  /** Starts it again, with no memory, and certificates that hold for so many seconds. */
  restart(validSeconds: number): Promise<void>
}

/** Starts Pebble, with a small server in front of it that can be in a bad mood; `folder` is theirs. */
export async function startAcme(folder: string, after: (clean: () => Promise<void>) => void): Promise<Acme> {
  const at = (name: string) => join(folder, name)
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=acme', '-addext', `subjectAltName=IP:${GATEWAY}`],
    ...['-keyout', at('server.key'), '-out', at('server.pem')],
  ])
  const [key, authority] = await Promise.all([
    readFile(at('server.key'), 'utf8'),
    readFile(at('server.pem'), 'utf8'),
  ])
  const start = (program: string, args: string[], env: Record<string, string> = {}) => {
    const running = execa(program, args, { env, reject: false, stdin: 'ignore', all: true })
    after(async () => {
      running.kill('SIGKILL')
      await running
    })
    return running
  }
  const dnsManagement = `http://${GATEWAY}:${DNS_MANAGEMENT_PORT}`
  start('pebble-challtestsrv', [
    ...['-dns01', `${GATEWAY}:53`, '-http01', '', '-https01', '', '-tlsalpn01', ''],
    ...['-management', `${GATEWAY}:${DNS_MANAGEMENT_PORT}`, '-defaultIPv4', '', '-defaultIPv6', ''],
  ])
  const startPebble = async (validSeconds: number) => {
    const pebble = {
      listenAddress: `${GATEWAY}:${PEBBLE_PORT}`,
      managementListenAddress: `${GATEWAY}:${PEBBLE_MANAGEMENT_PORT}`,
      certificate: at('server.pem'),
      privateKey: at('server.key'),
      httpPort: 80,
      tlsPort: 443,
      certificateValidityPeriod: validSeconds,
    }
    await writeFile(at('pebble.json'), JSON.stringify({ pebble }))
    const running = start('pebble', ['-config', at('pebble.json'), '-dnsserver', `${GATEWAY}:53`], {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: '0',
    })
    await up(() => ask(`https://${GATEWAY}:${PEBBLE_PORT}/dir`))
    // What resolves to a process waits for its end.
    return async () => {
      running.kill('SIGKILL')
      await running
    }
  }
  let stopPebble = await startPebble(90 * 86_400)
  await up(() => fetch(dnsManagement))

  let mood: Mood = 'good'
  let orders = 0
  // URLs in Pebble's answers name the host it was asked as: this one's.
  const front = createServer({ key, cert: authority }, (asked, answer) => {
    if (mood === 'down') return void asked.socket.destroy()
    if (asked.url === '/order-plz') orders += 1
    if (typeof mood === 'object' && asked.url === '/order-plz') {
      answer.writeHead(429, { 'Content-Type': 'application/problem+json' })
      return void answer.end(
        JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail: mood.limit, status: 429 }),
      )
    }
    const { method = 'GET', url: path = '/', headers } = asked
    const passed = request(
      { host: GATEWAY, port: PEBBLE_PORT, method, path, headers, rejectUnauthorized: false },
      (given) => {
        const date = new Date(Date.now() - (mood === 'clock' ? YEAR_MS : 0)).toUTCString()
        answer.writeHead(given.statusCode ?? 502, { ...given.headers, date })
        given.pipe(answer)
      },
    )
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => front.listen(0, GATEWAY, resolve))
  after(async () => {
    front.closeAllConnections()
    front.close()
  })

  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${dnsManagement}/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  }
  return {
    directory: `https://${GATEWAY}:${(front.address() as AddressInfo).port}/dir`,
    authority,
    dns: GATEWAY,
    dnsManagement,
    mood: (next) => {
      mood = next
    },
    orders: () => orders,
    points: async (domain, address) => {
      await post('clear-a', { host: domain })
      await post('add-a', { host: domain, addresses: [address] })
    },
    root: () => ask(`https://${GATEWAY}:${PEBBLE_MANAGEMENT_PORT}/roots/0`),
    restart: async (validSeconds) => {
      await stopPebble()
      stopPebble = await startPebble(validSeconds)
    },
  }
}

async function ask(url: string): Promise<string> {
  return (await execa('curl', ['-ksSf', '--max-time', '5', url], { stripFinalNewline: false })).stdout
}

async function up(look: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; tried < UP_TRIES; tried += 1) {
    try {
      await look()
      return
    } catch {
      await sleep(UP_PAUSE_MS)
    }
  }
  await look()
}
