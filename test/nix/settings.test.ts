import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, afterEach, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { evaluate } from '../../src/nix/evaluate.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { build } from '../../src/nix/realise.js'
import { checkPlatform } from '../../src/nix/settings.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from './samples.js'

const OTHER = SYSTEM === 'aarch64-linux' ? 'x86_64-linux' : 'aarch64-linux'

describe('checkPlatform', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  const config = process.env.NIX_CONFIG
  before(() => {
    folder = temporaryFolder()
  })
  afterEach(() => {
    process.env.NIX_CONFIG = config
  })
  after(() => folder.remove())

  /** A package that follows the system it is evaluated for. */
  async function evaluated(name: string, system?: string) {
    folder.write({
      'default.nix': derivation(name, 'echo > $out').replace(`"${SYSTEM}"`, 'builtins.currentSystem'),
    })
    return evaluate(
      localNix(folder.path),
      'services.web.package',
      { file: 'default.nix', attr: undefined },
      {},
      system,
    )
  }
  const unique = () => `slipway-test-${process.pid}-${Date.now()}`
  const check = (...packages: Awaited<ReturnType<typeof evaluated>>[]) =>
    checkPlatform(localNix(folder.path), packages)
  const refused = /can't be built on this machine: it is for/

  it('lets this machine’s system be', async () => check(await evaluated(unique(), SYSTEM)))

  it('tells the system a package is for', async () => {
    assert.equal((await evaluated(unique())).system, SYSTEM)
    assert.equal((await evaluated(unique(), OTHER)).system, OTHER)
  })

  it('refuses another system before anything is built', async () => {
    await assert.rejects(check(await evaluated(unique(), OTHER)), refused)
  })

  it('leaves to the build what is not known before it', async () =>
    check({ ...(await evaluated(unique(), OTHER)), system: null }))

  it('asks for no builder where the package is there already', async () => {
    const name = unique()
    const { drv, out } = await evaluated(name, OTHER)
    // As if it had come from elsewhere: a derivation of this machine may be told to be of the other.
    execFileSync('nix-store', ['--realise', drv, '--option', 'system', OTHER], { stdio: 'ignore' })
    assert.ok(out.endsWith(name))
    await check(await evaluated(name, OTHER))
  })

  it('knows builders, in the setting and in a file it names', async () => {
    folder.write({ machines: `# ours\nssh://root@builder ${OTHER} /key 4\n` })
    const package_ = await evaluated(unique(), OTHER)
    process.env.NIX_CONFIG = `${config}\nbuilders = @${folder.path}/machines`
    await check(package_)
    process.env.NIX_CONFIG = `${config}\nbuilders = ssh://root@builder riscv64-linux ; ssh://root@other ${OTHER}`
    await check(package_)
    process.env.NIX_CONFIG = `${config}\nbuilders = @${folder.path}/missing`
    await assert.rejects(check(package_), refused)
  })

  it('explains Nix’s own refusal too', async () => {
    const { drv } = await evaluated(unique(), OTHER)
    const error = await build(localNix(folder.path), [drv], () => {}).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.parts.what, `what the build needs can't be built on this machine: it is for ${OTHER}`)
  })
})
