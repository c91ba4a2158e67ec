import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { narrowReport } from '../../../src/agent/access/narrow-report.js'
import type { Rights } from '../../../src/agent/access/rights.js'
import type { Manifest } from '../../../src/contract/release.js'
import type { Report } from '../../../src/contract/report.js'
import { facts, report as sample } from '../../plan/samples.js'
import { made } from './policy/samples.js'

/** A text that must not be seen where it is not to be. */
const SECRET = 'hunter2'
const WEB: Rights = {
  service: 'web',
  name: 'ci',
  services: [{ service: 'web', routes: [{ domain: 'www.example.com', path: '/' }] }],
  observe: false,
}
const EYES: Rights = { service: null, name: 'eyes', services: [], observe: true }
const HOLDER = { id: '0123456789abcdef', who: `ann@${SECRET}`, what: `deploy ${SECRET}`, since: 7 }

const job = { run: ['x', SECRET], env: { A: SECRET }, unit: { Environment: SECRET } }
const manifest = (name: string): Manifest => {
  const plain = made({
    run: ['app', SECRET],
    env: { DATABASE_URL: SECRET },
    unit: { SetCredential: `x:${SECRET}` },
    before: ['migrate', SECRET],
    after: ['warm', SECRET],
    processes: { work: job },
    timers: { clean: { ...job, calendar: 'daily' } },
  })
  return { ...plain, secrets: { TOKEN: 'ab' }, service: { ...plain.service, name } }
}
const host: Report = sample({
  host: facts({ became: true, nginxDomains: ['www.example.com', 'other.example'], nginxError: SECRET }),
  lock: HOLDER,
  ports: [22, 20_001],
  services: ['web', 'blog'].map((name) => ({ name, manifest: manifest(name) }) as never),
  secrets: ['web', 'blog'].map((service) => ({ service, key: SECRET, versions: {}, kept: {} })),
  systems: [{ name: 'box' } as never],
  certificates: ['www.example.com', 'other.example'].map((domain) => ({ domain }) as never),
})
const narrow = (rights: Rights, ownTurn = false) =>
  narrowReport(host, rights, { portsOfOthers: [20_001, 3000], ownTurn })

describe('a key sees of a host', () => {
  it('audit 30: its own service, and nothing of others but which ports are taken', () => {
    const seen = narrow(WEB)
    assert.deepEqual(
      seen.services.map(({ name }) => name),
      ['web'],
    )
    assert.deepEqual(
      seen.secrets.map(({ service }) => service),
      ['web'],
    )
    assert.deepEqual(
      seen.certificates.map(({ domain }) => domain),
      ['www.example.com'],
    )
    assert.deepEqual([seen.systems, seen.ports], [[], [22, 3000, 20_001]])
    assert.deepEqual(seen.host.key, { service: 'web', name: 'ci', services: ['web'], observe: false })
    assert.deepEqual([seen.host.became, seen.host.nginxDomains], [false, ['www.example.com']])
    const { services, secrets, ...rest } = seen
    assert.equal(JSON.stringify(rest).includes(SECRET), false)
    assert.equal(JSON.stringify(seen).includes('blog'), false)
    assert.equal(JSON.stringify(seen).includes('other.example'), false)
  })

  it('audit 30: that somebody works there, and who only where it is itself', () => {
    const anonymous = { id: '', who: 'somebody else', what: 'a change of their own', since: 7 }
    assert.deepEqual(narrow(WEB).lock, anonymous)
    assert.deepEqual(narrow(WEB, true).lock, HOLDER)
    assert.deepEqual(narrow(EYES).lock, HOLDER)
  })

  it('with the right to look at it: all, but no values', () => {
    const seen = narrow(EYES)
    assert.deepEqual(
      seen.services.map(({ name }) => name),
      ['web', 'blog'],
    )
    assert.deepEqual([seen.secrets, seen.systems.length, seen.certificates.length], [[], 1, 2])
    const { lock, host: facts, ...rest } = seen
    assert.equal(facts.nginxError, SECRET)
    assert.equal(JSON.stringify(rest).includes(SECRET), false, JSON.stringify(rest))
    // What is left says what runs, and where.
    const [web] = seen.services
    assert.equal(web?.manifest?.service.kind, 'service')
    assert.deepEqual(web?.manifest?.service.routes, manifest('web').service.routes)
  })
})
