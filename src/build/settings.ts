import { readdir, readFile } from 'node:fs/promises'
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
  packages: readonly { name: string; drv: string; system: string }[],
): Promise<void> {
  const foreign = packages.filter(({ system }) => system !== ownSystem())
  if (foreign.length === 0) return
  const settings = await buildSettings(nix)
  for (const { name, drv, system } of foreign) {
    const why = settings && missingFor(system, settings)
    // What is there already, or in a cache, needs no builder.
    if (why && (await needsBuilding(nix, drv, system))) throw platformError(name, system, why)
  }
}

/** This machine, as Nix calls it. */
function ownSystem(): string {
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

async function buildSettings(nix: NixRunner): Promise<BuildSettings | undefined> {
  for (const command of readSettings()) {
    const result = await nix.run(command)
    if (result.exitCode !== 0) continue
    const settings = JSON.parse(result.stdout) as Record<string, { value: unknown } | undefined>
    const system = String(settings.system?.value ?? ownSystem())
    const lines = await expand(String(settings.builders?.value ?? ''))
    return {
      system,
      extraPlatforms: (settings['extra-platforms']?.value ?? []) as string[],
      builderSystems: builderSystems(lines, system),
      emulated: await emulatedProcessors(),
    }
  }
  return undefined
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
