import { dirname } from 'node:path'
import { CallFailed, failed, type Holder } from '../../contract/failure.js'
import { bundleHash } from '../../wire/bundle-hash.js'
import { isTurn, type Turns } from '../activation/turns.js'
import type { Agent } from '../agent.js'
import { systemdRun } from '../systemd/systemd-run.js'
import { failedUpgrade, forgetFailedUpgrade } from './failed-upgrade.js'
import type { OwnBundle } from './own-bundle.js'
import { bundlePath } from './versions.js'

/** The largest bundle that is taken; today's have a twentieth of it. */
const MAX_BUNDLE_BYTES = 32 * 1024 * 1024
/** Longer than a swap takes that tries a version and goes back. */
const SWAP_MS = 180_000
/** Only one at a time. */
const SWAP_UNIT = 'slipway-agent-swap'

/** Another version of the agent, as it comes. */
export interface BroughtVersion {
  hash: string
  bytes: AsyncIterable<Uint8Array>
}

export interface UpgradeParts {
  own: OwnBundle
  turns: Turns
  /** Who brings it. */
  who: string
}

/**
 * Has another version of the agent take this one's place: where that goes well, this process ends before this does. Nobody
 * else works on the host meanwhile.
 */
export async function upgrade(
  agent: Agent,
  { hash, bytes }: BroughtVersion,
  { own, turns, who }: UpgradeParts,
): Promise<void> {
  if (own.hash === hash) return
  if (own.declared) {
    throw failed("the agent is part of this host's NixOS configuration", {
      next: 'Bring the input slipway of that configuration to this version, and switch to it',
    })
  }
  const bundle = await received(bytes)
  if (bundleHash(bundle) !== hash) throw failed('the agent did not arrive whole')
  const turn = await turns.take(upgrading(who))
  if (!isTurn(turn)) throw new CallFailed({ kind: 'locked', holder: turn })
  try {
    await forgetFailedUpgrade(agent)
    await agent.files.makeFolder(dirname(bundlePath(agent, hash)))
    await agent.files.write(bundlePath(agent, hash), bundle)
    const { code, stderr } = await agent.run(swapCommand(own, hash), { timeoutMs: SWAP_MS })
    // A swap ends this process, unless it did not come to that.
    const why = (await failedUpgrade(agent))?.why ?? stderr.trim()
    throw failed('the new version of the agent could not be tried', { why: why || `It ended with ${code}.` })
  } finally {
    turn.end()
  }
}

async function received(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.byteLength
    if (size > MAX_BUNDLE_BYTES) throw failed('what was sent is too large to be an agent')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function upgrading(who: string): Holder {
  const since = Math.floor(Date.now() / 1000)
  return { id: SWAP_UNIT, who, what: 'bring another version of the agent', since }
}

/** In a unit of its own, which outlives this process. */
function swapCommand({ path }: OwnBundle, hash: string): string[] {
  return systemdRun({
    unit: SWAP_UNIT,
    description: 'slipway: tries another version of its agent',
    properties: ['SyslogIdentifier=slipway', 'Restart=on-failure', 'RestartSec=1'],
    wait: true,
    command: [process.execPath, path, 'swap', hash],
  })
}
