import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { EXPECTED, REPOSITORIES } from '../init/detect/corpus.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

/** script(1) takes these options on Linux. */
const WITHOUT_TERMINAL = process.platform === 'linux' ? false : 'needs script(1) of util-linux'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

/** A copy of a repository of the corpus. */
function repository(name: string, how: 'committed' | 'added' | 'untracked' | 'no git' = 'committed'): void {
  cpSync(join(REPOSITORIES, name), folder.path, { recursive: true })
  if (how === 'no git') return
  folder.git('init', '-q')
  folder.git('remote', 'add', 'origin', 'https://git.example.test/me/shop.git')
  if (how !== 'untracked') folder.git('add', '.')
  if (how === 'committed') folder.git('commit', '-q', '-m', 'first')
}

async function init(...words: string[]) {
  const { exitCode, stdout, stderr } = await execa('node', [SLIPWAY, 'init', '--no-lock', ...words], {
    cwd: folder.path,
    env: { NO_COLOR: '1' },
    stdin: 'ignore',
    reject: false,
  })
  return { code: exitCode, stdout, stderr }
}

/** slipway on a terminal of its own, with keys typed into it once it asks. */
async function initOnTerminal(keys: string) {
  // script(1) wants its input open while the command runs, and ended after it.
  const child = execa('script', ['-qec', `node '${SLIPWAY}' init --no-lock; echo ended`, '/dev/null'], {
    cwd: folder.path,
    env: { NO_COLOR: '1' },
    reject: false,
  })
  let asked = false
  child.stdout.on('data', (chunk) => {
    const text = String(chunk)
    if (!asked && text.includes('On which server?')) {
      asked = true
      child.stdin.write(keys)
    }
    if (/^ended/m.test(text)) child.stdin.end()
  })
  return (await child).stdout.replaceAll('\r', '')
}

const written = () =>
  readdirSync(folder.path).filter((name) => /^(?:\.\d|flake\.nix|module\.nix|slipway\.config)/.test(name))

