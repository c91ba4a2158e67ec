import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problems, resolved, withService } from './samples.js'

const LISTENS = { listen: 'port' }

/** How a service is asked whose config has this `health`. */
function askedBy(health: object, fields: object = LISTENS): unknown {
  const [web] = resolved(withService({ ...fields, health })).services
  return web?.kind === 'service' ? web.health.by : undefined
}

describe('how health is told', () => {
  it('is an answer to a request unless the config says otherwise', () => {
    assert.equal(askedBy({}), undefined)
    assert.equal(askedBy({ protocol: 'http', path: '/up' }), undefined)
  })

  it('is what the config says', () => {
    assert.deepEqual(askedBy({ run: 'forum-check  --quick' }), { run: ['forum-check', '--quick'] })
    assert.deepEqual(askedBy({ run: ['forum-check', 'a b'] }, {}), { run: ['forum-check', 'a b'] })
    assert.deepEqual(askedBy({ protocol: 'tcp' }), { protocol: 'tcp' })
    assert.deepEqual(askedBy({ protocol: 'tls' }, { listen: 'socket' }), { protocol: 'tls' })
    assert.deepEqual(askedBy({ protocol: 'grpc' }), { protocol: 'grpc', service: '' })
    assert.deepEqual(askedBy({ protocol: 'grpc', grpcService: 'a.B' }), { protocol: 'grpc', service: 'a.B' })
  })
})

describe('health that contradicts itself', () => {
  for (const [health, wanted, fields = LISTENS] of [
    [{ run: 'check', path: '/up' }, 'path: is of an HTTP request, but `run` tells'],
    [{ run: 'check', status: [200] }, 'status: is of an HTTP request, but `run` tells'],
    [{ run: 'check', protocol: 'tcp' }, 'protocol: is of a question to the service, but `run` tells'],
    [{ protocol: 'tcp', path: '/up' }, "path: is of an HTTP request, but protocol is 'tcp'"],
    [{ grpcService: 'a.B' }, "grpcService: needs `protocol: 'grpc'`"],
    [{ protocol: 'tls', grpcService: 'a.B' }, "grpcService: needs `protocol: 'grpc'`"],
    [{ protocol: 'tcp' }, 'protocol: asks a service that does not listen; use `run`', {}],
    [
      { protocol: 'tcp' },
      'protocol: tells nothing: systemd takes connections before the program runs; use another one',
      { listen: 'socket' },
    ],
    [
      { run: 'check' },
      "run: is not shown a socket that systemd makes; use `protocol`, or listen: 'unix'",
      { listen: 'socket' },
    ],
  ] as const) {
    it(`${JSON.stringify(health)} of ${JSON.stringify(fields)}`, () =>
      assert.deepEqual(problems(withService({ ...fields, health })), [`services.web.health.${wanted}`]))
  }
})
