import { realpath, stat } from 'node:fs/promises'
import { failed } from '../../contract/failure.js'
import type { HostFacts } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { nixSettings } from '../nix-settings.js'
import { onPath } from './on-path.js'

export type NixFacts = Pick<HostFacts, 'nix' | 'nixStore' | 'nixFeatures'>

/** Tells what Nix the host has. Its version is asked for once for each program: that takes longer than the rest. */
export function createNixFacts(agent: Agent, path?: string): (settings: boolean) => Promise<NixFacts> {
  let known: { key: string; version: string } | undefined
  return async (settings) => {
    const nixStore = await onPath('nix-store', path)
    if (nixStore === undefined) return { nix: null, nixStore: null, nixFeatures: '' }
    const program = await realpath(nixStore)
    const key = `${program} ${(await stat(program)).mtimeMs}`
    if (known?.key !== key) known = { key, version: await versionOf(agent, nixStore) }
    return { nix: known.version, nixStore, nixFeatures: settings ? await features(agent) : '' }
  }
}

async function versionOf(agent: Agent, nixStore: string): Promise<string> {
  const version = (await answer(agent, [nixStore, '--version'])).trim().split(' ').at(-1)
  if (!version) throw failed(`${nixStore} does not tell its version`)
  return version
}

async function features(agent: Agent): Promise<string> {
  return (await nixSettings(agent)).get('experimental-features') ?? ''
}

async function answer(agent: Agent, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr, timedOut } = await agent.run(argv)
  if (code === 0) return stdout
  throw failed(`${argv.join(' ')} failed`, {
    why: timedOut ? 'it did not answer in time' : stderr.trim(),
    next: 'see whether Nix works on the host: its settings in /etc/nix/nix.conf may be wrong',
  })
}
