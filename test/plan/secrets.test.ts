import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planText } from '../../src/cli/text/plan-text.js'
import { changesBetween } from '../../src/plan/changes.js'
import { hostFindings, hostProblems } from '../../src/plan/findings.js'
import { planHost } from '../../src/plan/plan.js'
import { app, builds, built, FEATURES, facts, manifestOf, report, serving, staticSite } from './samples.js'

const WEB = app({ secrets: { URL: {}, TOKEN: { from: 'host' }, OTHER: { from: 'host' } } })

describe('findings about secrets', () => {
  const there = { service: 'web', key: null, versions: {}, kept: { TOKEN: 'aa' } }

  it('are what the host alone should have, and has not', () => {
    assert.deepEqual(hostProblems('nixie', report({ secrets: [there] }), [WEB]), [
      {
        problem: 'the secret OTHER of web is not there',
        fix: 'slipway secrets set OTHER --host nixie --service web',
      },
    ])
  })

  it("are not those of other services, and a service's secrets are its own", () => {
    const secrets = [{ ...there, service: 'api', kept: { TOKEN: 'aa', OTHER: 'bb' } }]
    assert.equal(hostProblems('nixie', report({ secrets }), [WEB]).length, 2)
  })

  it('are none without secrets', () => {
    assert.deepEqual(hostProblems('nixie', report({ host: facts({ systemd: 240 }) }), [app()]), [])
    assert.deepEqual(hostProblems('nixie', report(), [staticSite()]), [])
  })

  it('are a systemd that knows no credentials', () => {
    const [problem] = hostProblems('nixie', report({ host: facts({ systemd: 246 }) }), [WEB])
    assert.equal(problem?.problem, "its systemd 246 can't hand secrets to web")
  })

  it('are shown as what they are', () => {
    const here = { time: facts().time, machine: 'x86_64', nix: true, buildsThere: false }
    const found = hostFindings('nixie', report({ secrets: [there] }), [WEB], here)
    assert.deepEqual(
      found.filter(({ ok }) => !ok),
      [
        {
          name: 'secrets',
          ok: false,
          found: 'the secret OTHER of web is not there',
          fix: 'slipway secrets set OTHER --host nixie --service web',
          blocks: true,
          problem: 'the secret OTHER of web is not there',
        },
      ],
    )
  })

  it('keep a host from being ready', () => {
    const plan = planHost('nixie', builds(built(WEB)), report(), 'ann')
    assert.deepEqual(
      plan.problems.map(({ problem }) => problem),
      ['the secret OTHER of web is not there', 'the secret TOKEN of web is not there'],
    )
  })
})

describe('a plan with secrets', () => {
  const manifest = (secrets: Record<string, string>, service = WEB) => manifestOf(service, { secrets })
  const closures = { old: [], next: [] }

  it('has their names, and no version', () => {
    const old = manifest({ URL: 'aa', OTHER: 'bb' })
    const next = manifest({ URL: 'cc', TOKEN: 'dd' })
    const changes = changesBetween(old, next, closures, FEATURES).filter(({ what }) => what === 'secrets')
    assert.deepEqual(changes, [{ what: 'secrets', added: ['TOKEN'], removed: ['OTHER'], changed: ['URL'] }])
  })

  it('tells a change of how the program gets one', () => {
    const old = manifest({ URL: 'aa' })
    const next = manifest({ URL: 'aa' }, app({ secrets: { URL: { as: 'file' } } }))
    assert.deepEqual(
      changesBetween(old, next, closures, FEATURES).map(({ what }) => what),
      ['units', 'secrets'],
    )
  })

  it('is a change where a version is another, and shows it as such', () => {
    const versions = { URL: 'aa', TOKEN: 'bb', OTHER: 'cc' }
    const there = report({ services: [serving(manifest(versions))] })
    const planned = (secrets: Record<string, string>) =>
      planHost('nixie', { ...builds(built(WEB)), secrets: { web: secrets } }, there, 'ann')
    assert.equal(planned(versions).services[0]?.status, 'unchanged')
    const changed = planned({ ...versions, URL: 'dd' })
    assert.equal(changed.services[0]?.status, 'changed')
    assert.match(planText([changed]), /^ {6}secret URL changed$/m)
  })
})
