import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { requireReady } from '../../../src/agent/certificates/acme-ready.js'
import { web } from './web.js'

const HOUR = 3_600
const NOW = 1_800_000_000

describe('requireReady', () => {
  let server: Awaited<ReturnType<typeof web>>
  let status = 200
  let date = NOW
  before(async () => {
    server = await web((_, response) => {
      response.sendDate = false
      if (Number.isFinite(date)) response.setHeader('Date', new Date(date * 1000).toUTCString())
      response.writeHead(status).end('{}')
    })
  })
  after(() => server.close())

  const asked = (given: { status?: number; date?: number }) => {
    status = given.status ?? 200
    date = given.date ?? NOW
    return requireReady(server.url, () => NOW + 0.5)
  }

  it('takes a server that answers and agrees on the time', async () => {
    await asked({})
    await asked({ date: NOW - HOUR })
    await asked({ date: NOW + HOUR })
    await asked({ date: Number.NaN })
  })

  for (const code of [301, 404, 500]) {
    it(`does not take one that answers ${code}`, async () => {
      await assert.rejects(asked({ status: code }), {
        kind: 'unreachable',
        message: `${server.url} answers ${code}`,
      })
    })
  }

  it('does not take one that does not answer', async () => {
    const url = 'http://127.0.0.1:1/dir'
    await assert.rejects(
      requireReady(url, () => NOW),
      { kind: 'unreachable', message: `${url} does not answer: connect ECONNREFUSED 127.0.0.1:1` },
    )
  })

  for (const [date, way] of [
    [NOW - 8760 * HOUR, '8760 hours ahead'],
    [NOW + 5 * HOUR, '5 hours behind'],
    [NOW - HOUR - 1, '1 hours ahead'],
  ] as const) {
    it(`says of a clock that it is ${way}`, async () => {
      await assert.rejects(asked({ date }), {
        kind: 'clock',
        message: `this host's clock is ${way} of ${server.url}'s: no certificate would hold; \`timedatectl set-ntp true\` sets it`,
      })
    })
  }
})
