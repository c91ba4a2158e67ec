import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planText } from '../../../src/cli/text/plan-text.js'
import type { SystemMode } from '../../../src/contract/activation.js'
import { planHost } from '../../../src/plan/plan.js'
import {
  app,
  boxReport,
  builds,
  built,
  builtBox,
  facts,
  manifestOf,
  report,
  SYSTEM,
  serving,
  staticSite,
  unit,
} from '../../plan/samples.js'

const BY = 'ann@laptop'
const NEXT_PACKAGE = '/nix/store/zyxwvsrqpnmlkjihgfdcba9876543210-app-1.1'

describe('planText', () => {
  it('shows what is new', () => {
    const web = app({
      listen: 'port',
      routes: ['http://example.com', 'http://example.com/app'],
      timers: { nightly: { run: 'clean', calendar: 'daily' } },
    })
    const blog = { ...staticSite({ routes: ['http://blog.example'] }), name: 'blog' }
    assert.equal(
      planText([planHost('nixie', builds(built(web), built(blog)), report(), BY)]),
      `nixie
  + web: new, release 1 → http://example.com, http://example.com/app
      package 012345…-app-1.0 (2 paths, 3.1 KiB)
      units web@.service, web-nightly.service, web-nightly.timer
  + blog: new, release 1 → http://blog.example
      package 012345…-app-1.0 (2 paths, 3.1 KiB)
`,
    )
  })

  it('says which environment it is of', () => {
    const text = planText([planHost('nixie', builds(built(app())), report(), BY)], 'staging')
    assert.equal(text.split('\n')[0], 'nixie, staging')
  })

  it('shows everything that changes', () => {
    const listen = { port: 3000 }
    const old = app({ listen, env: { A: '1', B: '1' }, routes: ['http://a.example'] })
    const next = app({ listen, env: { A: '2', C: '1' }, routes: ['http://b.example'], unit: { Nice: 1 } })
    const closure = [{ path: NEXT_PACKAGE, bytes: 2048 }]
    const item = built(next, { package: NEXT_PACKAGE, closure, assets: '0123456789abcdef' })
    assert.equal(
      planText([planHost('nixie', builds(item), report({ services: [serving(manifestOf(old))] }), BY)]),
      `nixie
  ~ web: changed, release 3 → 4 → http://b.example
      package 012345…-app-1.0 → zyxwvs…-app-1.1 (+1 paths 2.0 KiB, -2 paths 3.1 KiB)
      units ~web@.service
      environment +C -B ~A
      routes +http://b.example -http://a.example
      assets none → 01234567
`,
    )
  })

  it('says so where the same routes are served in another way', () => {
    const listen = { port: 3000 }
    const old = app({ listen, routes: ['http://a.example/x'] })
    const next = app({ listen, routes: [{ url: 'http://a.example/x', strip: false }] })
    const plan = planHost('nixie', builds(built(next)), report({ services: [serving(manifestOf(old))] }), BY)
    assert.match(planText([plan]), /^ {6}routes: how they are served$/m)
  })

  it('shows settings as they are told to the host', () => {
    const old = serving(manifestOf(app()))
    const plan = planHost('nixie', builds(built(app({ keep: 2 }))), report({ services: [old] }), BY)
    assert.match(planText([plan]), /^ {6}settings \+keep=2 -keep=5$/m)
  })

  it('shows what stays, what is started again and what is left alone', () => {
    const mail = { ...app(), name: 'mail' }
    const services = [
      serving(manifestOf(app())),
      serving(manifestOf(mail), { name: 'mail', units: [unit('mail.service', 'inactive', 'dead')] }),
      serving(null, { name: 'old' }),
      serving(null, { name: 'older' }),
    ]
    assert.equal(
      planText([planHost('nixie', builds(built(app()), built(mail)), report({ services }), BY)]),
      `nixie
  = web: unchanged, release 3
  ! mail: unchanged, but not running: release 3 is started again
  left alone: old, older
`,
    )
  })

  it('shows why a host is not ready', () => {
    const plan = planHost('nixie', builds(), report({ host: facts({ nix: null }) }), BY)
    assert.equal(planText([plan]), 'nixie\n  not ready: Nix is not installed (slipway setup nixie)\n')
  })

  it('shows warnings below their service', () => {
    const web = app({ listen: 'port', routes: ['https://example.com', 'http://example.com/old'] })
    const lines = planText([planHost('nixie', builds(built(web)), report(), BY)]).split('\n')
    assert.match(lines[4] ?? '', /^ {6}http:\/\/example\.com\/old: redirected to https/)
  })

  describe('of systems', () => {
    /** What is shown of `box`, built as one path, on a host that tells something of it. */
    function text(
      path: string,
      told: Parameters<typeof boxReport>[0] | undefined,
      mode: SystemMode = 'switch',
    ) {
      const systems = told ? [boxReport(told)] : []
      const items = { ...builds(), systems: [builtBox(path)], mode }
      return planText([planHost('nixie', items, report({ systems }), BY)])
    }

    it('shows what one changes from and to', () => {
      assert.equal(
        text(SYSTEM.next, {}),
        `nixie
  ~ box: changed, generation 7
      system 000000…-nixos-system-box-24.11 → 000000…-nixos-system-box-25.05
`,
      )
    })

    it('shows a first one', () => {
      assert.equal(
        text(SYSTEM.next, undefined),
        'nixie\n  + box: new\n      system 000000…-nixos-system-box-25.05\n',
      )
    })

    it('shows one that stays as it is', () => {
      assert.equal(text(SYSTEM.current, {}), 'nixie\n  = box: unchanged, generation 7\n')
    })

    for (const [mode, head] of [
      ['boot', '  ~ box: changed, generation 7, from the next boot on'],
      ['test', '  ~ box: changed, generation 7, until the next boot'],
    ] as const) {
      it(`says how long one that is activated with --${mode} is there`, () => {
        assert.equal(text(SYSTEM.next, {}, mode).split('\n')[1], head)
      })
    }

    it('says what runs where that is something else', () => {
      assert.equal(
        text(SYSTEM.next, { running: SYSTEM.other }),
        `nixie
  ~ box: changed, generation 7
      system 000000…-nixos-system-box-24.11 → 000000…-nixos-system-box-25.05
      what runs is neither: 000000…-nixos-system-box-test
`,
      )
    })

    it('shows them before services', () => {
      const items = { ...builds(built(app())), systems: [builtBox(SYSTEM.current)] }
      const current = report({ services: [serving(manifestOf(app()))], systems: [boxReport()] })
      assert.equal(
        planText([planHost('nixie', items, current, BY)]),
        'nixie\n  = box: unchanged, generation 7\n  = web: unchanged, release 3\n',
      )
    })
  })

  it('keeps hosts apart by an empty line', () => {
    const plans = ['nixie', 'pixie'].map((host) => planHost(host, builds(), report(), BY))
    assert.equal(planText(plans), 'nixie\n\npixie\n')
  })
})
