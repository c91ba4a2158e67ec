import type { EnvironmentRead } from './environment.js'
import type { ListenChoice, ListenMode } from './project.js'
import { matches, type Source } from './source.js'
import type { Found, Where } from './tree.js'

/** What a language says about listening. */
export interface ListenHints {
  /** Ports in the source, those that surely are listened on first; group `port`. */
  ports: readonly RegExp[]
  /** A socket from systemd is taken. */
  sockets?: readonly RegExp[]
  /** Whether a variable's value is handed on as an address, whatever it is called. */
  isAddress?: (variable: string) => boolean
  /** How a framework listens where nobody says how. */
  framework?: { why: string; listen: ListenMode; at: Where } | undefined
}

const PORT_VARIABLE = /^(?:[A-Z0-9_]+_)?PORT$/
const ADDRESS_VARIABLE = /^(?:[A-Z0-9_]+_)?(?:LISTEN|BIND|ADDR|ADDRESS)$/
/** Ports of others, which a program connects to. */
const FOREIGN_PORT =
  /(?:^|_)(?:DB|DATABASE|PG|POSTGRES|MYSQL|REDIS|MONGO|SMTP|MAIL|AMQP|RABBITMQ|KAFKA|NATS|PROXY|METRICS|DEBUG|SSH|UPSTREAM|REMOTE|GRPC)_/

/** The port taken where a variable names one and nothing tells its default. */
const USUAL_PORT = 3000

/** How a program listens, as far as its source tells. */
export function findListening(
  sources: readonly Source[],
  reads: readonly EnvironmentRead[],
  hints: ListenHints,
): Found<ListenChoice> | undefined {
  const socket = (hints.sockets ?? []).flatMap((pattern) => matches(sources, pattern))[0]
  if (socket) return choice('socket', {}, 'takes a socket from systemd', socket.at)
  const path = reads.find(({ name }) => name === 'LISTEN_PATH')
  if (path) return choice('unix', {}, 'reads $LISTEN_PATH', path.at)
  const literal = findPort(sources, hints.ports)
  const variable = listenVariable(reads)
  if (variable) return fromVariable(variable, literal, hints.isAddress?.(variable.name) ?? false)
  if (literal) return choice({ port: literal.value }, {}, 'hard-coded', literal.at)
  if (!hints.framework) return undefined
  return choice(hints.framework.listen, {}, hints.framework.why, hints.framework.at)
}

function fromVariable(
  { name, fallback, at }: EnvironmentRead,
  literal: Found<number> | undefined,
  handedOn: boolean,
): Found<ListenChoice> {
  const isAddress = ADDRESS_VARIABLE.test(name) || (fallback ?? '').includes(':')
  if (name === 'PORT' && !isAddress && !handedOn) return choice('port', {}, 'reads $PORT', at)
  const port = portOf(fallback) ?? literal?.value ?? USUAL_PORT
  // What is called a port and used as an address has no host in front: `:3000`.
  const bare = handedOn && fallback === undefined && !ADDRESS_VARIABLE.test(name)
  const value = bare ? `:${port}` : isAddress ? `127.0.0.1:${port}` : String(port)
  const found = choice({ port }, { [name]: value }, `reads $${name}`, at)
  const usual = portOf(fallback) === undefined && literal === undefined
  return usual ? { ...found, value: { ...found.value, usual } } : found
}

function choice(
  listen: ListenChoice['listen'],
  env: Record<string, string>,
  why: string,
  at: Where,
): Found<ListenChoice> {
  return { value: { listen, env, why }, at }
}

/** The variable that says where to listen: `PORT` before others, ports before addresses. */
function listenVariable(reads: readonly EnvironmentRead[]): EnvironmentRead | undefined {
  const ports = reads.filter(({ name }) => PORT_VARIABLE.test(name) && !FOREIGN_PORT.test(name))
  const addresses = reads.filter(({ name }) => ADDRESS_VARIABLE.test(name) && !FOREIGN_PORT.test(name))
  return ports.find(({ name }) => name === 'PORT') ?? ports[0] ?? addresses[0]
}

function findPort(sources: readonly Source[], patterns: readonly RegExp[]): Found<number> | undefined {
  for (const pattern of patterns) {
    for (const match of matches(sources, pattern)) {
      const port = portOf(match.groups.port)
      if (port !== undefined) return { value: port, at: match.at }
    }
  }
  return undefined
}

function portOf(text: string | undefined): number | undefined {
  const digits = /(?:^|:)(\d[\d_]*)$/.exec(text ?? '')?.[1]?.replaceAll('_', '')
  const port = Number(digits)
  return digits !== undefined && port > 0 && port <= 65_535 ? port : undefined
}
