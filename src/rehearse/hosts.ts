import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SlipwayError, usageError } from '../errors.js'
import { kill, runningProcess, shutDown, start } from './boot.js'
import { removeCgroups } from './cgroup.js'
import { deleteDisk, furnishDisk, mountDisk, unmountDisk } from './disk.js'
import { ensureImage, imagePath } from './image.js'
import { withLock } from './lock.js'
import { waitForLogin } from './login.js'
import { ensureBridge, freeAddress, machineName, removeBridge, removeInterface } from './network.js'
import { hostPaths, TOOLCHAINS } from './paths.js'
import type { ProcessId } from './process.js'
import {
  type HostRecord,
  type ImageKind,
  readRecord,
  readRecords,
  requireName,
  requireRecord,
  writeRecord,
} from './record.js'
import { requireLinuxRoot, requirePackages } from './requirements.js'
import { killResidents } from './residents.js'

/** A host as `slipway rehearse list` shows it. */
export interface RehearsalHost {
  name: string
  address: string
  image: ImageKind
  running: boolean
  /** When it was last booted, or created if it never was; ISO 8601. */
  since: string
}

/** What {@link up} may be told. */
export interface UpOptions {
  /** Default: `ready`, or what the host has if it exists. */
  image?: ImageKind
  /** Not supported: nothing could enforce it on machines that do not delegate cgroups. */
  memory?: never
  /** Told what takes long. */
  log?: (line: string) => void
  /** Bind the offline toolchain into the host, read-only. Default: false, or as at its last boot. */
  toolchain?: boolean
}

/** What {@link down} may be told. */
export interface DownOptions {
  /** Keep the disk, so that `up` boots it again. Default: false. */
  keep?: boolean
}

/** systemd gives a service 90 s to stop; its files are worth waiting for when they are kept. */
const STOP_LIMIT_KEEP_MS = 100_000
/** Long enough for any service that stops at all, when the files go anyway. */
const STOP_LIMIT_MS = 10_000

/** Creates the host, or boots it if it is down; returns when root can log in and systemd is up. */
export async function up(name: string, options: UpOptions = {}): Promise<RehearsalHost> {
  requireName(name)
  requireLinuxRoot()
  await requirePackages()
  return await withLock(`host-${name}`, () => upLocked(name, options), options.log)
}

async function upLocked(name: string, options: UpOptions): Promise<RehearsalHost> {
  const log = options.log ?? (() => {})
  const existing = await readRecord(name)
  if (existing && options.image && existing.image !== options.image) throw otherImage(existing, options.image)
  const toolchain = options.toolchain ?? existing?.toolchain ?? false
  if (toolchain) requireToolchain()

  const record = existing ?? (await create(name, options.image ?? 'ready'))
  let id = await runningProcess(name)
  if (id) {
    if (toolchain && !record.toolchain) throw withoutToolchain(record)
  } else {
    try {
      await ensureImage(record.image, record.lower, log)
    } catch (error) {
      if (!existing) await remove(name)
      throw error
    }
    log(`Booting ${name}`)
    id = await boot({ ...record, toolchain })
  }
  await waitForLogin(record, id)
  return await describe(record)
}

async function boot(record: HostRecord): Promise<ProcessId> {
  // There is something to release if the machine or slipway crashed.
  await release(record)
  await writeRecord(record)
  await mountDisk(record)
  await furnishDisk(record)
  await withLock('network', ensureBridge)
  return await start(record)
}

/** Whether the host was made, be it down or up. */
export async function exists(name: string): Promise<boolean> {
  requireName(name)
  return (await readRecord(name)) !== undefined
}

/** Every host, by name. */
export async function list(): Promise<RehearsalHost[]> {
  requireLinuxRoot()
  return await Promise.all((await readRecords()).map(describe))
}

/** Shuts the host down, and deletes its disk unless told to keep it. */
export async function down(name: string, options: DownOptions = {}): Promise<void> {
  requireLinuxRoot()
  requireName(name)
  const keep = options.keep ?? false
  await withLock(`host-${name}`, async () => {
    const record = await requireRecord(name)
    const id = await runningProcess(name)
    if (id && !(await shutDown(id, keep ? STOP_LIMIT_KEEP_MS : STOP_LIMIT_MS))) await kill(id)
    await release(record)
    if (!keep) await remove(name)
  })
}

/** Stops the host as a power cut would: nothing in it gets to run another instruction. Keeps its disk. */
export async function powerOff(name: string): Promise<void> {
  requireLinuxRoot()
  requireName(name)
  await withLock(`host-${name}`, async () => {
    const record = await requireRecord(name)
    const id = await runningProcess(name)
    if (id) await kill(id)
    await release(record)
  })
}

async function create(name: string, image: ImageKind): Promise<HostRecord> {
  const lower = await imagePath(image)
  return await withLock('network', async () => {
    const taken = (await readRecords()).map((record) => record.address)
    const created = new Date().toISOString()
    const record: HostRecord = { name, address: freeAddress(taken), image, lower, created, toolchain: false }
    await writeRecord(record)
    return record
  })
}

/** Gives back what a host that has stopped, in whatever way, held on this machine. */
async function release(record: HostRecord): Promise<void> {
  await killResidents(record.name)
  await removeInterface(record.address)
  await removeCgroups(machineName(record.address))
  await unmountDisk(record.name)
}

async function remove(name: string): Promise<void> {
  await withLock('network', async () => {
    await deleteDisk(name)
    if ((await readRecords()).length === 0) await removeBridge()
  })
}

async function describe(record: HostRecord): Promise<RehearsalHost> {
  const running = (await runningProcess(record.name)) !== undefined
  const booted = await stat(hostPaths(record.name).process).catch(() => undefined)
  const since = booted ? booted.mtime.toISOString() : record.created
  return { name: record.name, address: record.address, image: record.image, running, since }
}

function requireToolchain(): void {
  if (existsSync(TOOLCHAINS)) return
  throw new SlipwayError({
    what: 'The offline toolchain cannot be bound into the host: it has not been made',
    why: `${TOOLCHAINS} does not exist`,
  })
}

function otherImage(record: HostRecord, wanted: ImageKind): SlipwayError {
  return usageError({
    what: `The host ${record.name} exists, with the ${record.image} image instead of the ${wanted} one`,
    next: `slipway rehearse down ${record.name}, then up again; or choose another name`,
  })
}

function withoutToolchain(record: HostRecord): SlipwayError {
  const { name } = record
  return usageError({
    what: `The host ${name} runs without the offline toolchain`,
    next: `slipway rehearse down ${name} --keep, then slipway rehearse up ${name} --toolchain`,
  })
}
