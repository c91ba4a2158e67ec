import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { packageVersion } from '../../src/package-root.js'
import { cleanups } from './cleanups.js'
import { LAB_ENV, NIXPKGS } from './project.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CONFIG = `import { defineConfig, service } from 'slipway'
export default defineConfig({ hosts: {}, services: {}, parallel: 'many' })
`

/** The ways in which docs/install.md says that slipway is installed. Nothing here comes from a network. */
describe('slipway, installed', () => {
  const after = cleanups()
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-install-'))
    after(() => rm(folder, { recursive: true, force: true }))
  })

  /** Runs it where nothing of this repository is near. */
  async function runsWell(program: string, at: string) {
    const run = (...args: string[]) =>
      execa(program, args, { cwd: at, reject: false, env: { NO_COLOR: '1' } })
    assert.equal((await run('--version')).stdout, packageVersion())
    assert.match((await run('--help')).stdout, /^USAGE\n|slipway COMMAND|^slipway/m)
    await writeFile(join(at, 'slipway.config.ts'), CONFIG)
    const refused = await run('status')
    assert.equal(refused.exitCode, 2, refused.stderr)
    assert.match(refused.stderr, /parallel: expected a number, got "many"/)
  }

  it('by the tarball of npm pack, in an empty folder and without a registry', async () => {
    const { stdout } = await execa(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      { cwd: ROOT },
    )
    const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
    const top = new Set(files.map(({ path }) => path.split('/')[0]))
    assert.ok(!top.has('src') && !top.has('test'), [...top].join(' '))
    const at = join(folder, 'by-npm')
    await cp(join(folder, filename), join(at, filename))
    await writeFile(join(at, 'package.json'), '{ "private": true }')
    await execa('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], { cwd: at })
    await runsWell(join(at, 'node_modules/.bin/slipway'), at)
  })

  it('by its flake', async () => {
    // What git has, and what npm fetched: the stand-in for nixpkgs has no registry.
    const source = join(folder, 'source')
    const { stdout } = await execa('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT })
    const wanted = stdout
      .split('\0')
      .filter((path) => path !== '' && !/^(?:test|examples|bench)\//.test(path))
    for (const path of wanted) await cp(join(ROOT, path), join(source, path))
    await cp(join(ROOT, 'node_modules'), join(source, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    })
    const features = ['--extra-experimental-features', 'nix-command flakes']
    const offline = ['--override-input', 'nixpkgs', `path:${NIXPKGS}`, '--no-write-lock-file']
    const nix = (command: string, ...args: string[]) =>
      execa('nix', [...features, command, ...offline, ...args], { cwd: source, env: LAB_ENV })
    const systems = await nix('eval', '--json', `path:${source}#packages`, '--apply', 'builtins.attrNames')
    assert.deepEqual(JSON.parse(systems.stdout), [
      'aarch64-darwin',
      'aarch64-linux',
      'x86_64-darwin',
      'x86_64-linux',
    ])
    const result = join(folder, 'result')
    await nix('build', `path:${source}`, '--out-link', result)
    const at = join(folder, 'by-nix')
    await cp(join(ROOT, 'LICENSE'), join(at, 'LICENSE'))
    await runsWell(join(result, 'bin/slipway'), at)
    assert.deepEqual(await readdir(join(result, 'lib/slipway/node_modules')), ['jiti'])
    const run = await nix('run', `path:${source}`, '--', '--version')
    assert.equal(run.stdout, packageVersion())
  })

  it('from a release, which is a commit, a tag and a tarball', async () => {
    const at = join(folder, 'released')
    await cp(join(ROOT, 'scripts/release.sh'), join(at, 'scripts/release.sh'))
    await writeFile(
      join(at, 'package.json'),
      JSON.stringify({ name: 'slipway', version: '0.1.0', scripts: { build: 'true' } }),
    )
    await writeFile(join(at, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- More.\n')
    await writeFile(join(at, '.gitignore'), '/slipway-*.tgz\n')
    const name = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.test',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.test',
    }
    const git = (...args: string[]) => execa('git', args, { cwd: at, env: name })
    const release = (version: string) =>
      execa('sh', ['scripts/release.sh', version], { cwd: at, env: name, reject: false })
    await git('init', '-q')
    await git('add', '-A')
    await git('commit', '-qm', 'one')
    assert.match((await release('0.2.0')).stderr, /there is no flake\.lock/)
    await writeFile(join(at, 'flake.lock'), '{}')
    assert.match((await release('0.2.0')).stderr, /changes that are not committed/)
    await git('add', '-A')
    await git('commit', '-qm', 'two')
    assert.match((await release('next')).stderr, /next is no version/)
    const released = await release('0.2.0')
    assert.equal(released.exitCode, 0, released.stderr)
    assert.equal((await git('describe', '--tags')).stdout, 'v0.2.0')
    assert.equal((await git('status', '--porcelain')).stdout, '')
    assert.match((await git('show', 'v0.2.0:CHANGELOG.md')).stdout, /^## 0\.2\.0\n\n- More\.$/m)
    assert.match((await git('show', 'v0.2.0:package.json')).stdout, /"version": ?"0\.2\.0"/)
    assert.ok((await readdir(at)).includes('slipway-0.2.0.tgz'))
  })
})
