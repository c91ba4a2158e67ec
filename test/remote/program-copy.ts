import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, eachLine } from '../../src/remote/connection.js'
import { hostProgram } from '../../src/remote/program.js'

/** The host's real program, with folders of its own in place of a host's. */
export interface ProgramCopy {
  root: string
  /** Runs a script with all functions of the program at hand. */
  functions(script: string): Ended
  /** Runs a verb. */
  verb(args: string[], options?: { input?: string; env?: Record<string, string> }): Ended
  /** A connection over which commands run here, on the copy. */
  connection: Connection
  /** What systemctl was called with. */
  systemctl(): string[]
  remove(): void
}

export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** How the part begins that calls functions instead of making them. */
const VERBS = readFileSync(new URL('../../host/main.sh', import.meta.url), 'utf8')
  .split('\n', 1)
  .join()

export function copyProgram(): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-host-'))
  const root = join(folder, 'lib')
  const program = join(folder, 'program')
  const calls = join(folder, 'systemctl-calls')
  const text = hostProgram()
    .text.replace(/^ROOT=.*$/m, `ROOT=${root}`)
    .replace(/^RUN=.*$/m, `RUN=${folder}/run`)
  mkdirSync(join(root, 'guards'), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  writeFileSync(program, text)
  writeFileSync(join(folder, 'functions'), text.slice(0, text.indexOf(VERBS)))
  // This machine's systemd is not the program's to touch.
  writeFileSync(join(folder, 'bin', 'systemctl'), `#!/bin/sh\necho "$*" >>${calls}\n`)
  chmodSync(join(folder, 'bin', 'systemctl'), 0o755)
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`

  /** Output goes to files: what runs on in the background would keep a pipe open. */
  const run = (args: string[], options: { input?: string; env?: Record<string, string> } = {}): Ended => {
    const files = [join(folder, 'stdout'), join(folder, 'stderr')] as const
    const [output, errors] = files.map((path) => openSync(path, 'w'))
    const { status } = spawnSync('sh', args, {
      stdio: ['pipe', output, errors],
      input: options.input ?? '',
      env: { ...process.env, PATH, ...options.env },
    })
    for (const file of [output, errors]) if (file !== undefined) closeSync(file)
    const [stdout, stderr] = files.map((path) => readFileSync(path, 'utf8'))
    return { status, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
  return {
    root,
    functions: (script) => run(['-c', `. ${folder}/functions\n${script}`]),
    verb: (args, options) => run([program, ...args], options),
    connection: {
      host: 'here',
      destination: 'here',
      become: ['env'],
      sshOptions: () => [],
      close: () => {},
      run: async (command, { input, onLine, holdInput } = {}) => {
        const here = command.replaceAll(hostProgram().path, program)
        const child = spawn('sh', ['-c', here], { env: { ...process.env, PATH } })
        const output = { stdout: '', stderr: '' }
        for (const name of ['stdout', 'stderr'] as const) {
          child[name].on('data', (data) => {
            output[name] += data
          })
        }
        if (onLine) eachLine(child.stdout, (line) => onLine(line, (reply) => child.stdin.end(reply)))
        if (input !== undefined) child.stdin.write(input)
        if (!holdInput) child.stdin.end()
        const exitCode = await new Promise<number>((resolve) =>
          child.once('close', (code) => resolve(code ?? 1)),
        )
        return { exitCode, ...output }
      },
    },
    systemctl: () => (existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').filter(Boolean) : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** An item of a guard: its state, and the lines of its record. */
export interface GuardItem {
  state?: string
  record?: string[]
}

/** Writes an activation's guard, as `apply` and `run` leave it. */
export function writeGuard(
  copy: ProgramCopy,
  id: string,
  items: Record<string, GuardItem>,
  files: Record<string, string> = {},
): GuardFolder {
  const path = join(copy.root, 'guards', id)
  mkdirSync(join(path, 'items'), { recursive: true })
  const all = {
    request: Object.keys(items)
      .map((name) => `probe ${name}\n`)
      .join(''),
    settings: 'policy=each\nactivate=240\nconfirm=30\n',
    nonce: 'n0nce\n',
    who: 'ann@laptop\n',
    what: 'deploy probe\n',
    connection: '192.0.2.1 50000 192.0.2.2 22\n',
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'),
    events: '',
    ...files,
  }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(path, name), text)
  for (const [name, { state, record }] of Object.entries(items)) {
    const item = join(path, 'items', name)
    mkdirSync(item)
    if (record) writeFileSync(join(item, 'item'), record.map((line) => `${line}\n`).join(''))
    if (state) writeFileSync(join(item, `state-${state}`), '')
  }
  return guardFolder(path)
}

/** A guard on disk. */
export interface GuardFolder {
  path: string
  exists(): boolean
  /** The states of an item: one, unless something is wrong. */
  states(item: string): string[]
  /** What was told, as `item step detail`. */
  events(): string[]
}

function guardFolder(path: string): GuardFolder {
  return {
    path,
    exists: () => existsSync(path),
    states: (item) =>
      readdirSync(join(path, 'items', item))
        .filter((name) => name.startsWith('state-'))
        .map((name) => name.slice('state-'.length)),
    events: () =>
      readFileSync(join(path, 'events'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const event = JSON.parse(line) as { item?: string; step?: string; detail?: string; end?: true }
          return event.end ? 'end' : `${event.item} ${event.step} ${event.detail}`
        }),
  }
}
