import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { AnswerTooLong } from '../../../src/agent/certificates/http.js'
import { type Network, requireLeadsHere } from '../../../src/agent/certificates/leads-here.js'
import { testAgent } from '../test-agent.js'

describe('requireLeadsHere', async () => {
  const { agent, remove } = testAgent()
  after(remove)
  const challenges = join(agent.places.certificates, 'webroot/.well-known/acme-challenge')
  await agent.files.makeFolder(challenges)

  /** This host, which answers what it has at its own addresses and those that lead to it. */
  const network = (
    own: string[],
    addresses: string[] | string,
    behind: Record<string, 'here' | 'other' | 'long'> = {},
  ): Network => ({
    own: () => own,
    addresses: async () => {
      if (typeof addresses === 'string')
        throw Object.assign(new Error(`lookup ${addresses}`), { code: addresses })
      return addresses
    },
    get: async (url, address) => {
      const [, name = ''] = /^http:\/\/a\.example\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(url) ?? []
      switch (behind[address]) {
        case 'here':
          return readFileSync(join(challenges, name), 'utf8')
        case 'other':
          return '<h1>hello</h1>'
        case 'long':
          throw new AnswerTooLong('much')
        default:
          throw new Error('ECONNREFUSED')
      }
    },
  })
  const asked = (...given: Parameters<typeof network>) =>
    requireLeadsHere(agent, 'a.example', network(...given))
  const leadsElsewhere = (address: string, own: string) => ({
    kind: 'dns',
    message: `DNS leads a.example to ${address}, which is not this host: it has ${own}`,
  })

  it('takes addresses of this host', async () => {
    await asked(['192.0.2.1', '2001:db8::1'], ['192.0.2.1', '2001:db8::1'])
    await asked(['192.0.2.1'], ['127.0.1.1', '::1'])
  })

  it('takes addresses behind which this host answers', async () => {
    await asked(['10.0.0.2'], ['192.0.2.9'], { '192.0.2.9': 'here' })
  })

  it('does not take an address of somebody else', async () => {
    const own = ['192.0.2.1', '192.0.2.2']
    const said = leadsElsewhere('192.0.2.9', '192.0.2.1 192.0.2.2')
    await assert.rejects(asked(own, ['192.0.2.9']), said)
    for (const answers of ['other', 'long'] as const) {
      await assert.rejects(asked(own, ['192.0.2.9'], { '192.0.2.9': answers }), said)
    }
  })

  it('takes no domain of which one address is somebody else’s', async () => {
    await assert.rejects(
      asked(['192.0.2.1'], ['192.0.2.1', '192.0.2.9']),
      leadsElsewhere('192.0.2.9', '192.0.2.1'),
    )
  })

  it('gives the benefit of the doubt to a router that does not lead its own network back in', async () => {
    await asked(['10.0.0.2', 'fd00::2'], ['192.0.2.9'])
    await assert.rejects(
      asked(['10.0.0.2'], ['192.0.2.9'], { '192.0.2.9': 'other' }),
      leadsElsewhere('192.0.2.9', '10.0.0.2'),
    )
    await assert.rejects(asked(['10.0.0.2'], ['10.0.0.9']), leadsElsewhere('10.0.0.9', '10.0.0.2'))
    await assert.rejects(
      asked(['10.0.0.2', '192.0.2.1'], ['192.0.2.9']),
      leadsElsewhere('192.0.2.9', '10.0.0.2 192.0.2.1'),
    )
  })

  it('does not take a domain that DNS does not know', async () => {
    const none = { kind: 'dns', message: 'DNS has no address for a.example' }
    await assert.rejects(asked(['192.0.2.1'], []), none)
    await assert.rejects(asked(['192.0.2.1'], 'ENOTFOUND'), none)
    await assert.rejects(asked(['192.0.2.1'], 'ENODATA'), none)
  })

  it('takes no silence of DNS for an answer', async () => {
    await assert.rejects(asked(['192.0.2.1'], 'EAI_AGAIN'), {
      kind: 'dns',
      message: 'DNS could not be asked about a.example: lookup EAI_AGAIN',
    })
  })

  it('leaves nothing behind', () => assert.deepEqual(readdirSync(challenges), []))
})
