import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withinShare } from '../../../../src/agent/access/policy/policy.js'
import type { ApplyRequest, Item } from '../../../../src/contract/activation.js'
import type { Manifest } from '../../../../src/contract/release.js'
import { PACKAGE } from '../../../release/samples.js'
import { asking, forged, judge, judgeRelease, made } from './samples.js'

const ITEM = { kind: 'service', name: 'web', to: 2, expected: 1, action: 'deploy', hooks: true } as const
const SYSTEM: Item = {
  ...{ kind: 'system', name: 'web', to: PACKAGE, action: 'deploy', generation: null, mode: 'switch' },
  ...{ user: 'root', profile: null, profileName: 'system', confirm: true, revert: true },
}
const secret = (service: string) => ({ service, name: 'TOKEN', version: 'aa', value: 'eA==' })

describe('what a key asks for', () => {
  const [release] = asking(made()).releases
  assert.ok(release)
  const blog: Manifest = { ...made(), service: { ...made().service, name: 'blog' } }
  const guard = asking(made()).guard
  const cases: [string, Partial<ApplyRequest>, RegExp][] = [
    [
      'another service',
      { items: [{ ...ITEM, name: 'blog' }] },
      /^this key deploys web, and does nothing else$/,
    ],
    ['two services', { items: [ITEM, { ...ITEM, name: 'blog' }] }, /does nothing else/],
    ['its own service twice', { items: [ITEM, ITEM] }, /does nothing else/],
    ['a system', { items: [SYSTEM] }, /does nothing else/],
    ['nothing', { items: [] }, /does nothing else/],
    ['another number than it brings', { items: [{ ...ITEM, to: 3 }] }, /brings another release/],
    ['two releases', { releases: [release, { ...release, number: 3 }] }, /brings another release/],
    ['the same release twice', { releases: [release, release] }, /brings another release/],
    ["another service's release", { releases: [{ ...release, manifest: blog }] }, /brings another release/],
    ["another service's secret", { secrets: [secret('web'), secret('blog')] }, /secrets of another service/],
    ["another service's key", { secretKeys: [{ service: 'blog', key: 'ab' }] }, /secrets of another service/],
    ['many secrets', { secrets: Array.from({ length: 65 }, () => secret('web')) }, /more secrets than/],
    ['a canary of no share', { items: [{ ...ITEM, action: 'canary' }] }, /only a canary has a share/],
    ['a share of a deploy', { items: [{ ...ITEM, percent: 5 }] }, /only a canary has a share/],
    ['a name that moves the cursor', { who: 'ann\r' }, /does not say in one line/],
    ['a purpose of two lines', { what: 'deploy\nweb' }, /does not say in one line/],
    ['a purpose with an escape code', { what: 'deploy \u009b2J' }, /does not say in one line/],
    ['hours for an activation', { guard: { ...guard, activateMs: 9_999_000 } }, /may take 900 s at most/],
    ['hours for a confirmation', { guard: { ...guard, confirmMs: 9_999_000 } }, /may take 120 s at most/],
    ['hours for other hosts', { guard: { ...guard, holdMs: 9_999_000 } }, /waited for 120 s at most/],
    [
      'a reboot',
      { guard: { ...guard, escalate: { networkMs: 1, units: null, rebootMs: 1 } } },
      /network is not its to restart/,
    ],
  ]
  for (const [name, changes, line] of cases) {
    it(`is not ${name}`, () => assert.match(judge(asking(made(), changes))[0] ?? 'nothing', line))
  }

  it('is without what the config says of the network', () => {
    const escalate = { networkMs: 1, units: ['sshd.service'], rebootMs: 1 }
    const request = asking(made(), { guard: { ...guard, escalate } })
    assert.deepEqual(judge(withinShare(request)), [])
  })

  it('keeps nobody waiting for other hosts for longer than for a confirmation', () => {
    const request = withinShare(asking(made(), { guard: { ...guard, holdMs: 900_000 } }))
    assert.equal(request.guard.holdMs, 120_000)
    assert.deepEqual(judge(request), [])
  })

  it('is told at most 20 problems', () => {
    const routes = Array.from({ length: 50 }, (_, at) => `http://example.org/${at}/`)
    assert.equal(judgeRelease(made({ routes })).length, 20)
  })
})

describe('what a release says of itself', () => {
  const saying = (change: Partial<Manifest>) => judgeRelease({ ...made(), ...change })[0] ?? 'nothing'

  it('is a package, and who made it from what', () => {
    assert.match(saying({ package: `${PACKAGE}.drv` }), /that is no package/)
    assert.match(saying({ by: '\u001b[2J' }), /that is nobody: \(not printable\)/)
    assert.match(saying({ by: 'root (key admin)' }), /that is nobody: root \(key admin\)/)
    assert.match(saying({ commit: { id: '\r0123', dirty: false } }), /its commit is none/)
    assert.match(saying({ commit: { id: '', dirty: false } }), /its commit is none/)
    assert.match(saying({ program: '' }), /its program has no name/)
    assert.match(saying({ program: 'app\nUser=root' }), /its program has no name/)
  })

  it('names no secret that its service does not', () =>
    assert.match(saying({ secrets: { TOKEN: 'aa' } }), /a secret that its service does not name/))

  it('is not without end', () => {
    const env = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`A${at}`, 'x'.repeat(60_000)]))
    assert.deepEqual(judgeRelease(forged(() => ({ env }))), ['its release.json is too long'])
    const [release] = asking(made()).releases
    assert.ok(release)
    const closure = Array.from({ length: 20_001 }, () => ({ path: PACKAGE, bytes: 1 }))
    assert.match(
      judge(asking(made(), { releases: [{ ...release, closure }] }))[0] ?? '',
      /more than 20000 paths/,
    )
    assert.match(judgeRelease(made({ keep: 1000 }))[0] ?? '', /keeps more than 100 releases/)
    assert.deepEqual(judgeRelease(made({ keep: 1000 }), { inherited: made({ keep: 1000 }) }), [])
  })

  it('has ports only where it listens on them', () => {
    const ports = (given: Manifest['ports'], listen: 'port' | 'unix' = 'port') =>
      judgeRelease({ ...made({ listen }), ports: given })[0] ?? 'nothing'
    assert.match(ports(null), /does not say on which two ports/)
    assert.match(ports([20_000, 20_000]), /does not say on which two ports/)
    assert.match(ports([22, 20_000]), /port 22 is none that slipway picks/)
    assert.match(ports([20_000, 20_001], 'unix'), /ports that it does not listen on/)
  })
})

describe('a package that a variable names', () => {
  const content = `/nix/store/${'1'.repeat(32)}-content`
  const withContent = (path = content, value = path) => {
    const manifest = made({ env: { CONTENT: value } })
    return { ...manifest, envPackages: { CONTENT: path } }
  }

  it('is not a key’s to bring, unless an administrator has', () => {
    assert.deepEqual(judgeRelease(withContent()), ['the package of its variable CONTENT is not its to bring'])
    assert.deepEqual(judgeRelease(withContent(), { inherited: withContent() }), [])
    const other = `/nix/store/${'2'.repeat(32)}-content`
    assert.deepEqual(judgeRelease(withContent(other), { inherited: withContent() }), [
      'the package of its variable CONTENT is not its to bring',
    ])
  })

  it('is what the variable says', () => {
    assert.deepEqual(judgeRelease(withContent(content, '/etc'), { inherited: withContent() }), [
      'its variable CONTENT is not the package that it says',
    ])
  })
})
