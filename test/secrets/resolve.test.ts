import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ExitCode, type Service, SlipwayError } from '../../src/index.js'
import { generateKey } from '../../src/secrets/age.js'
import { EMPTY_DOCUMENT } from '../../src/secrets/document.js'
import { writeSecrets } from '../../src/secrets/file.js'
import { resolveSecrets } from '../../src/secrets/resolve.js'
import { app, staticSite } from '../release/samples.js'

const root = mkdtempSync(join(tmpdir(), 'slipway-resolve-'))
after(() => rmSync(root, { recursive: true }))
const { identity, recipient } = await generateKey()
const config = { root, secrets: { file: 'secrets.age', recipients: { ann: recipient } } }

before(async () => {
  process.env.SLIPWAY_AGE_KEY = identity
  process.env.XDG_CONFIG_HOME = root
  const values = { SHARED: 'for all', 'web/OWN': 'for web', 'api/OWN': 'for api', BLANK: ' ' }
  await writeSecrets(config, { ...EMPTY_DOCUMENT, values })
})

const values = (secrets: Service['secrets'], env: NodeJS.ProcessEnv = {}) =>
  resolveSecrets(config, [app({ secrets }), staticSite()], env)

async function refused(secrets: Service['secrets'], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const error = await values(secrets, env).then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof SlipwayError, String(error))
  assert.equal(error.code, ExitCode.usage)
  assert.doesNotMatch(JSON.stringify(error.parts), /hunter2/)
  return (error.parts.why ?? '').split('\n').map((line) => line.trim())
}

const command = (script: string) => ({ from: { command: ['sh', '-c', script] } })

describe('resolveSecrets', () => {
  it('has nothing to do where no service has secrets', async () => {
    assert.deepEqual(await values([]), {})
  })

  it('takes values of the file, those of the service first', async () => {
    assert.deepEqual(await values(['SHARED', 'OWN']), { web: { OWN: 'for web', SHARED: 'for all' } })
  })

  it('takes values of the environment and of commands, and leaves those of hosts to them', async () => {
    const secrets = {
      A: { from: { env: 'GIVEN' } },
      B: command('pwd'),
      C: command('printf "one\\ntwo\\n"'),
      D: { from: 'host' },
    } as const
    assert.deepEqual(await values(secrets, { GIVEN: 'x\n' }), { web: { A: 'x\n', B: root, C: 'one\ntwo\n' } })
  })

  it('asks a command once', async () => {
    const once = command('echo x >>asked; wc -l <asked')
    assert.deepEqual(await values({ A: once, B: once }), { web: { A: '1', B: '1' } })
  })

  it('says everything that is missing at once, and nothing of what commands said', async () => {
    const secrets = {
      A: {},
      B: { from: { env: 'NOT_SET' } },
      C: command('echo hunter2 >&2; echo hunter2; exit 3'),
      D: { from: { command: 'no-such-program read hunter2' } },
      E: command('printf " \\n"'),
      F: command('printf "\\303\\050hunter2"'),
      G: command('printf "hunter2\\000"'),
      BLANK: {},
      SHARED: {},
    }
    assert.deepEqual(await refused(secrets), [
      'web: A is not in secrets.age',
      'web: B comes from $NOT_SET, which is not set',
      'web: BLANK is blank',
      'web: C comes from the command `sh`, which exited with status 3; run it by hand to see why',
      'web: D comes from the command `no-such-program`, which is not installed here',
      'web: E is blank',
      'web: F comes from the command `sh`, which printed what is not text (UTF-8): encode it, for example with base64',
      'web: G holds a NUL byte, which no variable can',
    ])
  })

  it('says with the rest that the file can not be read', async () => {
    process.env.SLIPWAY_AGE_KEY = (await generateKey()).identity
    const [first, ...others] = await refused({ A: {}, B: { from: { env: 'NOT_SET' } } })
    assert.match(first ?? '', /secrets\.age is encrypted for others: no key here can read it$/)
    assert.equal(others.at(-1), 'web: B comes from $NOT_SET, which is not set')
    const alone = await refused(['A'])
    assert.equal(alone[0], '$SLIPWAY_AGE_KEY: one key')
    process.env.SLIPWAY_AGE_KEY = identity
  })

  it('does not look at a file that nobody needs', async () => {
    writeFileSync(join(root, 'broken.age'), 'x')
    const broken = { root, secrets: { file: 'broken.age', recipients: {} } }
    const secrets = { A: { from: { env: 'GIVEN' } } }
    assert.deepEqual(await resolveSecrets(broken, [app({ secrets })], { GIVEN: 'x' }), { web: { A: 'x' } })
  })
})
