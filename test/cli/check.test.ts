import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

describe('slipway check, and deploy --check', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    configure('')
    checks({ lint: 'echo > $out', tests: 'echo tests ran; exit 1' })
  })
  after(() => folder.remove())

  /** A project on a host that nobody can log in to: the name is reserved for that (RFC 6761). */
  function configure(more: string): void {
    folder.write({
      'slipway.config.ts': `import { defineConfig, service } from 'slipway'
export default defineConfig({ hosts: { web: 'root@host.invalid' }, ${more} services: { app: service({ package: '.' }) } })
`,
    })
  }

  function checks(scripts: Record<string, string>): void {
    const entries = Object.entries(scripts).map(
      ([name, script]) => `${name} = ${derivation(`slipway-cli-${name}`, `: ${process.pid}; ${script}`)};`,
    )
    folder.write({
      'flake.nix': `{ outputs = _: {
        packages.${SYSTEM}.default = ${derivation('slipway-cli-app', 'echo > $out')};
        checks.${SYSTEM} = { ${entries.join('\n')} };
      }; }`,
    })
  }

  const slipway = (...words: string[]) =>
    execa('node', [SLIPWAY, ...words], {
      cwd: folder.path,
      env: { NO_COLOR: '1' },
      reject: false,
      stdin: 'ignore',
    })

  it('shows what failed, and ends with 3', async () => {
    const { exitCode, stdout, stderr } = await slipway('check')
    assert.equal(exitCode, 3)
    assert.match(stderr, /^✓ lint /m)
    assert.match(stderr, /^✗ tests /m)
    assert.match(
      stdout,
      /^✗ tests \(slipway-cli-tests\)\n {4}tests ran\n {2}all of it: nix log \/nix\/store\/\S+-slipway-cli-tests\.drv\n1 of 2 checks passed$/,
    )
  })

  it('goes on when nobody reads its progress any more', async () => {
    const checking = slipway('check')
    checking.stderr.destroy()
    const { exitCode, stdout } = await checking
    assert.equal(exitCode, 3)
    assert.match(stdout, /^1 of 2 checks passed$/m)
  })

  it('prints JSON', async () => {
    const { exitCode, stdout } = await slipway('check', '--json')
    assert.equal(exitCode, 3)
    const found = JSON.parse(stdout).checks.map((item: { name: string; ok: boolean; log: string[] }) => [
      item.name,
      item.ok,
      item.log,
    ])
    assert.deepEqual(found, [
      ['lint', true, []],
      ['tests', false, ['tests ran']],
    ])
  })

  for (const [what, config, words] of [
    ['--check', '', ['deploy', '--check']],
    ['the config', 'check: true,', ['deploy']],
  ] as const) {
    it(`lets no deploy begin with ${what}`, async () => {
      configure(config)
      const { exitCode, stderr } = await slipway(...words)
      assert.equal(exitCode, 3)
      assert.match(stderr, /^error: 1 of 2 checks failed: tests$/m)
      assert.match(stderr, /^ {4}tests ran$/m)
      assert.doesNotMatch(stderr, /host\.invalid/)
    })
  }

  it('lets it begin with --no-check, and where all pass', async () => {
    configure('check: true,')
    const unchecked = await slipway('deploy', '--no-check')
    assert.match(unchecked.stderr, /host\.invalid/)
    checks({ lint: 'echo > $out' })
    const checked = await slipway('deploy')
    assert.match(checked.stderr, /^✓ lint/m)
    assert.match(checked.stderr, /host\.invalid/)
  })

  it('does not take a project without checks for one that passed', async () => {
    checks({})
    const { exitCode, stderr } = await slipway('check')
    assert.equal(exitCode, 2)
    assert.match(stderr, /^error: no flake of this project has checks for this machine$/m)
  })
})
