import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { gateFile, gateText } from '../../../src/agent/access/gate.js'
import { connectCommand, execCommand } from '../../../src/remote/connect-command.js'
import { testAgent } from '../test-agent.js'

const { agent, folder, remove } = testAgent()
after(remove)

const { access, agents, run } = agent.places
const bin = join(folder, 'bin')
const log = join(folder, 'log')
const pwned = join(folder, 'pwned')
const CONNECTION = '192.0.2.1 50000 192.0.2.2 22'

function program(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

// Who runs it, what becomes root, and all that it could run, is the test's.
program(join(bin, 'id'), 'echo "$TEST_UID"')
program(join(bin, 'sudo'), `shift; exec env -i TEST_UID=0 /bin/sh "$@"`)
program(join(bin, 'date'), `cat ${folder}/minute`)
program(join(bin, 'logger'), `for last; do :; done; printf '%s\\n' "$last" >>${log}`)
program(
  join(bin, 'nix-store'),
  `printf '%s\\n' nix-store "$@" "$NIX_REMOTE"; exit "$(cat ${folder}/nix-status)"`,
)
program(join(agents, 'node/bin/node'), `printf '%s\\n' "$@"; env | grep SSH_ || :`)
const gate = gateFile(agent)
program(gate, '')
writeFileSync(gate, gateText(access, agents, run).replace(/^PATH=.*$/m, `PATH=${bin}:/usr/bin:/bin`))
mkdirSync(join(agents, 'current'), { recursive: true })
writeFileSync(join(agents, 'current/agent.cjs'), '')
mkdirSync(join(access, 'keys/app'), { recursive: true })
writeFileSync(join(access, 'keys/app/ci.json'), '{}')

beforeEach(() => {
  for (const path of [log, pwned, join(run, 'refused')]) rmSync(path, { force: true, recursive: true })
  writeFileSync(join(folder, 'nix-status'), '0')
  writeFileSync(join(folder, 'minute'), '202601010000')
})

const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [])

/** What the gate makes of a command line, as sshd calls it. */
function asks(command: string | undefined, { service = 'app', shell = 'sh', connection = CONNECTION } = {}) {
  const env = {
    TEST_UID: '1000',
    SSH_CONNECTION: connection,
    ...(command !== undefined && { SSH_ORIGINAL_COMMAND: command }),
  }
  const { status, stdout, stderr } = spawnSync(shell, [gate, service, 'ci'], { env, encoding: 'utf8' })
  return { status, words: stdout.split('\n').slice(0, -1), stderr }
}

/** What its second half makes of its arguments, as sudo calls it. */
function asRoot(...args: string[]) {
  const { status, stdout } = spawnSync('sh', [gate, ...args], { env: { TEST_UID: '0' }, encoding: 'utf8' })
  return { status, words: stdout.split('\n').slice(0, -1) }
}

const CONNECT = connectCommand(['sudo', '-n'])

for (const shell of ['sh', 'bash']) {
  describe(`the gate, run by ${shell}, lets through`, () => {
    it('a connection, of which it passes on nothing but whose it is', () => {
      const { status, words } = asks(CONNECT, { shell })
      assert.equal(status, 0)
      assert.deepEqual(words, [
        join(agents, 'current/agent.cjs'),
        ...['connect', '--key', 'app/ci', '--connection', CONNECTION],
      ])
      assert.deepEqual(logged(), [])
    })

    for (const path of ['', '/usr/bin/', '/nix/var/nix/profiles/default/bin/']) {
      it(`store paths, to ${path}nix-store`, () => {
        const { status, words } = asks(`${path}nix-store --serve --write`, { shell })
        assert.equal(status, 0)
        assert.deepEqual(words, [
          'nix-store',
          '--serve',
          '--write',
          '--max-jobs',
          '0',
          '--builders',
          '',
          'daemon',
        ])
      })
    }
  })
}

describe('the gate lets through a connection', () => {
  for (const become of [['doas'], ['run0', '--no-ask-password'], ["it's", 'odd']]) {
    it(`of a deployer who becomes root by ${become.join(' ')}`, () =>
      assert.equal(asks(connectCommand(become)).status, 0))
  }
  it('over IPv6', () => {
    const connection = 'fe80::1%eth0 50000 fe80::2%eth0 22'
    assert.equal(asks(CONNECT, { connection }).words.at(-1), connection)
  })
})

