import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  accountIsGone,
  accountsFolder,
  legoCommand,
  legoProblem,
  type Order,
} from '../../../src/agent/certificates/lego.js'

const ORDER: Order = {
  domain: 'a.example',
  server: 'https://acme.example/d',
  email: 'admin@a.example',
  challenge: 'http',
  path: '/c/lego',
  webroot: '/c/webroot',
}
const COMMON = [
  ...['lego', '--accept-tos', '--server', 'https://acme.example/d', '--email', 'admin@a.example'],
  ...['--path', '/c/lego', '--key-type', 'ec256', '--domains', 'a.example'],
]

describe('legoCommand', () => {
  it('proves a domain by HTTP', () => {
    assert.deepEqual(legoCommand(ORDER), [...COMMON, '--http', '--http.webroot', '/c/webroot', 'run'])
  })

  it('proves a domain by DNS', () => {
    assert.deepEqual(legoCommand({ ...ORDER, challenge: { dns: 'hetzner', propagation: true } }), [
      ...COMMON,
      ...['--dns', 'hetzner', 'run'],
    ])
    assert.deepEqual(legoCommand({ ...ORDER, challenge: { dns: 'exec', propagation: false } }), [
      ...COMMON,
      ...['--dns', 'exec', '--dns.disable-cp', 'run'],
    ])
  })
})

describe('accountsFolder', () => {
  it('is lego’s for a server', () => {
    assert.equal(accountsFolder('https://acme.example/d'), 'acme.example')
    assert.equal(accountsFolder('https://10.0.0.1:14000/dir'), '10.0.0.1_14000')
  })
})

describe('legoProblem', () => {
  const said = (output: string) => {
    const { kind, message, retryAt } = legoProblem(output)
    return { kind, message, retryAt }
  }
  const refused = (type: string, text: string) =>
    `2026/01/01 10:00:00 [INFO] [a.example] acme: Obtaining bundled SAN certificate
2026/01/01 10:00:01 Could not obtain certificates:
	error: one or more domains had a problem:
[a.example] acme: error: 400 :: urn:ietf:params:acme:error:${type} :: ${text}
`

  it('tells what the server said', () => {
    assert.deepEqual(said(refused('connection', '10.0.0.1: Fetching http://a.example/: refused')), {
      kind: 'challenge',
      message: 'connection :: 10.0.0.1: Fetching http://a.example/: refused',
      retryAt: 0,
    })
  })

  it('tells the server’s words without what lego asked it', () => {
    const output =
      'acme: error: 429 :: POST :: https://acme.example/new :: urn:ietf:params:acme:error:rateLimited :: too many'
    assert.equal(said(output).message, 'rateLimited :: too many')
  })

  for (const [text, at] of [
    ['retry after 2030-01-02 03:04:05 UTC: see', '2030-01-02T03:04:05Z'],
    ['retry after 2030-01-02T03:04:05Z: see', '2030-01-02T03:04:05Z'],
    ['retry after 2030-01-02 03:04 UTC', '2030-01-02T03:04:00Z'],
  ] as const) {
    it(`knows until when a rate limit holds: ${text}`, () => {
      const { kind, retryAt } = said(refused('rateLimited', `too many, ${text}`))
      assert.deepEqual([kind, retryAt], ['rate-limit', Date.parse(at) / 1000])
    })
  }

  it('knows that a rate limit does not say when it ends', () => {
    assert.equal(said(refused('rateLimited', 'too many, retry after a while')).retryAt, 0)
  })

  it('tells lego’s own last words where no server said anything', () => {
    const output =
      '2026/01/01 10:00:00 [INFO] hello\nfirst\n\nsecond\nthird\n2026/01/01 10:00:01 [INFO] bye\n'
    assert.deepEqual(said(output), { kind: 'other', message: 'second\nthird', retryAt: 0 })
  })

  it('tells that lego said nothing', () => assert.equal(said('\n').message, 'lego failed, and said nothing'))

  it('knows an account that the server has forgotten', () => {
    assert.ok(accountIsGone(refused('accountDoesNotExist', 'who?')))
    assert.ok(!accountIsGone(refused('connection', 'no')))
  })
})
