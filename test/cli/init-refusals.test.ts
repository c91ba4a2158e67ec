import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, linkSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { hasLocalNix } from '../../src/nix/nix-runner.js'
import { EXPECTED, REPOSITORIES } from '../init/detect/corpus.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))
const WITHOUT_NIX = hasLocalNix() ? false : 'needs Nix'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

const all = () => readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).filter(isNotOfGit).sort()
const isNotOfGit = (path: string) => path !== '.git' && !path.startsWith('.git/')

async function run(command: string, ...words: string[]) {
  const { exitCode, stdout, stderr } = await execa(command, words, {
    cwd: folder.path,
    env: { NO_COLOR: '1' },
    stdin: 'ignore',
    reject: false,
  })
  return { code: exitCode, stdout, stderr: stderr.replaceAll(folder.path, '.') }
}
const init = (...words: string[]) => run('node', SLIPWAY, 'init', '--yes', ...words)

/** `init` ends with this message and exit code 2, and the folder is what it was. */
async function refuses(message: string, ...words: string[]): Promise<void> {
  const before = all()
  const { code, stderr } = await init(...words)
  assert.equal(stderr, message)
  assert.equal(code, 2)
  assert.deepEqual(all(), before)
}

function repository(files: Record<string, string>): void {
  folder.write(files)
  folder.git('init', '-q')
  folder.git('add', '.')
  folder.git('commit', '-q', '-m', 'first')
}

describe('slipway init refuses', () => {
  // A broken manifest, a lock file that contradicts it or is missing, no program, none of the kinds…
  for (const name of readdirSync(EXPECTED)) {
    const expected = join(EXPECTED, name)
    if (existsSync(join(expected, 'slipway.config.ts')) || !existsSync(join(REPOSITORIES, name))) continue
    const isFlake = existsSync(join(REPOSITORIES, name, 'flake.nix'))
    it(name, { skip: isFlake && 'Nix would fetch nixpkgs' }, async () => {
      cpSync(join(REPOSITORIES, name), folder.path, { recursive: true })
      folder.git('init', '-q')
      folder.git('add', '.')
      await refuses(readFileSync(join(expected, 'report.txt'), 'utf8').trimEnd())
    })
  }

  it('a manifest that is no text', async () => {
    repository({ 'package.json': '{\0}\0', 'index.js': '' })
    await refuses(
      "error: package.json can't be read\n  it is no UTF-8 text\nNothing was written.\nnext: Correct it and try again.",
    )
  })

  it("a site's config that can't be read", async () => {
    repository({ 'hugo.toml': 'title =\n', 'content/_index.md': '' })
    await refuses(
      "error: hugo.toml:1:8 can't be read\n  invalid value\nNothing was written.\nnext: Correct it and try again.",
    )
  })

  it('a package.json of which nothing runs', async () => {
    repository({ 'package.json': '{ "scripts": { "lint": "biome" } }' })
    const { code, stderr } = await init()
    assert.equal(code, 2)
    assert.match(
      stderr,
      /^ {2}package\.json has no start script that runs node, no file that is seen to listen, and no site generator that is known\.$/m,
    )
  })

  it("a name that can't be a unit's", async () => {
    repository({ 'index.html': 'hi' })
    await refuses(
      'error: --name Front_End: "Front_End" can\'t be a unit and user name: 1 to 31 of a-z, 0-9 and "-", starting with a letter, not ending with "-"\nNothing was written.\nnext: For example front-end.',
      '--name',
      'Front_End',
    )
    await refuses(
      `error: --name sshd: "sshd" is a system's user, unit or state directory already\nNothing was written.\nnext: For example sshd-app.`,
      '--name',
      'sshd',
    )
  })

  it('a flake that git does not know', { skip: WITHOUT_NIX }, async () => {
    repository({ 'index.html': 'hi' })
    folder.write({ 'flake.nix': '{ outputs = _: { }; }' })
    await refuses(
      'error: flake.nix is there, but git does not know it, so Nix does not see it\nNothing was written.\nnext: git add --intent-to-add flake.nix',
    )
  })

  it('a flake that Nix can not read', { skip: WITHOUT_NIX }, async () => {
    repository({ 'flake.nix': '{ outputs = }' })
    const { code, stderr } = await init()
    assert.equal(code, 2)
    assert.match(stderr, /^error: flake\.nix is there, but Nix can't evaluate it\n {2}error: syntax error/)
    assert.match(stderr, /flake\.nix:1:13:\n/)
    assert.match(stderr, /\nNothing was written\.\nnext: Correct it and try again\./)
    assert.deepEqual(all(), ['flake.nix'])
  })

  it('a folder that it may not write to', async () => {
    repository({ 'index.html': 'hi' })
    const isRoot = process.getuid?.() === 0
    chmodSync(folder.path, 0o555)
    // Root may write anywhere but on a file system that is read-only.
    const { code, stderr } = isRoot
      ? await run(
          'unshare',
          '-m',
          'sh',
          '-euc',
          `mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec node '${SLIPWAY}' init --yes`,
        )
      : await init()
    chmodSync(folder.path, 0o755)
    const reason = isRoot ? 'its file system is read-only' : 'this user may not'
    assert.equal(stderr, `error: can't write in .: ${reason}\nNothing was written.`)
    assert.equal(code, 2)
    assert.deepEqual(all(), ['index.html'])
  })
})

describe('slipway init that was killed', () => {
  /** A process that has ended. */
  const GONE = spawnSync('true').pid

  const WHOLE = ['flake.nix', 'index.html', 'module.nix', 'slipway.config.ts']

  /** What it leaves when it is killed after it put `placed` in place. */
  const killed = (...placed: string[]) => {
    repository({ 'index.html': 'hi' })
    for (const name of ['flake.nix', 'slipway.config.ts']) {
      const temporary = `.${GONE}.slipway-init.${name}`
      folder.write({ [temporary]: 'half' })
      if (placed.includes(name)) linkSync(join(folder.path, temporary), join(folder.path, name))
    }
  }

  it('leaves nothing that the next one minds', async () => {
    killed()
    const { code, stdout } = await init()
    assert.equal(code, 0)
    assert.match(stdout, /^Found a folder of HTML/)
    assert.deepEqual(all(), WHOLE)
  })

  it('between its files is undone by the next one', async () => {
    killed('flake.nix')
    const { code, stdout } = await init()
    assert.equal(code, 0)
    assert.match(stdout, /^Removed flake\.nix, which an init that was killed had written\nFound a folder/)
    assert.deepEqual(all(), WHOLE)
    assert.match(readFileSync(join(folder.path, 'flake.nix'), 'utf8'), /outputs =/)
  })

  it('once it had written all is done', async () => {
    killed('flake.nix', 'slipway.config.ts')
    const { code, stderr } = await init()
    assert.equal(code, 2)
    assert.match(stderr, /slipway\.config\.ts is there already, and init never overwrites/)
    assert.deepEqual(all(), ['flake.nix', 'index.html', 'slipway.config.ts'])
    assert.equal(readFileSync(join(folder.path, 'flake.nix'), 'utf8'), 'half')
  })

  it('is left alone while it runs', async () => {
    repository({ 'index.html': 'hi' })
    folder.write({ [`.${process.pid}.slipway-init.flake.nix`]: 'half' })
    assert.equal((await init()).code, 0)
    assert.ok(all().includes(`.${process.pid}.slipway-init.flake.nix`))
  })
})
