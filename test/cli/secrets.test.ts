import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { generateKey } from '../../src/secrets/age.js'
import { readSecrets } from '../../src/secrets/file.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'slipway-cli-secrets-'))
after(() => rmSync(folder, { recursive: true }))
const env = { NO_COLOR: '1', XDG_CONFIG_HOME: join(folder, 'home'), SLIPWAY_AGE_KEY: '', VISUAL: '' }
const keyFile = join(folder, 'home/slipway/age.key')

const configure = (recipients: Record<string, string>, secrets = `['URL', 'PIN']`) =>
  writeFileSync(
    join(folder, 'slipway.config.ts'),
    `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: 'root@host.invalid' },
  secrets: { recipients: ${JSON.stringify(recipients)} },
  services: { app: service({ package: '.', secrets: ${secrets} }) },
})
`,
  )

async function slipway(words: string[], options: { input?: string; env?: Record<string, string> } = {}) {
  const { exitCode, stdout, stderr } = await execa('node', [SLIPWAY, 'secrets', ...words], {
    cwd: folder,
    env: { ...env, ...options.env },
    reject: false,
    input: options.input ?? '',
  })
  assert.doesNotMatch(stdout + stderr, /hunter|AGE-SECRET/)
  return { code: exitCode, stdout, stderr }
}

async function values(): Promise<Record<string, string>> {
  process.env.XDG_CONFIG_HOME = env.XDG_CONFIG_HOME
  return (await readSecrets({ root: folder, secrets: { file: 'secrets.age', recipients: {} } })).values
}

