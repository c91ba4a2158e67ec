import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { labHost } from './host.js'
import { LAB_ENV, NIXPKGS, type Project, project } from './project.js'

/** Of nothing, and no placeholder. */
const WRONG = `sha256-${'B'.repeat(42)}A=`

/** Wrong hashes of real dependencies: those of Go modules, of crates and of npm's packages. */
describe('fixed-output hashes', () => {
  const after = cleanups()
  const override = ['--override-input', 'nixpkgs', NIXPKGS]

  const edit = async (app: Project, path: string, from: string | RegExp, to: string) => {
    const text = await readFile(join(app.folder, path), 'utf8')
    assert.ok(typeof from === 'string' ? text.includes(from) : from.test(text), `${path} holds ${from}`)
    await app.write(path, text.replace(from, to))
  }
  const hashOf = async (app: Project, attribute: string) =>
    new RegExp(`${attribute} = "([^"]*)"`).exec(await readFile(join(app.folder, 'flake.nix'), 'utf8'))?.[1]

  it('are put right for Go, also when go.mod changes later', async () => {
    const app = await project('examples/guestbook', after)
    const right = await hashOf(app, 'vendorHash')
    await edit(app, 'flake.nix', right ?? assert.fail(), WRONG)
    const refused = await app.slipway('build', ...override)
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /guestbook-0\.1\.0-go-modules has another hash than specified/)
    assert.match(refused.stderr, /next: .*slipway deploy --fix-hashes/)
    assert.equal(await hashOf(app, 'vendorHash'), WRONG)
    const fixed = await app.slipway('build', '--fix-hashes', ...override)
    assert.equal(fixed.code, 0, fixed.text)
    assert.match(
      fixed.stderr,
      new RegExp(`flake\\.nix:\\d+\\n- vendorHash = "${WRONG}";\\n\\+ vendorHash = "`),
    )
    assert.equal(await hashOf(app, 'vendorHash'), right)

    await edit(app, 'go.mod', /v1\.14\.\d+/, 'v1.14.99')
    await edit(app, 'go.sum', /v1\.14\.\d+/g, 'v1.14.99')
    const outdated = await app.slipway('build', ...override)
    assert.equal(outdated.code, 3)
    assert.match(outdated.stderr, /guestbook-0\.1\.0-go-modules has another hash than specified/)
    const updated = await app.slipway('build', '--fix-hashes', ...override)
    assert.equal(updated.code, 0, updated.text)
    assert.notEqual(await hashOf(app, 'vendorHash'), right)
  })

  it('are put right for Rust, also when Cargo.lock changes later', async () => {
    const app = await project('examples/fortune-cookie', after)
    await edit(app, 'flake.nix', 'cargoLock.lockFile = ./Cargo.lock;', 'cargoHash = nixpkgs.lib.fakeHash;')
    const first = await app.slipway('build', '--fix-hashes', '--json', ...override)
    assert.equal(first.code, 0, first.text)
    const [built] = JSON.parse(first.stdout)
    assert.match(built.package, /-fortune-cookie-/)
    const right = await hashOf(app, 'cargoHash')
    // The same name and version: Nix has the crates of the old lock file under the old hash.
    await edit(app, 'Cargo.lock', /^/, '# Changed.\n')
    const updated = await app.slipway('build', '--fix-hashes', ...override)
    assert.equal(updated.code, 0, updated.text)
    assert.notEqual(await hashOf(app, 'cargoHash'), right)
  })

  it('are put right for npm, also when package-lock.json changes later', async () => {
    const app = await project('test/fixtures/repos/node-npm', after)
    assert.equal((await app.slipway('init', '--yes')).code, 0)
    // Nobody knew the hash: it is written without a question.
    const first = await app.slipway('build', ...override)
    assert.equal(first.code, 0, first.text)
    const right = await hashOf(app, 'npmDepsHash')
    await edit(app, 'flake.nix', right ?? assert.fail(), WRONG)
    const refused = await app.slipway('build', ...override)
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /notices-1\.1\.0-npm-deps has another hash than specified/)
    assert.equal(await hashOf(app, 'npmDepsHash'), WRONG)
    await edit(app, 'flake.nix', WRONG, right ?? assert.fail())
    // The same name and version: Nix has the packages of the old lock file under the old hash.
    await edit(app, 'package-lock.json', '"license": "MIT"', '"license": "BSD-3-Clause"')
    const updated = await app.slipway('build', '--fix-hashes', ...override)
    assert.equal(updated.code, 0, updated.text)
    assert.notEqual(await hashOf(app, 'npmDepsHash'), right)
  })

  it('are put right by a deploy, which asks on a terminal', async () => {
    const host = await labHost('t-hashes', after)
    const app = await project('examples/guestbook', after)
    const right = await hashOf(app, 'vendorHash')
    const words = ['deploy', '--rehearse', host.name, ...override]
    assert.equal((await app.slipway('setup', host.name, '--rehearse', host.name, ...override)).code, 0)
    await edit(app, 'flake.nix', right ?? assert.fail(), WRONG)
    const refused = await app.slipway(...words)
    assert.equal(refused.code, 3)
    assert.equal(await hashOf(app, 'vendorHash'), WRONG)
    // script(1) gives slipway a terminal.
    const onTerminal = (answer: string) =>
      execa('script', ['-qec', `node ${app.program} ${words.join(' ')}`, '/dev/null'], {
        cwd: app.folder,
        env: LAB_ENV,
        input: `${answer}\n`,
        reject: false,
        all: true,
      })
    const declined = await onTerminal('n')
    assert.match(declined.all ?? '', /Write the right one and build again\? \[Y\/n\]/)
    assert.equal(await hashOf(app, 'vendorHash'), WRONG)
    const agreed = await onTerminal('y')
    assert.equal(agreed.exitCode, 0, agreed.all)
    assert.equal(await hashOf(app, 'vendorHash'), right)
    assert.equal((await host.get('guestbook.example.test', '/')).status, 200)
  })

  it('are put right by a deploy that builds on the host', async () => {
    const host = await labHost('t-hashes-there', after, { toolchain: true })
    const app = await project('examples/guestbook', after)
    const right = await hashOf(app, 'vendorHash')
    assert.equal((await app.slipway('setup', host.name, '--rehearse', host.name, ...override)).code, 0)
    // The stand-in toolchain is entered by chroot, which a build user may not do.
    await host.run(
      'printf "sandbox = false\\nsubstituters =\\nbuild-users-group =\\n" >> /etc/nix/nix.conf; systemctl restart nix-daemon 2>/dev/null || true',
    )
    await edit(app, 'flake.nix', right ?? assert.fail(), WRONG)
    const words = ['deploy', '--rehearse', host.name, '--build', 'host', ...override]
    const fixed = await app.slipway(...words, '--fix-hashes')
    assert.equal(fixed.code, 0, fixed.text)
    assert.equal(await hashOf(app, 'vendorHash'), right)
  })
})