describe('slipway init', () => {
  it('writes the files, makes git know them, and says what it found', async () => {
    repository('go-stdlib')
    const { code, stdout } = await init('--yes')
    assert.equal(code, 0)
    assert.deepEqual(written(), ['flake.nix', 'module.nix', 'slipway.config.ts'])
    for (const name of written()) {
      assert.equal(
        readFileSync(join(folder.path, name), 'utf8'),
        readFileSync(join(EXPECTED, 'go-stdlib', name), 'utf8'),
      )
    }
    assert.equal(folder.git('status', '--short'), ' A flake.nix\n A module.nix\n A slipway.config.ts\n')
    const report = readFileSync(join(EXPECTED, 'go-stdlib', 'report.txt'), 'utf8')
    assert.equal(
      stdout,
      `${report}Wrote flake.nix, module.nix and slipway.config.ts. Next:\n  slipway deploy   # makes the throwaway host web if there is none`,
    )
  })

  it('never overwrites', async () => {
    repository('go-stdlib')
    await init('--yes')
    const again = await init('--yes')
    assert.equal(again.code, 2)
    assert.match(again.stderr, /slipway\.config\.ts is there already, and init never overwrites/)
    folder.write({ 'slipway.config.mjs': '' })
    folder.git('rm', '-q', '-f', '--cached', 'slipway.config.ts')
    assert.match((await init('--yes')).stderr, /slipway\.config\.\w+ is there already/)
  })

  it('names the flags where it can not ask', async () => {
    repository('docker-hints')
    const { code, stderr } = await init()
    assert.equal(code, 2)
    assert.match(stderr, /this is left to you and there is no terminal to ask on: --host, --listen, --url\n/)
    assert.match(stderr, /--listen: .*EXPOSE in the Dockerfile says 9000 \(Dockerfile:6\)\. \[9000\]/)
    assert.deepEqual(written(), [])
  })

  it('needs no --yes where flags answer all', async () => {
    repository('go-stdlib')
    const { code, stdout } = await init(
      '--host',
      'root@quietriver.net',
      '--url',
      'http://quietriver.net/clock/',
      '--no-git-add',
    )
    assert.equal(code, 0)
    const config = readFileSync(join(folder.path, 'slipway.config.ts'), 'utf8')
    assert.match(config, /hosts: \{ quietriver: 'root@quietriver\.net' \}/)
    assert.match(config, /routes: \['http:\/\/quietriver\.net\/clock\/'\]/)
    assert.match(
      stdout,
      /git add --intent-to-add flake\.nix module\.nix slipway\.config\.ts {3}# Nix sees only what git knows/,
    )
    assert.equal(folder.git('status', '--short'), '?? flake.nix\n?? module.nix\n?? slipway.config.ts\n')
  })

  it('asks on a terminal, again where an answer makes no sense', { skip: WITHOUT_TERMINAL }, async () => {
    repository('docker-hints')
    const said = await initOnTerminal('root@nixie\nsideways\n\nhttp://legacy.quietriver.net\nn\n')
    assert.match(said, /On which server\? .*\[rehearse:web\]/)
    assert.match(said, /expected a port number, port, unix, socket, none or files/)
    const config = readFileSync(join(folder.path, 'slipway.config.ts'), 'utf8')
    assert.match(config, /nixie: 'root@nixie'/)
    assert.match(config, /listen: \{ port: 9000, network: 'own' \}/)
    assert.match(config, /http:\/\/legacy\.quietriver\.net/)
    assert.equal(folder.git('status', '--short'), '?? flake.nix\n?? module.nix\n?? slipway.config.ts\n')
  })

  it('writes nothing where the input ends', { skip: WITHOUT_TERMINAL }, async () => {
    repository('go-stdlib')
    assert.match(await initOnTerminal('\u0004'), /the input ended\nNothing was written\./)
    assert.deepEqual(written(), [])
  })

  it('prints the files instead of writing them', async () => {
    repository('html')
    const { code, stdout } = await init('--yes', '--dry-run')
    assert.equal(code, 0)
    assert.match(stdout, /\n# flake\.nix\n\{\n/)
    assert.match(stdout, /\n# slipway\.config\.ts\nimport /)
    assert.deepEqual(written(), [])
  })

  it('writes no config that slipway would refuse', async () => {
    repository('rust-two-servers')
    // Without it, both programs are services.
    const manifest = readFileSync(join(folder.path, 'Cargo.toml'), 'utf8')
    folder.write({ 'Cargo.toml': manifest.replace(/^default-run.*\n/m, '') })
    const { code, stderr } = await init('--yes', '--url', 'http://shop.test')
    assert.equal(code, 2)
    assert.match(
      stderr,
      /these answers make a config that slipway would refuse\n.*shop\.test\/ is claimed by services\.back-office/,
    )
    assert.deepEqual(written(), [])
  })

  it('works in another folder', async () => {
    repository('monorepo')
    const { code } = await init('backend', '--yes')
    assert.equal(code, 0)
    assert.deepEqual(written(), [])
    assert.ok(readdirSync(join(folder.path, 'backend')).includes('flake.nix'))
    assert.match((await init('missing', '--yes')).stderr, /there is no folder .*missing/)
  })

  it('says what git does not know yet', async () => {
    repository('go-stdlib', 'untracked')
    const { code, stdout } = await init('--yes')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /git add \. {3}# git doesn't know go\.mod, main\.go, main_test\.go and 1 more: Nix doesn't see them either/,
    )
    assert.equal(
      folder.git('diff', '--name-only', '--diff-filter=A'),
      'flake.nix\nmodule.nix\nslipway.config.ts\n',
    )
  })

  it('works without commits, and without git', async () => {
    repository('go-stdlib', 'added')
    assert.equal((await init('--yes')).code, 0)
    folder.remove()
    folder = temporaryFolder()
    repository('html', 'no git')
    const { code, stdout } = await init('--yes')
    assert.equal(code, 0)
    assert.match(stdout, /git init && git add \. {3}# else Nix copies the whole folder/)
    assert.deepEqual(written(), ['flake.nix', 'module.nix', 'slipway.config.ts'])
  })

  it('says that git ignores a lock file', async () => {
    repository('rust-axum', 'untracked')
    folder.write({ '.gitignore': 'Cargo.lock\n' })
    const { code, stderr } = await init('--yes')
    assert.equal(code, 2)
    assert.match(stderr, /git ignores Cargo\.lock, so Nix can't see it/)
    assert.deepEqual(written(), [])
  })
})