describe('slipway secrets', () => {
  let own: string

  it('init makes a key that nobody else can read, and says what the config needs', async () => {
    configure({})
    const { code, stdout } = await slipway(['init'])
    assert.equal(code, 0)
    own = /^# public key: (age1\S+)$/m.exec(readFileSync(keyFile, 'utf8'))?.[1] ?? assert.fail()
    assert.match(stdout, new RegExp(`secrets: { recipients: { \\w+: '${own}' } },`))
    assert.equal(statSync(keyFile).mode & 0o777, 0o600)
    const before = readFileSync(keyFile, 'utf8')
    await slipway(['init'])
    assert.equal(readFileSync(keyFile, 'utf8'), before)
    configure({ ann: own })
    assert.match(
      (await slipway(['init'])).stdout,
      /^ann, whose key this is, is one of the config's recipients already/,
    )
  })

  it('set takes a value from standard input, without showing it', async () => {
    assert.equal((await slipway(['set', 'URL'], { input: 'hunter1\n' })).stdout, 'URL: set in secrets.age')
    assert.equal(
      (await slipway(['set', 'URL'], { input: 'hunter2\n' })).stdout,
      'URL: changed in secrets.age',
    )
    assert.equal(
      (await slipway(['set', 'URL'], { input: 'hunter2' })).stdout,
      'URL: as it was in secrets.age',
    )
    await slipway(['set', 'PIN', '--service', 'app'], { input: 'hunter\n3\n' })
    assert.match(
      (await slipway(['set', 'NEW'], { input: 'hunter4' })).stdout,
      /No service takes it from the file yet/,
    )
    assert.deepEqual(await values(), { URL: 'hunter2', 'app/PIN': 'hunter\n3\n', NEW: 'hunter4' })
  })

  it('set asks for a value on a terminal, where it is not shown either', async () => {
    const script = spawnSync('script', ['--version'])
    if (script.error) return
    const typed = await execa('script', ['-qec', `node ${SLIPWAY} secrets set URL`, '/dev/null'], {
      cwd: folder,
      env,
      input: 'hunter5\r',
      reject: false,
    })
    assert.match(typed.stdout, /Value of URL \(not shown\):/)
    assert.equal((await values()).URL, 'hunter5')
    // What is sent before the program listens, the terminal itself echoes.
    assert.doesNotMatch(typed.stdout.split('not shown')[1] ?? '', /hunter/)
  })

  for (const [what, words, input] of [
    ['a blank value', ['set', 'URL'], ' \n'],
    ['no value', ['set', 'URL'], ''],
    ['a value on the command line', ['set', 'URL=hunter'], ''],
    ['a name that is none', ['set', 'a-b'], 'hunter'],
    ['a service that is not there', ['set', 'URL', '--service', 'nope'], 'hunter'],
    ['what is not there', ['unset', 'NOPE'], ''],
    ['an empty file', ['import', '/dev/null'], ''],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const before = readFileSync(join(folder, 'secrets.age'))
      assert.equal((await slipway([...words], { input })).code, 2)
      assert.deepEqual(readFileSync(join(folder, 'secrets.age')), before)
    })
  }

  it('import takes the lines of a .env file', async () => {
    writeFileSync(join(folder, '.env'), '# x\nexport A=hunter6\nB="hunter\\n7"\nURL=hunter8\nBLANK=\n')
    const { stdout } = await slipway(['import', '.env', '--service', 'app'])
    assert.match(stdout, /^left out: BLANK is blank\nsecrets\.age has now: app\/A, app\/B, app\/URL\n/)
    const { 'app/A': a, 'app/B': b, 'app/URL': url, URL: shared } = await values()
    assert.deepEqual([a, b, url], ['hunter6', 'hunter\n7', 'hunter8'])
    assert.notEqual(shared, url)
  })

  it('edit shows all of them to the editor alone, and takes what it leaves', async () => {
    const seen = join(folder, 'seen')
    const editor = join(folder, 'editor')
    writeFileSync(
      editor,
      `cp "$1" ${seen}; stat -c '%a' "$1" "$(dirname "$1")" >${seen}.modes; dirname "$1" >${seen}.place\nsed -i 's/hunter6/hunter9/; /^NEW/d' "$1"\n`,
    )
    const { code, stdout } = await slipway(['edit'], { env: { EDITOR: `sh ${editor}` } })
    assert.deepEqual([code, stdout], [0, 'secrets.age: changed NEW, app/A'])
    assert.match(readFileSync(seen, 'utf8'), /^app\/A: hunter6$/m)
    assert.equal(readFileSync(`${seen}.modes`, 'utf8'), '600\n700\n')
    assert.equal(existsSync(readFileSync(`${seen}.place`, 'utf8').trim()), false)
    const { NEW, 'app/A': a } = await values()
    assert.deepEqual([NEW, a], [undefined, 'hunter9'])
  })

  for (const [what, editor] of [
    ['what is no YAML', 'echo "A: [hunter" >>"$1"'],
    ['a blank value', 'echo "A:" >>"$1"'],
    ['an editor that fails', 'exit 3'],
    ['an editor that is killed', 'kill -9 $$'],
  ] as const) {
    it(`edit leaves things as they were after ${what}, and removes its file`, async () => {
      const before = await values()
      writeFileSync(join(folder, 'editor'), `dirname "$1" >${folder}/place\n${editor}\n`)
      const { code } = await slipway(['edit'], { env: { EDITOR: `sh ${folder}/editor` } })
      assert.ok(code === 2 || code === 3, String(code))
      assert.deepEqual(await values(), before)
      assert.equal(existsSync(readFileSync(join(folder, 'place'), 'utf8').trim()), false)
    })
  }

  it('rotate tells what somebody could read who is no recipient any more', async () => {
    const bob = await generateKey()
    configure({ ann: own, bob: bob.recipient })
    assert.equal((await slipway(['rotate'])).stdout, 'secrets.age: encrypted for ann, bob')
    configure({ ann: own })
    const { stdout } = await slipway(['rotate'])
    assert.match(stdout, /^bob could read, .*: URL, app\/A, app\/B, app\/PIN, app\/URL; change them/m)
    await slipway(['unset', 'URL', '--service', 'app'])
    await slipway(['set', 'PIN', '--service', 'app'], { input: 'hunter10' })
    assert.match((await slipway(['list'])).stdout, /^bob could read, .*: URL, app\/A, app\/B; change them/m)
    const old = await slipway(['list'], {
      env: { XDG_CONFIG_HOME: join(folder, 'nobody'), SLIPWAY_AGE_KEY: bob.identity },
    })
    assert.equal(old.code, 2)
    assert.match(old.stderr, /is encrypted for others: no key here can read it/)
  })

  it('list says where each comes from', async () => {
    configure(
      { ann: own },
      `{ URL: {}, NONE: { as: 'file' }, CI: { from: { env: 'CI_X' } }, OP: { from: { command: 'op read hunter' } }, H: { from: 'host' } }`,
    )
    const { stdout } = await slipway(['list'])
    assert.deepEqual(
      stdout
        .split('\n')
        .slice(0, 7)
        .map((line) => line.trimEnd().split(/ {2,}/)),
      [
        ['SERVICE', 'SECRET', 'FROM', 'AS'],
        ['app', 'CI', '$CI_X', 'env'],
        ['app', 'H', 'host', 'env'],
        ['app', 'NONE', 'file: missing', 'file'],
        ['app', 'OP', 'command op', 'env'],
        ['app', 'URL', 'file', 'env'],
        ['no service names: app/A, app/B, app/PIN'],
      ],
    )
    const json = JSON.parse((await slipway(['list', '--json'])).stdout)
    assert.deepEqual(json.unused, ['app/A', 'app/B', 'app/PIN'])
    assert.equal(json.secrets.length, 5)
  })
})
