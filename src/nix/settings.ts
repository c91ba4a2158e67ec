import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { planBuild, readSettings, systemsOf } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'
import { type BuildSettings, builderEntries, builderSystems, missingFor, platformError } from './platform.js'

/** Where Linux tells how programs of other processors are run. */
const BINFMT = '/proc/sys/fs/binfmt_misc'

/**
 * Looks whether this machine can build what derivations need, before it tries.
 * @throws SlipwayError that says what is missing.
 */
export async function checkPlatform(
  nix: NixRunner,
  packages: readonly { name: string; drv: string; system: string | null }[],
): Promise<void> {
  const foreign = packages.flatMap(({ system, ...package_ }) =>
    system === null || system === ownSystem() ? [] : [{ ...package_, system }],
  )
  if (foreign.length === 0) return
  const settings = await buildSettings(nix)
  for (const { name, drv, system } of foreign) {
    const why = settings && missingFor(system, settings)
    // What is there already, or in a cache, needs no builder.
    if (why && (await needsBuilding(nix, drv, system))) throw platformError(name, system, why)
  }
}

/** This machine, as Nix calls it. */
export function ownSystem(): string {
  const processor = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch
  return `${processor}-${process.platform}`
}

async function needsBuilding(nix: NixRunner, drv: string, system: string): Promise<boolean> {
  const planned = await nix.run(planBuild(drv))
  const needed = [...planned.stderr.matchAll(/^\s+(\/\S+\.drv)$/gm)].map(([, path = '']) => path)
  if (planned.exitCode !== 0 || needed.length === 0) return false
  const { stdout } = await nix.run(systemsOf(needed))
  return stdout.split('\n').includes(system)
}

type Settings = Record<string, { value: unknown } | undefined>

async function nixSettings(nix: NixRunner): Promise<Settings | undefined> {
  for (const command of readSettings()) {
    const { exitCode, stdout } = await nix.run(command)
    if (exitCode === 0) return JSON.parse(stdout) as Settings
  }
  return undefined
}

async function buildSettings(nix: NixRunner): Promise<BuildSettings | undefined> {
  const settings = await nixSettings(nix)
  if (!settings) return undefined
  const system = String(settings.system?.value ?? ownSystem())
  const lines = await expand(String(settings.builders?.value ?? ''))
  return {
    system,
    extraPlatforms: (settings['extra-platforms']?.value ?? []) as string[],
    builderSystems: builderSystems(lines, system),
    emulated: await emulatedProcessors(),
  }
}

/**
 * How many derivations to build at once, where they should run side by side: as Nix is set, but one for each
 * processor, and two at least, where it has its default, which is one at a time.
 */
export async function parallelJobs(nix: NixRunner): Promise<number | undefined> {
  const jobs = (await nixSettings(nix))?.['max-jobs']?.value
  return jobs === 1 ? Math.max(2, availableParallelism()) : undefined
}

/** Files that `@` names; one that is missing has no builders. */
async function expand(text: string): Promise<string[]> {
  const lines = builderEntries(text).map(async (entry) =>
    entry.startsWith('@') ? expand(await readFile(entry.slice(1), 'utf8').catch(() => '')) : [entry],
  )
  return (await Promise.all(lines)).flat()
}

/** The processors of enabled entries: Debian's are called `qemu-aarch64`, those of NixOS `aarch64-linux`. */
async function emulatedProcessors(): Promise<string[] | null> {
  const names = await readdir(BINFMT).catch((): string[] => [])
  if (!names.includes('status')) return null
  const found = names.map(async (name) => {
    const text = await readFile(join(BINFMT, name), 'utf8').catch(() => '')
    return text.startsWith('enabled\ninterpreter') ? [name.replace(/^qemu-|-linux$/g, '')] : []
  })
  return (await Promise.all(found)).flat()
}