describe('the gate refuses, and writes down', () => {
  const cases = [
    '',
    'id',
    'sh -c id',
    'internal-sftp',
    'scp -f /etc/passwd',
    'nix-store --serve',
    'nix-store --serve --write --option sandbox false',
    'nix-store --serve --write; id',
    `sh -c id slipway-connect 1`,
    `sh -c 'id'`,
    `sh -c 'id' slipway-connect`,
    `sh -c 'id' slipway-connect `,
    `sh -c 'id' slipway-connect 1 2`,
    `sh -c 'id' slipway-connect 1;id`,
    `sh -c 'id' slipway-connect $(id)1`,
    `${CONNECT}; touch ${pwned}`,
    `${CONNECT} $(touch ${pwned})`,
    `${CONNECT} \`touch ${pwned}\` 1`,
    `${CONNECT} ' slipway-connect x1`,
    `${CONNECT} && touch ${pwned} 1`,
    `${CONNECT}\ntouch ${pwned}`,
    `touch ${pwned}\n${CONNECT}`,
    `${CONNECT}\r`,
    `${CONNECT} ${'x'.repeat(50_000)}`,
    execCommand(['sudo', '-n'], 'app', false, ['id']),
    `sh -c 'x' slipway-host 0123456789abcdef log app`,
  ]
  for (const command of cases) {
    it(JSON.stringify(command.replace(/^sh -c '\[ .*'/, '…')).slice(0, 70), () => {
      const { status, words, stderr } = asks(command)
      assert.deepEqual([status, words], [77, []])
      assert.match(
        stderr,
        /^slipway refuses: (this key deploys app, and does nothing else|that is no command)/,
      )
      const [line = '', ...others] = logged()
      assert.deepEqual(others, [])
      assert.match(line, /^key ci of app from 192\.0\.2\.1: refused: [ -~]{1,500}$/)
      assert.equal(existsSync(pwned), false)
    })
  }

  it('a shell', () => {
    assert.equal(asks(undefined).status, 77)
    assert.deepEqual(logged(), [
      'key ci of app from 192.0.2.1: refused: this key deploys app, and does nothing else (asked: a shell)',
    ])
  })

  it('store paths with a key that was removed', () => {
    const { status, words, stderr } = asks('nix-store --serve --write', { service: 'gone' })
    assert.deepEqual([status, words], [77, []])
    assert.match(stderr, /this key is no longer authorised/)
  })

  it('what Nix did not take, with the status that Nix gave', () => {
    writeFileSync(join(folder, 'nix-status'), '3')
    assert.equal(asks('nix-store --serve --write').status, 3)
    assert.deepEqual(logged(), [
      'key ci of app from 192.0.2.1: refused: Nix did not take the packages (status 3)',
    ])
  })

  it('nothing that would forge a line of the journal', () => {
    asks('x\nkey root of all from 1.2.3.4: welcome\u001b[2J\u009b')
    const [line = '', ...others] = logged()
    assert.deepEqual(others, [])
    assert.match(line, /asked: x\?key root of all from 1\.2\.3\.4: welcome\?\[2J\?\?\)$/)
  })

  it('so many in a minute, and says where it stops', () => {
    for (let asked = 0; asked < 25; asked += 1) assert.equal(asks('id').status, 77)
    assert.equal(logged().length, 20)
    assert.match(logged().at(-1) ?? '', /; no more of this minute is written down$/)
    writeFileSync(join(folder, 'minute'), '202601010001')
    asks('id')
    assert.equal(logged().length, 21)
  })
})

describe('the half of the gate that is root', () => {
  it('takes names and connections only', () => {
    for (const args of [
      ['../other', 'ci', CONNECTION],
      ['app', 'ci x', CONNECTION],
      ['app', '"', CONNECTION],
      ['app', 'ci', '$(id)'],
      ['app', 'ci', 'a\nb'],
    ]) {
      assert.deepEqual(asRoot(...args), { status: 77, words: [] })
    }
  })

  it('says where there is no agent', () => {
    rmSync(join(agents, 'current/agent.cjs'))
    assert.deepEqual(asRoot('app', 'ci', CONNECTION), { status: 90, words: [] })
    writeFileSync(join(agents, 'current/agent.cjs'), '')
  })
})

describe('the gate as a file', () => {
  it('is short', () => assert.ok(gateText(access, agents).split('\n').length <= 60))
})
