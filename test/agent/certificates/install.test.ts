import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { installPair } from '../../../src/agent/certificates/install.js'
import type { Serving } from '../../../src/agent/certificates/serving.js'
import type { Facts } from '../../../src/agent/certificates/state-schema.js'
import { failed } from '../../../src/contract/failure.js'
import { nginxSystemd } from '../nginx/samples.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const FACTS: Facts = { version: 1, notBefore: 1, notAfter: 2, issuer: null, from: 'local', server: null }

describe('installPair', () => {
  let host: TestAgent
  let domain: string
  let happened: string[]
  let serving: Serving
  let user: string
  beforeEach(() => {
    user = ''
    host = testAgent({
      systemd: {
        unit: () => nginxSystemd({}).unit(),
        property: (...asked) => nginxSystemd({ user }).property(...asked),
      },
      run: async ([program]) => endedWith(0, { stdout: program === 'id' ? 'nginx-group\n' : '' }),
    })
    const { certificates } = host.agent.places
    domain = join(certificates, 'domains/a.example')
    mkdirSync(join(certificates, 'domains'), { recursive: true, mode: 0o700 })
    happened = []
    serving = {
      markUnread: async () => void happened.push(`mark before ${inPlace()}`),
      publish: async () => void happened.push(`publish ${inPlace()}`),
      servesTls: async () => true,
      portHolder: async () => undefined,
    }
  })
  afterEach(() => host.remove())

  /** The certificate that nginx would read. */
  const inPlace = () => {
    const path = join(domain, 'current/fullchain.pem')
    return existsSync(path) ? readFileSync(path, 'utf8') : 'nothing'
  }
  const install = (certificate: string) =>
    installPair(host.agent, serving, 'a.example', { certificate, key: `key of ${certificate}` }, FACTS)
  const versions = () => readdirSync(join(domain, 'versions'))

  it('puts a pair in place, has nginx read it, and removes the one before', async () => {
    await install('one')
    await install('two')
    assert.deepEqual(happened, ['mark before nothing', 'publish one', 'mark before one', 'publish two'])
    assert.equal(readFileSync(join(domain, 'current/key.pem'), 'utf8'), 'key of two')
    assert.deepEqual(JSON.parse(readFileSync(join(domain, 'current/facts.json'), 'utf8')), FACTS)
    assert.deepEqual(versions(), [readlinkSync(join(domain, 'current')).replace('versions/', '')])
  })

  it('keeps keys for root alone', async () => {
    await install('one')
    const modes = ['versions', 'current', 'current/key.pem', 'current/fullchain.pem'].map((path) =>
      (statSync(join(domain, path)).mode & 0o777).toString(8),
    )
    assert.deepEqual(modes, ['700', '700', '600', '600'])
    assert.deepEqual(host.ran, [])
  })

  it('lets nginx’s group read them where its master is not root', async () => {
    user = 'nginx'
    await install('one')
    const { certificates } = host.agent.places
    assert.deepEqual(host.ran, [
      'id -gn -- nginx',
      `chgrp -R -- nginx-group ${certificates}/domains`,
      `chmod -R g+rX -- ${certificates}/domains`,
    ])
  })

  for (const [what, spoil, problem] of [
    [
      'nginx refuses it',
      () => {
        const { publish } = serving
        serving.publish = async (options) => {
          await publish(options)
          if (inPlace() === 'two') throw failed('nginx refuses its configuration', { why: 'bad end line' })
        }
      },
      'nginx does not take it: nginx refuses its configuration: bad end line',
    ],
    [
      'port 443 does not answer',
      () => {
        serving.servesTls = async () => false
      },
      'nginx does not take it: it does not answer on port 443',
    ],
  ] as const) {
    it(`puts the one before back where ${what}`, async () => {
      await install('one')
      happened = []
      spoil()
      await assert.rejects(install('two'), { kind: 'other', message: problem })
      assert.equal(inPlace(), 'one')
      assert.deepEqual(happened, ['mark before one', 'publish two', 'publish one'])
      assert.equal(versions().length, 1)
    })

    it(`leaves a domain without one where ${what} with the first`, async () => {
      spoil()
      await assert.rejects(install('two'), { message: problem })
      assert.ok(!existsSync(join(domain, 'current')))
      assert.deepEqual(happened, ['mark before nothing', 'publish two', 'publish nothing'])
      assert.deepEqual(versions(), [])
    })
  }

  it('says so where nginx can not be told of the one that was put back', async () => {
    await install('one')
    serving.publish = () => Promise.reject(failed('nginx is down'))
    await assert.rejects(install('two'), { message: 'nginx does not take it: nginx is down' })
    assert.equal(inPlace(), 'one')
    assert.match(host.logged.join(), /nginx was not told of a\.example's old certificate: nginx is down/)
  })

  it('changes nothing where a group can not be given its right', async () => {
    user = 'nginx'
    await install('one')
    const { agent } = testAgent({
      run: async ([program]) => endedWith(program === 'chgrp' ? 1 : 0, { stderr: 'no' }),
    })
    host.agent.run = agent.run
    await assert.rejects(install('two'), /certificates could not be given to the group : no/)
    assert.equal(inPlace(), 'one')
  })
})
