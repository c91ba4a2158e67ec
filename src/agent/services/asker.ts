import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod/mini'
import { HOST_ROOT, SOCKETS_ROOT } from '../../contract/paths.js'
import type { Directive } from '../../contract/service.js'
import { pathOfNamespace } from '../../release/network-units.js'
import { SANDBOX } from '../../release/sandbox.js'
import { directiveValues } from '../../release/unit-file.js'
import { ENVIRONMENT } from '../run.js'
import { systemdRun } from '../systemd/systemd-run.js'
import type { Answer } from './answer.js'
import { type Asked, ask } from './probe.js'

/** Asks a service, one question after the other. */
export interface Asker {
  ask(asked: Asked): Promise<Answer>
  /** Nothing more is asked. */
  end(): void
}

/** The agent itself: where no path is the service's own to change. */
const DIRECT: Asker = { ask, end: () => undefined }

/** How long the program that asks may take to start, in milliseconds. */
const START_MS = 15_000
/** The longest answer of the program that asks, in bytes: what it read of the service's, in JSON. */
const MOST_BYTES = 64 * 1024
/** What is kept of why it can't ask, in characters. */
const MOST_COMPLAINTS = 500
/** What a JavaScript program with little to do takes of memory, and more than that. */
const MEMORY = '192M'
const TASKS = 32

const answerSchema = z.union([
  z.strictObject({ code: z.literal(0), problem: z.string() }),
  z.strictObject({ code: z.literal(0), well: z.string() }),
  z.strictObject({ code: z.int(), body: z.string() }),
])

/** Who asks a service: the agent, or its own program as the user whose program has made the socket. */
export function askerFor(user: string | undefined): Asker {
  return user === undefined ? DIRECT : askAs(user)
}

/**
 * Asks as a service's user: root must not open what a service may have put in the place of its socket. In a sandbox, with
 * no network: a process of the service's user is the service's to signal, and a signal lets Node open its debugger.
 */
function askAs(user: string): Asker {
  return askBy(`as the user ${user}`, {
    User: user,
    Group: user,
    PrivateNetwork: true,
    RestrictAddressFamilies: 'AF_UNIX',
  })
}

/** Asks within a network of its own, where a program may listen that takes no connections from outside of it. */
export function askWithin(network: string): Asker {
  return askBy(`within ${network}`, {
    NetworkNamespacePath: pathOfNamespace(network),
    RestrictAddressFamilies: 'AF_INET AF_INET6',
  })
}

/** Asks by a process of its own, in the sandbox and with what it has beside that. */
function askBy(how: string, own: Record<string, Directive>): Asker {
  const bundle = realpathSync(process.argv[1] ?? '')
  const seen = [HOST_ROOT, SOCKETS_ROOT].map((path) => `-${path}`)
  const settings: Record<string, Directive> = {
    ...SANDBOX,
    InaccessiblePaths: directiveValues(SANDBOX.InaccessiblePaths ?? null).filter(
      (path) => !seen.includes(path),
    ),
    ...own,
    MemoryMax: MEMORY,
    TasksMax: TASKS,
    TemporaryFileSystem: `${HOST_ROOT}:ro`,
    BindReadOnlyPaths: dirname(bundle),
  }
  const [program = '', ...args] = systemdRun({
    description: `slipway: asks ${how} how a service does`,
    properties: Object.entries(settings).flatMap(([name, value]) =>
      directiveValues(value).map((text) => `${name}=${text}`),
    ),
    pipe: 'pipe',
    command: [process.execPath, bundle, 'ask'],
  })
  const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] })
  let waiting: ((answer: Answer) => void) | undefined
  let text = ''
  let complaints = ''
  let over = false
  const fail = () => {
    over = true
    child.kill('SIGTERM')
    // What it has started reads on until there is no more.
    child.stdin.destroy()
    const why = complaints.trim() === '' ? '' : `: ${complaints.trim()}`
    waiting?.({ code: 0, problem: `it could not be asked ${how}${why}` })
  }
  child.on('error', fail)
  child.on('close', fail)
  child.stdin.on('error', fail)
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(0, MOST_COMPLAINTS)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    if (text.length > MOST_BYTES) fail()
    else if (text.endsWith('\n')) {
      const answer = parse(text)
      text = ''
      if (answer) waiting?.(answer)
      else fail()
    }
  })
  return {
    ask: (asked) =>
      new Promise((resolve) => {
        const timer = setTimeout(fail, asked.timeoutMs + START_MS)
        waiting = (answer) => {
          clearTimeout(timer)
          waiting = undefined
          resolve(answer)
        }
        if (over) fail()
        else child.stdin.write(`${JSON.stringify(asked)}\n`)
      }),
    end: () => {
      over = true
      child.stdin.end()
    },
  }
}

function parse(text: string): Answer | undefined {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
