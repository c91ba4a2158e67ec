import assert from 'node:assert/strict'
import { type Activation, NO_SECRETS, systemItem } from '../../../src/engine/activation/activation.js'
import { type Service, service } from '../../../src/index.js'
import { planHost } from '../../../src/plan/plan.js'
import { isUnprivileged } from '../../../src/release/privileges.js'
import { app, box, builds, built, report, SYSTEM } from '../../plan/samples.js'

export const GUARD = { activateMs: 240_000, confirmMs: 30_000, urlMs: 5000, escalate: null }

/** An activation of release 4 of `web`, where 3 serves; with some fields of its own. */
export function activationOf(own: Partial<Activation> = {}, fields: Partial<Service> = {}): Activation {
  const web = app(fields)
  const [plan] = planHost('nixie', builds(built(web)), report(), 'ann@laptop').services
  assert.ok(plan)
  const { manifest, closure } = plan
  return {
    items: [
      {
        item: { kind: 'service', name: 'web', to: 4, expected: 3, action: 'deploy', hooks: true },
        from: 3,
        unprivileged: isUnprivileged(manifest.service),
      },
    ],
    releases: [{ number: 4, manifest, closure, assets: null }],
    secrets: NO_SECRETS,
    what: 'deploy web',
    guard: GUARD,
    ...own,
  }
}

/** An activation of the next generation of `box`. */
export function systemActivation(own: Partial<Activation> = {}): Activation {
  const next = { to: SYSTEM.next, from: 7, action: 'deploy', generation: null, mode: 'switch' } as const
  return { ...activationOf(), releases: [], items: [systemItem(box(), next)], what: 'deploy box', ...own }
}

export { service }
