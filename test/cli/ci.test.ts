import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { parse } from 'yaml'
import { type Folder, temporaryFolder } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

describe('slipway ci', () => {
  let folder: Folder
  beforeEach(() => {
    folder?.remove()
    folder = temporaryFolder()
    folder.write({
      'slipway.config.ts': CONFIG,
      'default.nix': '{ }',
      'package.json': '{ "devDependencies": { "slipway": "file:slipway-0.1.0.tgz" } }',
      'flake.lock':
        '{ "nodes": { "root": { "inputs": { "app": "app", "nixpkgs": "n" } } }, "root": "root", "version": 7 }',
    })
    folder.git('init', '-q', '-b', 'trunk')
  })
  after(() => folder.remove())

  const CONFIG = `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: { ssh: 'root@web.example.com', options: ['-p', '2222'] } },
  services: { app: service({ package: { file: './default.nix' } }) },
})
`
  const slipway = (words: string[], cwd = folder.path) =>
    execa('node', [SLIPWAY, ...words], { cwd, env: { NO_COLOR: '1' }, reject: false, stdin: 'ignore' })
  const read = (path: string) => readFileSync(join(folder.path, path), 'utf8')

  it('writes a workflow and says what it needs', async () => {
    const { exitCode, stdout } = await slipway(['ci', 'github'])
    assert.equal(exitCode, 0)
    assert.equal(
      stdout,
      [
        '✓ wrote .github/workflows/deploy.yml',
        'It needs, in the settings of the repository:',
        '  secret SSH_KEY: a private key that the hosts let in',
        "  variable SSH_KNOWN_HOSTS: the hosts' public keys",
        "    as your ssh knows them: for host in [web.example.com]:2222; do ssh-keygen -F $host; done | grep -v '^#'",
        'It runs no checks: the project has none yet.',
        'More: docs/ci.md.',
      ].join('\n'),
    )
    const { on, jobs } = parse(read('.github/workflows/deploy.yml'))
    assert.deepEqual(on.push, { branches: ['trunk'] })
    assert.equal(jobs.deploy.steps[2].run, 'npm exec --yes --package=./slipway-0.1.0.tgz -- slipway build')
  })

  it('writes nothing where the project does not pin slipway: no name on a registry is taken for it', async () => {
    folder.write({ 'package.json': '{ "devDependencies": { "slipway": "^0.1.0" } }' })
    const { exitCode, stderr } = await slipway(['ci', 'github'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /the project does not say where CI gets slipway from/)
    assert.equal(existsSync(join(folder.path, '.github')), false)
    assert.equal((await slipway(['ci', 'github', '--slipway', './slipway'])).exitCode, 0)
  })

  it('never writes over a file', async () => {
    folder.write({ '.gitlab-ci.yml': 'mine: {}\n' })
    const { exitCode, stderr } = await slipway(['ci', 'gitlab'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /\.gitlab-ci\.yml exists already/)
    assert.equal(read('.gitlab-ci.yml'), 'mine: {}\n')
  })

  it('takes all of its flags', async () => {
    const words = [
      '--upstream',
      'app',
      '--branch',
      'main',
      '--runner',
      'arm',
      '--cache',
      'ours',
      '--slipway',
      'nix run .#slipway --',
    ]
    assert.equal((await slipway(['ci', 'forgejo', ...words])).exitCode, 0)
    const { concurrency, jobs } = parse(read('.forgejo/workflows/bump-app.yml'))
    assert.equal(concurrency, 'deploy-refs/heads/main')
    assert.equal(jobs.deploy['runs-on'], 'arm')
    assert.match(jobs.deploy.steps[0].run, /^cachix use ours$/m)
    assert.match(jobs.deploy.steps[3].run, /^nix run \.#slipway -- deploy$/m)
  })

  it('writes to the top of the repository, for a config below it', async () => {
    folder.write({ 'services/web/slipway.config.ts': CONFIG })
    const { exitCode } = await slipway(['ci', 'gitlab'], join(folder.path, 'services/web'))
    assert.equal(exitCode, 0)
    assert.match(read('.gitlab-ci.yml'), / deploy --config services\/web\/slipway\.config\.ts$/m)
  })

  for (const [what, words, error] of [
    [
      'an input the flake lacks',
      ['github', '--upstream', 'ap'],
      /the flake has no input "ap"\nnext: Did you mean "app"\?/,
    ],
    [
      'a cache that is none',
      ['github', '--cache', 'a b'],
      /is neither the name of a cache on cachix\.org nor the URL/,
    ],
    [
      'a cache with quotes',
      ['github', '--cache', "s3://a'b"],
      /is neither the name of a cache on cachix\.org nor the URL/,
    ],
    [
      'a branch that can not be',
      ['github', '--branch', 'a b'],
      /--branch a b can't be written into a workflow/,
    ],
    ['another provider', ['sourcehut'], /expected one of: github, gitlab, forgejo/],
  ] as const) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const { exitCode, stderr } = await slipway(['ci', ...words])
      assert.equal(exitCode, 2)
      assert.match(stderr, error)
      assert.equal(existsSync(join(folder.path, '.github')), false)
    })
  }

  it('needs a repository', async () => {
    const outside = temporaryFolder()
    outside.write({ 'slipway.config.ts': CONFIG })
    const { exitCode, stderr } = await slipway(['ci', 'github'], outside.path)
    outside.remove()
    assert.equal(exitCode, 2)
    assert.match(stderr, /is in no git repository/)
  })
})
