import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { hostProgram } from '../../src/remote/program.js'
import { verbCommand } from '../../src/remote/verbs.js'
import { copyProgram } from './program-copy.js'

const copy = copyProgram()
after(() => copy.remove())

const folder = dirname(copy.root)
const log = join(folder, 'log')
const pwned = join(folder, 'pwned')
const id = '0123456789abcdef'
// What the gate lets through is shown, not run.
const shown = join(folder, `shown-${hostProgram().hash}`)
writeFileSync(shown, `printf '%s\\n' "$SLIPWAY_SERVICE/$SLIPWAY_KEY" "$SLIPWAY_CONNECTION" "$@"\n`)
writeFileSync(
  join(folder, 'bin/logger'),
  `#!/bin/sh\nfor last; do :; done\nprintf '%s\\n' "$last" >>${log}\n`,
)
chmodSync(join(folder, 'bin/logger'), 0o755)
mkdirSync(join(copy.root, 'access/keys/app'), { recursive: true })
writeFileSync(join(copy.root, 'access/keys/app/ci'), 'key=\n')

beforeEach(() => rmSync(log, { force: true }))

const CONNECTION = '192.0.2.1 50000 192.0.2.2 22'

/** What the gate makes of a command line, and what it writes down. */
function gate(command: string, { service = 'app', connection = CONNECTION } = {}) {
  const { status, stdout, stderr } = copy.verb(['gate', service, 'ci', connection, command], {
    env: { SLIPWAY_SELF: shown },
  })
  return {
    status,
    words: stdout.split('\n').slice(0, -1),
    stderr,
    log: existsSync(log) ? readFileSync(log, 'utf8') : '',
  }
}

const asked = (verb: string, ...args: readonly string[]) =>
  verbCommand({ become: ['sudo', '-n'] }, verb, args)

function own(activation: string, key: string): void {
  const guard = join(copy.root, 'guards', activation)
  mkdirSync(guard, { recursive: true })
  writeFileSync(join(guard, 'key'), `${key}\n`)
}

describe('the gate lets through, word for word', () => {
  own(id, 'app/ci')
  const allowed: [string, ...string[]][] = [
    ['report', 'plain'],
    ['log', 'app'],
    ['logs', 'app', 'follow', '--no-pager', '-n', '100', '--since', '10 min ago'],
    ['apply', id, '123', 'ann@desk', 'deploy app, it\'s $(id) "so" `id` \\', '0'],
    ['confirm', id],
    ['follow', id, '3'],
    ['abort', id, '3', "it isn't good: a \\ b"],
    ['undo', id, 'ann@desk', 'x'],
    ['withdraw', 'app', 'ann@desk'],
  ]
  for (const words of allowed) {
    it(words.join(' '), () => {
      const { status, words: seen, log: line } = gate(asked(...words))
      assert.equal(status, 0)
      assert.deepEqual(seen, ['app/ci', CONNECTION, ...words])
      assert.match(line, new RegExp(`^key ci of app from 192\\.0\\.2\\.1: ${words[0]} `))
    })
  }
})

describe('the gate refuses, and writes down', () => {
  const good = asked('log', 'app')
  const cases = [
    '',
    'id',
    'sh -c id',
    'slipway-host log app',
    'internal-sftp',
    'scp -f /etc/passwd',
    'nix-store --serve',
    `${good}; touch ${pwned}`,
    `${good} $(touch ${pwned})`,
    `${good} \`touch ${pwned}\``,
    `${good} "x"`,
    `${good} 'x`,
    `${good} \\x`,
    `${good}\ntouch ${pwned}`,
    `${good} ${'x'.repeat(5000)}`,
    asked('log', 'other'),
    asked('log', '../app'),
    asked('log', 'app', 'more'),
    asked('log'),
    asked('logs', 'app'),
    asked('logs', 'app', 'once', '--file=/etc/shadow'),
    asked('logs', 'app', 'once', '-n', '1', '-D', '/'),
    asked('logs', 'app', 'once', '--since', '-f'),
    asked('report', 'plain', 'a', 'root', 'system', '-'),
    asked('report', 'everything'),
    asked('apply', 'op-1-2', '1', 'me', 'x', '0'),
    asked('apply', id, '-1', 'me', 'x', '0'),
    asked('apply', id, '1', 'me', 'x', '99999999999'),
    asked('confirm', `../${id}`),
    asked('exec', 'app', 'pipe', 'id'),
    asked('remove', 'app', 'me', 'purge'),
    asked('maintenance', 'app', 'on'),
    asked('setup', ''),
    asked('keys', 'list'),
    asked('run', id),
    asked('gate', 'other', 'ci', '', ''),
  ]
  for (const command of cases) {
    it(JSON.stringify(command.replace(/^sh -c .* slipway-host \w+/, '…')).slice(0, 70), () => {
      const { status, words, stderr, log: line } = gate(command)
      assert.deepEqual([status, words], [77, []])
      assert.match(stderr, /^slipway refuses: /)
      assert.match(line, /^key ci of app from 192\.0\.2\.1: refused: /)
      assert.equal(existsSync(pwned), false)
    })
  }

  it('what another key began', () => {
    for (const key of ['app/other', 'other/ci', '']) {
      own('fedcba9876543210', key)
      const { status, log: line } = gate(asked('abort', 'fedcba9876543210', '0', 'x'))
      assert.equal(status, 77)
      assert.match(line, /refused/)
    }
  })

  it('an activation that is not there, as gone', () => {
    const { status, log: line } = gate(asked('confirm', '1111111111111111'))
    assert.equal(status, 66)
    assert.match(line, /refused: there is no activation 1111111111111111/)
  })

  it('a program of another version', () => {
    const { status, log: line } = gate(asked('log', 'app').replaceAll(hostProgram().hash, '0123456789abcdef'))
    assert.equal(status, 91)
    assert.match(line, /refused: its slipway is another version/)
  })

  it('a key that was removed', () => {
    assert.match(gate(asked('log', 'app'), { service: 'gone' }).stderr, /no longer authorised/)
  })

  it('nothing that would forge a line of the journal', () => {
    const { log: line } = gate('x\nkey root of all from 1.2.3.4: welcome\u001b[2J')
    assert.equal(line.trimEnd().split('\n').length, 1)
    assert.ok(!line.includes('\u001b'))
  })
})
