import assert from 'node:assert/strict'
import type { Others } from '../../../../src/agent/access/policy/others.js'
import { checkApply } from '../../../../src/agent/access/policy/policy.js'
import type { Grant, Rights } from '../../../../src/agent/access/rights.js'
import { type ApplyRequest, applySchema } from '../../../../src/contract/activation.js'
import type { Manifest } from '../../../../src/contract/release.js'
import type { Program, Service } from '../../../../src/contract/service.js'
import type { Service as ServiceInput } from '../../../../src/index.js'
import { manifestOf } from '../../../../src/plan/manifest.js'
import { picksPorts } from '../../../../src/release/listen.js'
import { app, ingredients } from '../../../release/samples.js'

export const PORTS = [20_000, 20_001] as const

/** A release of `web` as its config makes it. */
export function made(fields: Partial<ServiceInput> = {}): Manifest {
  const service = app({ listen: 'port', routes: ['http://example.com'], ...fields })
  const ports = picksPorts(service.listen) ? PORTS : undefined
  return manifestOf(service, ingredients({ ports }))
}

/** What a deployer asks for with release 2 of `web`. */
export function asking(manifest: Manifest, changes: Partial<ApplyRequest> = {}): ApplyRequest {
  return {
    id: '0123456789abcdef',
    nonce: '0'.repeat(32),
    who: 'ann@laptop',
    what: 'deploy web',
    guard: { policy: 'each', activateMs: 240_000, confirmMs: 30_000, holdMs: 120_000, escalate: null },
    items: [{ kind: 'service', name: 'web', to: 2, expected: 1, action: 'deploy', hooks: true }],
    releases: [{ number: 2, manifest, closure: [{ path: manifest.package, bytes: 1 }], assets: null }],
    secrets: [],
    secretKeys: [],
    ...changes,
  }
}

export interface Circumstances {
  /** `DOMAIN PATH`. */
  routes?: string[]
  inherited?: Manifest | null
  others?: Others
}

export function grantsOf(routes: readonly string[]): Grant[] {
  return routes.map((route) => {
    const [domain = '', path = ''] = route.split(' ')
    return { domain, path }
  })
}

export function rightsTo(routes: readonly string[] = ['example.com /']): Rights {
  return {
    service: 'web',
    name: 'ci',
    services: [{ service: 'web', routes: grantsOf(routes) }],
    observe: false,
  }
}

/** What the policy says of a request that came over the wire. */
export function judge(
  request: ApplyRequest,
  { routes, inherited = null, others = [] }: Circumstances = {},
): string[] {
  const sent = applySchema.parse(JSON.parse(JSON.stringify(request)))
  const known = { inherited: new Map([['web', inherited]]), services: others }
  return checkApply(sent, rightsTo(routes), known)
}

export const judgeRelease = (manifest: Manifest, circumstances?: Circumstances) =>
  judge(asking(manifest), circumstances)

/** A release whose service is another than a config could make. */
export function forged(
  change: (service: Program) => Partial<Program>,
  fields: Partial<ServiceInput> = {},
): Manifest {
  const manifest = made(fields)
  const service: Service = manifest.service
  assert.ok(service.kind === 'service')
  return { ...manifest, service: { ...service, ...change(service) } }
}
