import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  askedText,
  gateFile,
  gateText,
  gateWords,
  judge,
  keyOfWords,
  parseCall,
} from '../../../src/agent/access/gate.js'
import { connectCommand, execCommand } from '../../../src/remote/connect-command.js'
import { testAgent } from '../test-agent.js'

const CONNECT = connectCommand(['sudo', '-n'])
const CONNECTION = '192.0.2.1 50000 192.0.2.2 22'
const APP = { services: [{ service: 'app', routes: [] }], observe: false }
const asks = (asked: string | undefined) => judge(asked, APP)

describe('the gate lets through', () => {
  it('a connection, whoever becomes root how', () => {
    for (const become of [['sudo', '-n'], ['doas'], ['run0', '--no-ask-password'], ["it's", 'odd']]) {
      assert.deepEqual(asks(connectCommand(become)), { kind: 'connect' })
    }
  })

  for (const path of ['', '/usr/bin/', '/nix/var/nix/profiles/default/bin/']) {
    it(`store paths, to ${path}nix-store`, () => {
      assert.deepEqual(asks(`${path}nix-store --serve --write`), { kind: 'copy' })
    })
  }
})

describe('the gate refuses', () => {
  const cases = [
    '',
    'id',
    'sh -c id',
    'internal-sftp',
    'scp -f /etc/passwd',
    'nix-store --serve',
    'nix-store --serve --write --option sandbox false',
    'nix-store --serve --write; id',
    '/bin/x; nix-store --serve --write',
    `sh -c id slipway-connect 1`,
    `sh -c 'id'`,
    `sh -c 'id' slipway-connect`,
    `sh -c 'id' slipway-connect `,
    `sh -c 'id' slipway-connect 1 2`,
    `sh -c 'id' slipway-connect 1;id`,
    `sh -c 'id' slipway-connect $(id)1`,
    `${CONNECT}; touch /pwned`,
    `${CONNECT} $(touch /pwned)`,
    `${CONNECT} \`touch /pwned\` 1`,
    `${CONNECT} ' slipway-connect x1`,
    `${CONNECT} && touch /pwned 1`,
    `${CONNECT}\ntouch /pwned`,
    `touch /pwned\n${CONNECT}`,
    `${CONNECT}\r`,
    `${CONNECT} ${'x'.repeat(50_000)}`,
    `sh -c '${'x'.repeat(50_000)}' slipway-connect 1`,
    execCommand(['sudo', '-n'], 'app', false, ['id']),
    `sh -c 'x' slipway-host 0123456789abcdef log app`,
  ]
  for (const command of cases) {
    it(JSON.stringify(command.replace(/^sh -c '\[ .*'/, '…')).slice(0, 70), () => {
      const judged = asks(command)
      assert.equal(judged.kind, 'refuse')
    })
  }

  it('a shell', () => {
    const reason = 'this key deploys app, and does nothing else'
    assert.deepEqual(asks(undefined), { kind: 'refuse', reason })
    assert.equal(askedText(undefined), 'a shell')
    assert.equal(askedText('id'), 'id')
  })

  it('store paths with a key that was removed', () => {
    const reason = 'this key is no longer authorised'
    assert.deepEqual(judge('nix-store --serve --write', undefined), { kind: 'refuse', reason })
  })

  it('store paths with a key that deploys nothing', () => {
    const observer = { services: [], observe: true }
    const reason = 'this key looks at the host, and does nothing else'
    assert.deepEqual(judge('nix-store --serve --write', observer), { kind: 'refuse', reason })
    assert.deepEqual(judge(CONNECT, observer), { kind: 'connect' })
  })

  it('whatever else there may be', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(asks(text).kind, 'refuse')
        assert.equal(asks(`nix-store ${text}`).kind, 'refuse')
      }),
      { numRuns: 5000 },
    )
  })
})

describe('the half of the gate that is root', () => {
  it('takes names and connections only', () => {
    const key = { service: 'app', name: 'ci' }
    const call = { key, connection: CONNECTION }
    assert.deepEqual(parseCall(['app', 'ci', CONNECTION, 'connect']), { ...call, ask: 'connect', text: '' })
    assert.deepEqual(parseCall(['app', 'ci', CONNECTION, 'copy']), { ...call, ask: 'copy', text: '' })
    assert.deepEqual(parseCall(['app', 'ci', CONNECTION, 'refused', 'a b']), {
      ...{ ...call, ask: 'refused', text: 'a b' },
    })
    assert.deepEqual(parseCall(['-', 'ci', CONNECTION, 'connect'])?.key, { service: null, name: 'ci' })
    assert.ok(parseCall(['app', 'ci', 'fe80::1%eth0 50000 fe80::2%eth0 22', 'connect']))
    for (const words of [
      [],
      ['app', 'ci'],
      ['app', 'ci', CONNECTION],
      ['../other', 'ci', CONNECTION, 'connect'],
      ['app', 'ci x', CONNECTION, 'connect'],
      ['app', '"', CONNECTION, 'connect'],
      ['-app', 'ci', CONNECTION, 'connect'],
      ['--', 'ci', CONNECTION, 'connect'],
      ['', 'ci', CONNECTION, 'connect'],
      ['-', '-', CONNECTION, 'connect'],
      ['app', 'ci', '$(id)', 'connect'],
      ['app', 'ci', 'a\nb', 'connect'],
      ['app', 'ci', CONNECTION, 'id'],
      ['app', 'ci', CONNECTION, 'refused', 'text', 'more'],
    ]) {
      assert.equal(parseCall(words), undefined, JSON.stringify(words))
    }
  })

  it('knows each key by its own words', () => {
    for (const key of [
      { service: 'app', name: 'ci' },
      { service: null, name: 'ci' },
    ]) {
      assert.deepEqual(keyOfWords(gateWords(key)), key)
    }
  })
})

describe('the gate as a file', () => {
  it('is run by the Node of the agent, and runs what the agent is by then', () => {
    assert.equal(
      gateText('/a'),
      `#!/a/node/bin/node
// Written by \`slipway setup --deploy-user\`: what a key may do on this host.
process.argv.splice(2, 0, 'gate', '--')
require('/a/current/agent.cjs')
`,
    )
  })

  it('is what the keys of the deploy user and sudo know', () => {
    const { agent, remove } = testAgent()
    assert.equal(gateFile(agent), `${agent.places.access}/gate`)
    assert.ok(
      readFileSync(new URL('../../../src/agent/access/sudo.ts', import.meta.url), 'utf8').includes(
        'gateFile',
      ),
    )
    remove()
  })
})
