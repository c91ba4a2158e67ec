import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  credentialDirectives,
  secretUses,
  versionName,
  wantsVariables,
  withSecretsProgram,
} from '../../src/release/credentials.js'
import { app, released } from './samples.js'
import { difficultWords } from './words.js'

const WEB = app({
  secrets: { URL: {}, KEY: { as: 'file' }, ABSENT: { from: 'host' } },
  listen: 'port',
  processes: { worker: { run: 'work' } },
  timers: { nightly: { run: 'tidy', calendar: 'daily' } },
})
const VERSIONS = { URL: 'aa.cred', KEY: 'bb' }

describe('secretUses', () => {
  it('are the secrets of the config whose versions are known', () => {
    assert.deepEqual(secretUses(WEB, { ...VERSIONS, OTHER: 'cc' }), {
      KEY: { version: 'bb', as: 'file' },
      URL: { version: 'aa.cred', as: 'env' },
    })
    assert.deepEqual(secretUses(WEB, {}), {})
    assert.equal(wantsVariables(secretUses(WEB, VERSIONS)), true)
    assert.equal(wantsVariables(secretUses(WEB, { KEY: 'bb' })), false)
  })
})

describe('credentialDirectives', () => {
  it('tells encrypted versions from others, as their names do', () => {
    assert.deepEqual([versionName('aa', true), versionName('aa', false)], ['aa.cred', 'aa'])
    assert.deepEqual(credentialDirectives(secretUses(WEB, VERSIONS), '/r'), {
      LoadCredential: ['KEY:/r/secrets/KEY'],
      LoadCredentialEncrypted: ['URL:/r/secrets/URL'],
    })
    assert.deepEqual(credentialDirectives({}, '/r'), {})
  })
})

describe('withSecretsProgram', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-credentials-'))
  after(() => rmSync(folder, { recursive: true }))

  /** What a program finds in its environment that is run with secrets. */
  function given(shell: string, values: Record<string, string | Buffer>): Record<string, string> {
    const uses = Object.fromEntries(
      Object.keys(values).map((name) => [name, { version: 'aa', as: 'env' as const }]),
    )
    const program = join(folder, 'with-secrets')
    writeFileSync(program, withSecretsProgram(uses) ?? '')
    for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), value)
    const env = { PATH: process.env.PATH, CREDENTIALS_DIRECTORY: folder }
    const { status, stdout, stderr } = spawnSync(shell, [program, 'env', '-0'], { env, encoding: 'latin1' })
    assert.deepEqual([status, stderr], [0, ''])
    const entries = stdout.split('\0').map((line) => line.split(/=(.*)/s).slice(0, 2))
    return Object.fromEntries(entries.filter(([name]) => name?.startsWith('V')))
  }

  for (const shell of ['sh', 'bash']) {
    it(`hands over every value as it is (${shell})`, () => {
      const texts = ['\n', 'a\n\n', '.', '..', '$(id)', '-n', ...difficultWords(200)]
      const values = Object.fromEntries(texts.map((text, index) => [`V${index}`, Buffer.from(text)]))
      values.VALL = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))
      const expected = Object.entries(values).map(([name, value]) => [name, value.toString('latin1')])
      assert.deepEqual(given(shell, values), Object.fromEntries(expected))
    })
  }

  it('runs the program with its words, in place of itself', () => {
    writeFileSync(join(folder, 'program'), withSecretsProgram({ V: { version: 'aa', as: 'env' } }) ?? '')
    writeFileSync(join(folder, 'V'), 'x')
    const script = `sh ${folder}/program sh -c 'printf "%s|" $$ "$V" "$@"' sh "a b" '$V' & wait $!; echo $!`
    const { stdout } = spawnSync('sh', ['-c', script], {
      env: { ...process.env, CREDENTIALS_DIRECTORY: folder },
      encoding: 'utf8',
    })
    const [pid, ...words] = stdout.trimEnd().split('|')
    assert.deepEqual(words, ['x', 'a b', '$V', pid])
  })

  it('does not run it where a secret can not be read', () => {
    const { status, stdout } = spawnSync('sh', [join(folder, 'program'), 'echo', 'ran'], {
      env: { ...process.env, CREDENTIALS_DIRECTORY: join(folder, 'absent') },
      encoding: 'utf8',
    })
    assert.deepEqual([status, stdout], [1, ''])
  })

  it('is not needed where all secrets are files', () => {
    assert.equal(withSecretsProgram({ KEY: { version: 'aa', as: 'file' } }), undefined)
    assert.equal(withSecretsProgram({}), undefined)
  })
})

describe('a release with secrets', () => {
  const compose = (secrets: Record<string, string>) => released(WEB, { ports: [20_000, 20_001], secrets })
  const { manifest, units, runtime } = compose(VERSIONS)

  it('refers to versions', () => {
    assert.deepEqual(manifest.secrets, { KEY: 'bb', URL: 'aa.cred' })
  })

  it('gives them to all of its programs, through the release', () => {
    for (const [unit, release] of [
      ['web@.service', '/var/lib/slipway/services/web/slots/%i/release'],
      ['web-worker.service', '/var/lib/slipway/services/web/current/release'],
      ['web-nightly.service', '/var/lib/slipway/services/web/current/release'],
    ] as const) {
      const lines = (units[unit] ?? '').split('\n')
      assert.ok(lines.includes(`LoadCredential=KEY:${release}/secrets/KEY`), unit)
      assert.ok(lines.includes(`LoadCredentialEncrypted=URL:${release}/secrets/URL`), unit)
      const start = lines.find((line) => line.startsWith('ExecStart='))
      assert.ok(start?.startsWith(`ExecStart=/bin/sh ${release}/with-secrets ${release}/package/bin/`), start)
    }
  })

  it('differs by a version in what processes depend on, and not in its units', () => {
    const other = compose({ ...VERSIONS, URL: 'cc.cred' })
    assert.deepEqual(other.units, units)
    assert.notEqual(other.runtime, runtime)
  })

  it('is what it always was where there are none', () => {
    const plain = released(app())
    assert.equal('with-secrets' in plain.files, false)
    assert.equal(plain.runtime.includes('secrets'), false)
  })
})
