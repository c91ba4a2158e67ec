import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { escalate } from '../../../src/agent/escalate/escalate.js'
import { peersOf, prepareEscalation } from '../../../src/agent/escalate/peers.js'
import type { RunProgram } from '../../../src/agent/run.js'
import type { Systemd } from '../../../src/agent/systemd/systemd.js'
import { SYSTEM_PLACES } from '../../../src/agent/systems/places.js'
import type { GuardSettings } from '../../../src/contract/activation.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

/** 127.0.0.0/8 answers at once when it is knocked at. */
const CLIENT = '127.0.0.2'
const GATEWAY = '127.0.0.3'

let host: TestAgent
afterEach(() => host.remove())

function settings(escalation: GuardSettings['escalate']): GuardSettings {
  return { policy: 'each', activateMs: 1, confirmMs: 1, holdMs: 0, escalate: escalation }
}

const QUICK = settings({ networkMs: 0, units: ['a*.service'], rebootMs: 0 })

/** A network in which these addresses answer a ping, and these are found on the link. */
function network(pinged: readonly string[], linked: readonly string[] = []): RunProgram {
  return async (argv) => {
    const [program, verb, what] = argv
    const address = argv.at(-1) ?? ''
    if (program === 'ping') return endedWith(pinged.includes(address) ? 0 : 1)
    if (verb === 'route') return endedWith(0, { stdout: `default via ${GATEWAY} dev eth0\n` })
    if (what === 'show' && linked.includes(address)) {
      return endedWith(0, { stdout: `${address} dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n` })
    }
    return endedWith(0)
  }
}

/** Notes down what systemd is asked for. */
function systemd(asked: string[], parts: Partial<Systemd> = {}): Partial<Systemd> {
  return {
    list: async (patterns) => {
      asked.push(`list ${patterns.join(' ')}`)
      return [
        { name: 'a1.service', active: 'active', sub: 'running' },
        { name: 'a2.service', active: 'inactive', sub: 'dead' },
      ]
    },
    restart: async (name) => {
      asked.push(`restart ${name}`)
      return 'done'
    },
    startNoWait: async (name) => {
      asked.push(`start ${name}`)
    },
    ...parts,
  }
}

function guard(): string {
  const dir = join(host.folder, 'guard')
  mkdirSync(dir)
  return dir
}

describe('prepareEscalation', () => {
  const prepared = async (run: RunProgram, client = CLIENT) => {
    host = testAgent({ run })
    const dir = guard()
    await prepareEscalation(host.agent, dir, QUICK, client)
    assert.equal(JSON.parse(readFileSync(join(dir, 'peers.json'), 'utf8')).version, 1)
    return peersOf(host.agent, dir)
  }

  it('notes down who answers: the deployer and the gateways', async () =>
    assert.deepEqual(await prepared(network([CLIENT, GATEWAY])), [CLIENT, GATEWAY]))
  it('leaves out who does not', async () => assert.deepEqual(await prepared(network([GATEWAY])), [GATEWAY]))
  it('takes who is on the link, though it answers no ping', async () => {
    assert.deepEqual(await prepared(network([], [GATEWAY])), [GATEWAY])
    assert.ok(host.ran.includes(`ip neighbour flush to ${GATEWAY}`))
  })
  it('does without the deployer where its address is unknown', async () => {
    assert.deepEqual(await prepared(network([CLIENT, GATEWAY]), ''), [GATEWAY])
    assert.ok(!host.ran.some((line) => line.endsWith(' ')))
  })
  it('does without ip', async () => {
    const run: RunProgram = async (argv) =>
      argv[0] === 'ip' ? endedWith(127, { stderr: 'no such program' }) : endedWith(0)
    assert.deepEqual(await prepared(run), [CLIENT])
    assert.match(host.logged.join('\n'), /no such program/)
  })
  it('does nothing where nobody asks for it', async () => {
    host = testAgent()
    await prepareEscalation(host.agent, guard(), settings(null), CLIENT)
    assert.deepEqual(host.ran, [])
  })
})

describe('escalate', () => {
  const escalated = async (
    given: {
      run?: RunProgram
      settings?: GuardSettings
      peers?: string
      seen?: () => boolean
      parts?: Partial<Systemd>
      booted?: string
    } = {},
  ) => {
    const asked: string[] = []
    host = testAgent({ run: given.run ?? network([]), systemd: systemd(asked, given.parts) })
    const dir = guard()
    writeFileSync(join(dir, 'peers.json'), given.peers ?? JSON.stringify({ version: 1, peers: [GATEWAY] }))
    const booted = join(host.folder, 'booted')
    mkdirSync(join(booted, 'bin'), { recursive: true })
    const program = join(booted, 'bin/switch-to-configuration')
    if (given.booted !== undefined) writeFileSync(program, given.booted, { mode: 0o755 })
    await escalate(
      host.agent,
      { guardDir: dir, settings: given.settings ?? QUICK, seen: given.seen ?? (() => false) },
      { ...SYSTEM_PLACES, booted },
    )
    return asked
  }
  const ALL = ['list a*.service', 'restart a1.service', 'start reboot.target']

  it('does nothing where nobody asks for it', async () =>
    assert.deepEqual(await escalated({ settings: settings(null) }), []))
  it('does nothing where somebody answers who did before', async () =>
    assert.deepEqual(await escalated({ run: network([GATEWAY]) }), []))
  it('does nothing where the deployer has been here again', async () =>
    assert.deepEqual(await escalated({ seen: () => true }), []))

  it('restarts what runs or has failed, then reboots, and says so', async () => {
    assert.deepEqual(await escalated(), ALL)
    assert.deepEqual(host.logged, [
      'the network is not back: restarting a1.service',
      'the network is not back: rebooting',
    ])
  })

  it('has what was booted boot again', async () => {
    assert.deepEqual(await escalated({ booted: '#!/bin/sh\n' }), ALL)
    assert.equal(host.ran.at(-1), `${host.folder}/booted/bin/switch-to-configuration boot`)
  })

  it('leaves it at units where it may not reboot', async () => {
    const only = settings({ networkMs: 0, units: ['a*.service'], rebootMs: null })
    assert.deepEqual(await escalated({ settings: only }), ALL.slice(0, 2))
  })

  it('does no more where units help', async () => {
    let restarted = false
    const parts: Partial<Systemd> = {
      restart: async () => {
        restarted = true
        return 'done'
      },
    }
    const later = settings({ networkMs: 0, units: null, rebootMs: 5000 })
    const asked = await escalated({ settings: later, seen: () => restarted, parts })
    assert.deepEqual(asked.length, 1)
  })

  it('reboots also where systemd restarts nothing', async () => {
    const parts: Partial<Systemd> = { list: () => Promise.reject(new Error('the connection is closed')) }
    assert.deepEqual(await escalated({ parts }), ['start reboot.target'])
    const refused = await escalated({ parts: { restart: async () => 'failed' } })
    assert.deepEqual(refused, [ALL[0], ALL[2]])
    assert.ok(host.logged.includes('a1.service could not be restarted: failed'))
  })

  it('goes on where nobody knows any more who answered', async () => {
    assert.deepEqual(await escalated({ peers: '{"version":' }), ALL)
  })

  it('ends where the deployer has taken the record away', async () => {
    const slow = settings({ networkMs: 60_000, units: null, rebootMs: null })
    let looks = 0
    const asked = await escalated({
      settings: slow,
      seen: () => {
        looks += 1
        if (looks === 2) rmSync(join(host.folder, 'guard'), { recursive: true })
        return false
      },
    })
    assert.deepEqual([asked, looks], [[], 2])
  })
})
