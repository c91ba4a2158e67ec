import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createReport, type ReportParts } from '../../../src/agent/report/report.js'
import type { ServiceReport } from '../../../src/contract/report.js'
import type { Params } from '../../../src/contract/verbs.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
let asked: string[]
let parts: ReportParts
beforeEach(() => {
  asked = []
  host = testAgent({
    run: async () => endedWith(0, { stdout: 'nix-store (Nix) 2.26.3\n' }),
    systemd: { version: async () => 257, unitPath: async () => [] },
  })
  for (const name of ['api', 'web']) mkdirSync(host.agent.places.service(name), { recursive: true })
  parts = {
    agent: null,
    holder: () => ({ id: 'abc', who: 'ann', what: 'deploy', since: 1 }),
    nginx: async () => ({
      version: null,
      running: false,
      valid: false,
      error: null,
      includes: false,
      domains: [],
      group: 'root',
      namesHash: false,
      defaultServer: null,
      brotli: false,
    }),
    service: async (name, { probe }) => {
      asked.push(`service ${name} ${probe}`)
      return service(name)
    },
    secrets: async (keys, only) => {
      asked.push(`secrets ${keys} ${only ?? 'all'}`)
      return []
    },
    certificates: async () => [],
  }
})
afterEach(() => host.remove())

function service(name: string): ServiceReport {
  return {
    name,
    current: null,
    releases: [],
    manifest: null,
    closure: [],
    canary: null,
    maintenance: false,
    activating: null,
    units: [],
    probe: null,
  }
}

/** As Linux names this process. */
function processName(): string {
  return readFileSync('/proc/self/comm', 'utf8').trim()
}

const NOTHING: Params<'report'> = { probe: false, settings: false, secretKeys: false, systems: [] }
const SYSTEM = { name: 'box', user: 'root', profileName: 'x', profile: '/no/such/profile' }

describe('the report', () => {
  it('is of all services and the systems that are asked about', async () => {
    const report = createReport(host.agent, parts)
    const found = await report(
      { ...NOTHING, probe: true, secretKeys: true, systems: [SYSTEM] },
      { became: false, only: null },
    )
    assert.deepEqual(found.services, [service('api'), service('web')])
    assert.deepEqual(asked.sort(), ['secrets true all', 'service api true', 'service web true'])
    assert.deepEqual(
      found.systems.map(({ name, profile }) => [name, profile]),
      [['box', '/no/such/profile']],
    )
    assert.deepEqual(found.lock, { id: 'abc', who: 'ann', what: 'deploy', since: 1 })
  })

  it('looks at one service alone for its key', async () => {
    const report = createReport(host.agent, parts)
    const found = await report({ ...NOTHING, systems: [SYSTEM] }, { became: false, only: ['web'] })
    assert.deepEqual([found.services, found.systems], [[service('web')], []])
    assert.deepEqual(asked.sort(), ['secrets false web', 'service web false'])
  })

  it('names who has a port that a service is to have, for a key of its own services alone', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const report = createReport(host.agent, parts)
    const ports = ['api', 'web'].map((name) => ({ service: name, port }))
    const holders = async (only: string[] | null) =>
      (await report({ ...NOTHING, ports }, { became: false, only })).portHolders
    const own = { service: 'web', port, by: `${processName()} (process ${process.pid})` }
    assert.deepEqual(await holders(null), [{ ...own, service: 'api' }, own])
    assert.deepEqual(await holders(['web']), [own])
    server.close()
    await new Promise((resolve) => server.once('close', resolve))
    assert.deepEqual(await holders(null), [])
  })

  it('fails where a part of it does: it tells no half of what there is', async () => {
    const report = createReport(host.agent, {
      ...parts,
      service: async (name) => {
        throw new Error(`${name} is broken`)
      },
    })
    await assert.rejects(report(NOTHING, { became: false, only: null }), {
      message: 'api is broken',
    })
  })
})
