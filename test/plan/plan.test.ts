import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planHost, touches } from '../../src/plan/plan.js'
import {
  app,
  box,
  boxReport,
  builds,
  built,
  builtBox,
  facts,
  manifestOf,
  PACKAGE,
  report,
  SYSTEM,
  serving,
  staticSite,
  unit,
} from './samples.js'

const BY = 'ann@laptop'

describe('planHost', () => {
  it('plans release 1 of a service that is new', () => {
    const plan = planHost('nixie', builds(built(app({ listen: 'port' }))), report(), BY)
    const [web] = plan.services
    assert.deepEqual(
      { ...plan, services: plan.services.length },
      { host: 'nixie', problems: [], systems: [], services: 1, others: [] },
    )
    assert.deepEqual(
      { ...web, manifest: undefined, closure: undefined },
      {
        service: 'web',
        status: 'new',
        number: 1,
        from: null,
        changes: [],
        warnings: [],
        manifest: undefined,
        units: ['web@.service'],
        closure: undefined,
        config: app({ listen: 'port' }),
      },
    )
    assert.deepEqual(web?.manifest, manifestOf(app({ listen: 'port' }), { ports: [20_000, 20_001], by: BY }))
  })

  it('plans nothing for a service that is as it should be', () => {
    const current = report({ services: [serving(manifestOf(app()))] })
    const plan = planHost('nixie', builds(built(app())), current, BY)
    const [web] = plan.services
    assert.deepEqual([web?.status, web?.number, web?.from, web?.changes], ['unchanged', 3, 3, []])
    assert.equal(touches(plan), false)
  })

  it('plans to start a service again that is as it should be, but stopped', () => {
    const stopped = serving(manifestOf(app()), { units: [unit('web.service', 'inactive', 'dead')] })
    const plan = planHost('nixie', builds(built(app())), report({ services: [stopped] }), BY)
    const [web] = plan.services
    assert.deepEqual([web?.status, web?.number, web?.from], ['stopped', 3, 3])
    assert.equal(touches(plan), true)
  })

  it('plans the next release of a service that changes', () => {
    const current = report({ services: [serving(manifestOf(app()))] })
    const plan = planHost('nixie', builds(built(app({ env: { A: '1' } }))), current, BY)
    const [web] = plan.services
    assert.deepEqual(
      [web?.status, web?.number, web?.from, web?.changes],
      ['changed', 4, 3, [{ what: 'environment', added: ['A'], removed: [], changed: [] }]],
    )
    assert.equal(touches(plan), true)
  })

  it('says why a package is another where only the config has changed', () => {
    const warnings = (commit: { id: string; dirty: boolean } | null, next: string, since: string[]) => {
      const current = report({ services: [serving({ ...manifestOf(app()), commit })] })
      const given = { ...builds({ ...built(app()), package: next }), sameSource: new Set(since) }
      return planHost('nixie', given, current, BY).services[0]?.warnings
    }
    const old = { id: 'abc123', dirty: false }
    const other = `${PACKAGE}-other`
    assert.deepEqual(warnings(old, other, ['abc123']), [
      'its package is built again though only the config has changed since release 3: the config is part of its source; leave it out, see docs/builds.md',
    ])
    assert.deepEqual(warnings(old, PACKAGE, ['abc123']), [])
    assert.deepEqual(warnings(old, other, []), [])
    assert.deepEqual(warnings({ ...old, dirty: true }, other, ['abc123']), [])
    assert.deepEqual(warnings(null, other, ['abc123']), [])
  })

  it('gives no number twice, also after a rollback or a failure', () => {
    const rolledBack = serving(manifestOf(app()), { current: 1 })
    const failedOnly = serving(null, {
      current: null,
      releases: [{ number: 1, good: null, commit: null, unprivileged: true }],
      units: [],
    })
    const number = (service: typeof rolledBack) =>
      planHost(
        'nixie',
        builds(built(app({ env: { A: '1' } }))),
        report({ services: [service] }),
        BY,
      ).services.map(({ status, number, from }) => [status, number, from])
    assert.deepEqual(number(rolledBack), [['changed', 4, 1]])
    assert.deepEqual(number(failedOnly), [['new', 2, null]])
  })

  it('keeps a service’s ports, and picks others for the rest', () => {
    const web = app({ listen: 'port' })
    const current = report({
      services: [serving(manifestOf(web, { ports: [20_000, 20_001] }))],
      ports: [20_000],
    })
    const api = { ...web, name: 'api' }
    const fixed = { ...app({ listen: { port: 20_002 } }), name: 'fixed' }
    const plan = planHost('nixie', builds(built(web), built(api), built(fixed)), current, BY)
    assert.deepEqual(
      plan.services.map(({ service, status, manifest }) => [service, status, manifest.ports]),
      [
        ['web', 'unchanged', [20_000, 20_001]],
        ['api', 'new', [20_003, 20_004]],
        ['fixed', 'new', null],
      ],
    )
  })

  it('takes no update of the host for a change of a service', () => {
    const web = app({ listen: 'socket' })
    const services = [serving(manifestOf(web), { units: [unit('web@blue.service', 'active', 'running')] })]
    for (const host of [facts(), facts({ systemd: 256, nginxGroup: 'nginx' })]) {
      const plan = planHost('nixie', builds(built(web)), report({ host, services }), BY)
      assert.deepEqual(plan.services[0]?.changes, [])
      assert.deepEqual(plan.services[0]?.units, ['web@.service', 'web@.socket'])
    }
  })

  it('brings in what the shell program of 0.1 deployed, by a redeploy', () => {
    const legacy = report({ services: [serving(null)] })
    const [web] = planHost('nixie', builds(built(app())), legacy, BY).services
    assert.deepEqual([web?.status, web?.number, web?.from, web?.changes], ['new', 4, 3, []])
  })

  it('names the services on the host that it leaves alone', () => {
    const current = report({ services: [serving(null, { name: 'blog' }), serving(manifestOf(app()))] })
    assert.deepEqual(planHost('nixie', builds(built(app())), current, BY).others, ['blog'])
  })

  it('tells why the host is not ready', () => {
    const bare = report({ host: facts({ nix: null }) })
    assert.deepEqual(planHost('nixie', builds(built(app())), bare, BY).problems, [
      { problem: 'Nix is not installed', fix: 'slipway setup nixie' },
    ])
  })

  it('warns of an http route that https routes of its domain take along', () => {
    const web = app({
      listen: 'port',
      routes: ['https://a.example', 'http://a.example/old', 'http://b.example'],
    })
    const [plan] = planHost('nixie', builds(built(web)), report(), BY).services
    assert.deepEqual(plan?.warnings, [
      'http://a.example/old: redirected to https, as all of a.example is: it has https routes',
    ])
  })

  it('plans systems by what the host tells of them', () => {
    const items = { ...builds(), systems: [builtBox()] }
    const plan = planHost('nixie', items, report({ systems: [boxReport()] }), BY)
    assert.deepEqual(plan, {
      host: 'nixie',
      problems: [],
      systems: [
        {
          system: 'box',
          status: 'changed',
          mode: 'switch',
          to: SYSTEM.next,
          from: 7,
          fromPath: SYSTEM.current,
          running: null,
          warnings: [],
          config: box(),
        },
      ],
      services: [],
      others: [],
    })
    assert.equal(touches(plan), true)
  })

  it('plans nothing for a system that is as it should be', () => {
    const items = { ...builds(built(app())), systems: [builtBox(SYSTEM.current)] }
    const current = report({ services: [serving(manifestOf(app()))], systems: [boxReport()] })
    assert.equal(touches(planHost('nixie', items, current, BY)), false)
  })

  it('activates systems as it is asked to', () => {
    const items = { ...builds(), systems: [builtBox()], mode: 'boot' as const }
    const [planned] = planHost('nixie', items, report({ systems: [boxReport()] }), BY).systems
    assert.equal(planned?.mode, 'boot')
  })

  it('warns of hooks that change what can not be undone, before the switch', () => {
    const web = app({
      before: [{ run: ['migrate', 'drop it'], irreversible: true }, { run: 'seed' }],
      after: [{ run: 'forget', irreversible: true }],
    })
    const [plan] = planHost('nixie', builds(built(web)), report(), BY).services
    assert.deepEqual(plan?.warnings, [
      'before the switch `migrate drop it` changes what can not be undone: after a revert or a rollback the old release meets what it left',
    ])
  })

  it('takes a site as it is: no port, no units', () => {
    const current = report({ services: [serving(manifestOf(staticSite()), { units: [] })] })
    const [web] = planHost('nixie', builds(built(staticSite())), current, BY).services
    assert.deepEqual([web?.status, web?.manifest.ports, web?.manifest.package], ['unchanged', null, PACKAGE])
  })
})
