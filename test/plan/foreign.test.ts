import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ForeignReport, Report } from '../../src/contract/report.js'
import { hostFindings, hostProblems } from '../../src/plan/findings.js'
import { planHost } from '../../src/plan/plan.js'
import { app, builds, built, report, serving } from './samples.js'

const THERE: ForeignReport = { service: 'web', user: false, state: { owner: 'root', mode: '0755' } }

function warnings(fields: Parameters<typeof app>[0], own: Partial<Report>): string[] {
  const [plan] = planHost('nixie', builds(built(app(fields))), report(own), 'me').services
  return plan?.warnings ?? []
}

describe('what a host has of a service’s name', () => {
  const problems = (fields: Parameters<typeof app>[0], foreign: ForeignReport[]) =>
    hostProblems('nixie', report({ foreign }), [app(fields)])

  it('audit 21: a state directory that slipway did not make keeps a deploy from beginning', () =>
    assert.deepEqual(problems({ state: true }, [THERE]), [
      {
        problem: 'it has /var/lib/web (owner root, mode 0755) already, which slipway did not make',
        fix: 'give the service another name, or take it over with services.web.adopt: true',
      },
    ]))

  it('audit 21: so does a user', () => {
    const foreign = { ...THERE, user: true }
    assert.match(problems({}, [foreign])[0]?.problem ?? '', /^it has a user web already/)
    assert.match(problems({ state: true }, [foreign])[0]?.problem ?? '', /a user web and \/var\/lib\/web/)
  })

  it('is no matter where the service has no state, or the directory is another one’s', () => {
    assert.deepEqual(problems({}, [THERE]), [])
    assert.deepEqual(problems({ state: true }, [{ ...THERE, service: 'blog' }]), [])
    assert.deepEqual(problems({ state: true }, []), [])
  })

  it('is taken over with `adopt`, and the plan says what changes', () => {
    assert.deepEqual(problems({ state: true, adopt: true }, [THERE]), [])
    const foreign = [{ ...THERE, user: true }]
    assert.deepEqual(warnings({ state: true, adopt: true }, { foreign }), [
      'web will run as the user web that the host has already',
      'web takes over /var/lib/web: the owner of all in it changes from root to web, its mode from 0755 to 0750',
    ])
  })
})

describe('what a config opens', () => {
  it('is in the plan', () => {
    assert.deepEqual(warnings({ nixDaemon: true, cloudMetadata: true }, {}), [
      "web may have the host's Nix daemon build, outside of its sandbox and limits",
      "web reaches link-local addresses, where a cloud tells the host's credentials",
    ])
    assert.deepEqual(warnings({}, {}), [])
  })
})

describe('a program that listens past nginx', () => {
  const seen = { services: [serving(null, { exposed: ['*:3055', '[fe80::1]:80'] })] }
  const text = 'web listens on *:3055, [fe80::1]:80, reachable from outside past nginx'

  it('is told of by a plan and by doctor, and keeps no deploy from going on', () => {
    assert.deepEqual(warnings({}, seen), [text])
    const here = { time: 1_700_000_000, machine: 'x86_64', nix: true, buildsThere: false }
    const found = hostFindings('nixie', report(seen), [app({})], here).filter(({ ok }) => !ok)
    assert.deepEqual(found, [
      {
        name: 'service web',
        ok: false,
        found: text,
        fix: 'have it listen on 127.0.0.1 alone, or close the port in the firewall',
        blocks: false,
      },
    ])
    assert.deepEqual(hostProblems('nixie', report(seen), [app({})]), [])
  })
})
