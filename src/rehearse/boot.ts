import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { SlipwayError } from '../errors.js'
import { createCgroups } from './cgroup.js'
import { BRIDGE, machineName } from './network.js'
import { hostPaths, TOOLCHAINS } from './paths.js'
import { childrenOf, isRunning, type ProcessId, signal, waitForEnd } from './process.js'
import type { HostRecord } from './record.js'
import { readProcessFile, SUPERVISOR } from './supervisor.js'

/** From starting the supervisor to its having recorded itself. */
const START_LIMIT_MS = 10_000
const START_POLL_MS = 5
/** The kernel ends the processes of a killed host at once, unless one hangs in a system call. */
const KILL_LIMIT_MS = 30_000

/** Whether systemd runs this machine; then nspawn puts each host into a scope of its own. */
const MACHINE_HAS_SYSTEMD = existsSync('/run/systemd/system')

/** The arguments of systemd-nspawn for a host. */
export function nspawnArguments(record: HostRecord, machineHasSystemd: boolean): string[] {
  const { merged, varLib } = hostPaths(record.name)
  return [
    '--quiet',
    '--register=no',
    ...(machineHasSystemd ? [] : ['--keep-unit']),
    `--machine=${machineName(record.address)}`,
    `--hostname=${record.name}`,
    `--directory=${merged}`,
    `--bind=${varLib}:/var/lib`,
    `--network-bridge=${BRIDGE}`,
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=pipe',
    ...(record.toolchain ? [`--bind-ro=${TOOLCHAINS}`] : []),
    '--boot',
  ]
}

/** The process that runs the host, or undefined if the host is down. */
export async function runningProcess(name: string): Promise<ProcessId | undefined> {
  const id = await readProcessFile(hostPaths(name).process)
  return id && (await isRunning(id)) ? id : undefined
}

/** Starts the host, whose disk is mounted, so that it outlives this process. */
export async function start(record: HostRecord): Promise<ProcessId> {
  const paths = hostPaths(record.name)
  const cgroups = MACHINE_HAS_SYSTEMD ? [] : await createCgroups(machineName(record.address))
  await rm(paths.process, { force: true })
  const supervisor = execa(
    'sh',
    [
      '-c',
      SUPERVISOR,
      'slipway-rehearse',
      paths.process,
      paths.console,
      'systemd-nspawn',
      ...nspawnArguments(record, MACHINE_HAS_SYSTEMD),
    ],
    {
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdio: 'ignore',
      // Services in the host have cgroups of their own, also where this machine still has version 1.
      env: { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1', CGROUPS: cgroups.join(' ') },
      cwd: '/',
    },
  )
  supervisor.unref()
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const id = await readProcessFile(paths.process)
    if (id) return id
    if (Date.now() >= deadline) throw await bootError(record, 'its supervisor did not start')
    await sleep(START_POLL_MS)
  }
}

/** Asks the host to shut down. False if it still runs after the limit. */
export async function shutDown(id: ProcessId, limitMs: number): Promise<boolean> {
  await signal(id, 'SIGTERM')
  return await waitForEnd(id, limitMs)
}

/** Ends every process of the host at once. */
export async function kill(id: ProcessId): Promise<void> {
  const all = await freeze(id)
  for (const one of all) await signal(one, 'SIGKILL')
  for (const one of all) {
    if (await waitForEnd(one, KILL_LIMIT_MS)) continue
    throw new SlipwayError({
      what: `Process ${one.pid} of a throwaway host does not end`,
      why: `It was killed ${KILL_LIMIT_MS / 1000} s ago, so the kernel is waiting for something on its behalf`,
    })
  }
}

/**
 * The supervisor, nspawn and the host's PID 1, with which the kernel ends the whole host. Each is stopped
 * before its children are listed, so that it cannot start another one in between.
 */
async function freeze(supervisor: ProcessId): Promise<ProcessId[]> {
  const all = [supervisor]
  let generation = [supervisor]
  for (let depth = 0; depth < DEPTH; depth++) {
    for (const one of generation) await signal(one, 'SIGSTOP')
    generation = (await Promise.all(generation.map(childrenOf))).flat()
    all.push(...generation)
  }
  return all
}

/** Generations of processes below the supervisor, down to PID 1 of the host. */
const DEPTH = 2

/** Why a host did not boot, with the end of what it printed. */
export async function bootError(record: HostRecord, why: string): Promise<SlipwayError> {
  const { console } = hostPaths(record.name)
  const text = await readFile(console, 'utf8').catch(() => '')
  const end = text.trimEnd().split('\n').slice(-CONSOLE_LINES)
  return new SlipwayError({
    what: `The host ${record.name} did not boot`,
    why: [why, ...end].join('\n'),
    next: `Read ${console}, or start afresh: slipway rehearse down ${record.name}`,
  })
}

/** What went wrong at boot is among the last lines on the console. */
const CONSOLE_LINES = 10
