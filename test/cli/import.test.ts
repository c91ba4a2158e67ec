import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { flakeFrom } from '../../src/cli/commands/import/write-config.js'
import { loadConfig } from '../../src/config/load.js'
import { ExitCode } from '../../src/errors.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { deployConfig } from '../../src/systems/deploy-config.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('slipway import', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    cpSync(fileURLToPath(new URL('../fixtures/deploy-rs', import.meta.url)), `${folder.path}/infra`, {
      recursive: true,
    })
  })
  beforeEach(() => rmSync(file('slipway.config.ts'), { force: true }))
  after(() => folder.remove())

  const file = (name: string) => `${folder.path}/infra/${name}`
  const overrides = () => ['--override-input', 'addresses', 'addresses']

  /** Runs the command in the flake's folder, as a user would. */
  function slipway(...words: string[]) {
    const script = `import { main } from ${JSON.stringify(MAIN)}; await main(${JSON.stringify(['import', ...words])})`
    return execa('node', ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script], {
      cwd: file('.'),
      env: { NO_COLOR: '1' },
      reject: false,
    })
  }

  it('writes a config that means what the flake means', async () => {
    const { exitCode, stdout, stderr } = await slipway(...overrides())
    assert.equal(exitCode, ExitCode.ok, stderr)
    assert.equal(
      stdout,
      'slipway.config.ts: db-example-system, web-system, web-secrets, web-app, web-backup\n' +
        'See what a deploy would do: slipway plan',
    )
    assert.match(stderr, /^warning: deploy\.nodes\."db\.example"\.tempPath is ignored: /m)
    const written = await loadConfig(file('slipway.config.ts'))
    const inputs = { addresses: `path:${file('addresses')}` }
    const { config } = await deployConfig(localNix(file('.')), '.', inputs)
    assert.deepEqual({ ...written, root: '' }, { ...config, root: '' })
  })

  it('writes one node to another file, which finds the flake from there', async () => {
    const { exitCode, stderr } = await slipway('.#web', '--output', '../web.config.ts', ...overrides())
    assert.equal(exitCode, ExitCode.ok, stderr)
    const { hosts, systems } = await loadConfig(`${folder.path}/web.config.ts`)
    assert.deepEqual(Object.keys(hosts), ['web'])
    assert.deepEqual(systems[0]?.package, { flake: './infra#deploy.nodes."web".profiles."system".path' })
  })

  it('never overwrites', async () => {
    folder.write({ 'infra/slipway.config.ts': '// mine' })
    const { exitCode, stderr } = await slipway(...overrides())
    assert.equal(exitCode, ExitCode.usage)
    assert.match(stderr, /^error: slipway\.config\.ts is there already$/m)
    assert.equal(readFileSync(file('slipway.config.ts'), 'utf8'), '// mine')
  })

  it('writes nothing where the flake is wrong', async () => {
    const { exitCode, stderr } = await slipway('.#wbe', ...overrides())
    assert.equal(exitCode, ExitCode.usage)
    assert.match(stderr, /Did you mean "web"\?/)
    assert.equal(existsSync(file('slipway.config.ts')), false)
  })
})

describe('flakeFrom', () => {
  const here = process.cwd()
  for (const [folder, flake, expected] of [
    [here, '.', '.'],
    [here, './infra', './infra'],
    [here, 'path:./infra', 'path:./infra'],
    [here, '../infra', '../infra'],
    [here, '../infra?dir=web', '../infra?dir=web'],
    [`${here}/deploy`, '.', '..'],
    [`${here}/deploy`, './infra', '../infra'],
    [`${here}/deploy`, './deploy?ref=main', '.?ref=main'],
    [`${here}/deploy`, '/srv/infra', '/srv/infra'],
    [`${here}/deploy`, 'github:me/infra', 'github:me/infra'],
    [`${here}/deploy`, '.hidden', '.hidden'],
  ] as const) {
    it(`calls ${flake} ${expected} in ${folder.slice(here.length) || 'the same folder'}`, () => {
      assert.equal(flakeFrom(folder, flake), expected)
    })
  }
})
