import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

describe('a flake without flake.lock', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    folder.write({
      'np/flake.nix': '{ outputs = _: { }; }',
      'app/flake.nix': `{
        inputs.np.url = "path:${folder.path}/np";
        outputs = { self, np }: {
          packages.${SYSTEM}.default = ${derivation('slipway-locked', 'echo > $out')};
          checks.${SYSTEM}.one = ${derivation('slipway-locked-check', 'echo > $out')};
        };
      }`,
      // Nobody can log in there: the name is reserved for that (RFC 6761).
      'app/slipway.config.ts': `import { defineConfig, service } from 'slipway'
export default defineConfig({ hosts: { web: 'root@host.invalid' }, services: { app: service({ package: '.' }) } })
`,
    })
  })
  after(() => folder.remove())

  const app = () => join(folder.path, 'app')
  const slipway = (...words: string[]) =>
    execa('node', [SLIPWAY, ...words], { cwd: app(), env: { NO_COLOR: '1' }, reject: false, stdin: 'ignore' })

  it('is told of by check and plan, which write nothing', async () => {
    for (const command of ['check', 'plan']) {
      const { stderr } = await slipway(command)
      assert.match(stderr, /flake\.lock of \. does not have np: another day/, command)
      assert.match(stderr, /fix: nix flake lock \., and commit flake\.lock/, command)
    }
    assert.equal(existsSync(join(app(), 'flake.lock')), false)
  })

  it('counts as locked where the input is replaced', async () => {
    const { stderr } = await slipway('check', '--override-input', `np=${folder.path}/np`)
    assert.doesNotMatch(stderr, /flake\.lock/)
  })

  it('is locked by the first deploy, which says so once', async () => {
    const first = await slipway('deploy')
    assert.match(first.stderr, /^locked np in flake\.lock of \.: commit it/m)
    assert.equal(existsSync(join(app(), 'flake.lock')), true)
    const second = await slipway('deploy')
    assert.doesNotMatch(second.stderr, /flake\.lock/)
  })
})
