import { join } from 'node:path'
import { SETUP_CHANGE, SETUP_MANUAL } from '../../contract/setup.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { listSetting, nixSettings } from '../nix-settings.js'
import type { Changes } from '../setup/changes.js'
import { readKeys } from './key-record.js'
import { isNixos } from './publish.js'

const DAEMON = 'nix-daemon.service'
/** What older versions wrote: trust in keys, each good for every path of the store. */
const OURS = /^(# Written by `slipway keys`\.|extra-trusted-public-keys = .*)\n?/gm

/** Takes out the trust that older versions had Nix put in keys for one service: with it they were as good as root. */
export async function retireSigningTrust(agent: Agent, changes: Changes, etc: string): Promise<void> {
  if (await isNixos(etc)) return declared(agent, changes)
  const path = join(etc, 'nix/slipway.conf')
  const text = await readText(path)
  if (text === undefined || text.replace(OURS, '') === text) return
  if (!changes.change(SETUP_CHANGE.signingTrust)) return
  const rest = text.replace(OURS, '')
  const conf = join(etc, 'nix/nix.conf')
  const settings = (await readText(conf)) ?? ''
  const without = settings
    .split('\n')
    .filter((line) => line !== `!include ${path}`)
    .join('\n')
  // What somebody has added stays, and stays included.
  if (rest.trim() !== '') await agent.files.rewrite(path, rest)
  else {
    await agent.files.remove(path)
    if (without !== settings) await agent.files.rewrite(conf, without)
  }
  await restartDaemon(agent)
}

/** NixOS is declared, not changed. */
async function declared(agent: Agent, { manual }: Changes): Promise<void> {
  const signing = (await readKeys(agent)).flatMap(({ record }) => record.signing ?? [])
  if (signing.length === 0) return
  const trusted = new Set(listSetting(await nixSettings(agent), 'trusted-public-keys'))
  const still = [...new Set(signing)].filter((key) => trusted.has(key))
  if (still.length > 0) manual(SETUP_MANUAL.signingTrust(still))
}

/** It reads its settings when it starts; builds under way go on. */
async function restartDaemon(agent: Agent): Promise<void> {
  try {
    if ((await agent.systemd.unit(DAEMON)).active !== 'active') return
    const result = await agent.systemd.restart(DAEMON)
    if (result !== 'done') agent.log.warning(`${DAEMON} could not be restarted: ${result}`)
  } catch (error) {
    agent.log.warning(`${DAEMON} could not be restarted: ${String(error)}`)
  }
}
