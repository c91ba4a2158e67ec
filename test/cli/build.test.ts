import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))
const OTHER = SYSTEM === 'aarch64-linux' ? 'x86_64-linux' : 'aarch64-linux'

/** Of nothing, and no placeholder. */
const WRONG = `sha256-${'B'.repeat(42)}A=`

describe('slipway build', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  const unique = `${process.pid}-${Date.now()}`
  before(() => {
    folder = temporaryFolder()
    const package_ = (name: string, script: string) =>
      derivation(`slipway-build-${name}`, `: ${unique}; ${script}`).replace(`"${SYSTEM}"`, 'system')
    const fetched = package_('www-go-modules', 'echo modules > $out').replace(
      /\}$/,
      'outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputHash = vendorHash; }',
    )
    folder.write({
      'slipway.config.ts': `import { defineConfig, service, site } from 'slipway'
export default defineConfig({
  hosts: { web: 'root@host.invalid' },
  services: {
    app: service({ package: '.#app', run: '/bin/true' }),
    www: site({ package: '.#www', routes: ['http://www.example.com'] }),
  },
})
`,
      'flake.nix': `{ outputs = _: { packages = builtins.listToAttrs (map (system: { name = system; value = {
        app = ${package_('app', 'echo app > $out')};
        www = let vendorHash = "${WRONG}"; modules = ${fetched}; in
          ${package_('www', 'read a < $modules; echo $a > $out').replace(/\}$/, 'inherit modules; }')};
      }; }) [ "${SYSTEM}" "${OTHER}" ]); }; }`,
    })
  })
  after(() => folder.remove())

  const slipway = (...words: string[]) =>
    execa('node', [SLIPWAY, ...words], {
      cwd: folder.path,
      env: { NO_COLOR: '1' },
      reject: false,
      stdin: 'ignore',
    })

  it('prints store paths, a line each, and asks no host', async () => {
    const { exitCode, stdout } = await slipway('build', 'app')
    assert.equal(exitCode, 0)
    assert.match(stdout, /^\/nix\/store\/[a-z0-9]{32}-slipway-build-app$/)
    assert.equal(readFileSync(stdout, 'utf8'), 'app\n')
  })

  it('says how to put a wrong hash right, and does it when told', async () => {
    const before = readFileSync(join(folder.path, 'flake.nix'), 'utf8')
    const refused = await slipway('build')
    assert.equal(refused.exitCode, 3)
    assert.match(refused.stderr, /^error: slipway-build-www-go-modules has another hash than specified/m)
    assert.match(refused.stderr, /^next: .*`slipway deploy --fix-hashes` \(or build\) writes the right hash/m)
    assert.equal(readFileSync(join(folder.path, 'flake.nix'), 'utf8'), before)
    const { exitCode, stdout, stderr } = await slipway('build', '--fix-hashes', '--json')
    assert.equal(exitCode, 0, stderr)
    assert.match(
      stderr,
      /^flake\.nix:\d+\n- www = let vendorHash = "sha256-B{42}A=";.*\n\+ www = let vendorHash = "sha256-[\w+/]{43}=";/m,
    )
    const built: { service: string; package: string; closureBytes: number }[] = JSON.parse(stdout)
    assert.deepEqual(
      built.map(({ service }) => service),
      ['app', 'www'],
    )
    for (const item of built) assert.ok(existsSync(item.package) && item.closureBytes > 0)
  })

  it('builds systems too, and puts their hashes right', async () => {
    const kernel = derivation(
      'slipway-build-kernel',
      `: ${unique}; echo kernel > $out`,
      `outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "${WRONG}";`,
    )
    folder.write({
      'infra/slipway.config.ts': `import { defineConfig, service, system } from 'slipway'
export default defineConfig({
  hosts: { web: 'root@host.invalid' },
  services: { app: service({ package: '..#app', run: '/bin/true' }) },
  systems: { nixie: system({ flake: '.#nixosConfigurations.nixie' }) },
})
`,
      'infra/flake.nix': `{ outputs = _: { nixosConfigurations.nixie.config.system.build.toplevel =
        ${derivation('slipway-build-nixie', 'read a < $kernel; echo nixie $a > $out', `kernel = ${kernel};`)}; }; }`,
    })
    const config = ['--config', join(folder.path, 'infra/slipway.config.ts')]
    const refused = await slipway('build', 'nixie', ...config)
    assert.equal(refused.exitCode, 3)
    assert.match(refused.stderr, /^error: slipway-build-kernel has another hash than specified/m)
    const fixed = await slipway('build', '--fix-hashes', '--json', ...config)
    assert.equal(fixed.exitCode, 0, fixed.stderr)
    const built: { service?: string; system?: string; package: string; closureBytes: number }[] = JSON.parse(
      fixed.stdout,
    )
    assert.deepEqual(
      built.map(({ service, system }) => [service, system]),
      [
        ['app', undefined],
        [undefined, 'nixie'],
      ],
    )
    for (const item of built) assert.ok(item.closureBytes > 0)
    const { stdout } = await slipway('build', ...config)
    assert.deepEqual(
      stdout.split('\n'),
      built.map((item) => item.package),
    )
    assert.equal(readFileSync(built[1]?.package ?? '', 'utf8'), 'nixie kernel\n')
  })

  it('says what is missing for another system', async () => {
    const { exitCode, stderr } = await slipway('build', 'app', '--system', OTHER)
    assert.equal(exitCode, 3)
    assert.match(
      stderr,
      new RegExp(`^error: slipway-build-app can't be built on this machine: it is for ${OTHER}$`, 'm'),
    )
    assert.match(stderr, /`builders` and `extra-platforms` lack/)
    assert.match(stderr, /^next: .*slipway deploy --build host\.$/m)
  })

  it('says which system a flake lacks', async () => {
    const { exitCode, stderr } = await slipway('build', 'app', '--system', 'riscv64-linux')
    assert.equal(exitCode, 3)
    assert.match(stderr, /the flake has no package "app" for riscv64-linux/)
  })

  it('says that a flake in git has only what git knows', async () => {
    const lost = temporaryFolder()
    lost.write({
      'slipway.config.ts': readFileSync(join(folder.path, 'slipway.config.ts'), 'utf8'),
      'flake.nix': `{ outputs = _: { packages.${SYSTEM}.app = ${derivation('app', 'echo > $out', 'lost = ./lost.txt;')}; }; }`,
      'lost.txt': '',
    })
    lost.git('init', '-q')
    lost.git('add', 'flake.nix')
    const config = ['--config', join(lost.path, 'slipway.config.ts')]
    const refused = await slipway('build', 'app', ...config)
    lost.git('add', 'lost.txt')
    const built = await slipway('build', 'app', ...config)
    lost.remove()
    assert.match(refused.stderr, /^next: A flake in a git repository has only what git knows/m)
    assert.equal(refused.exitCode, 3)
    assert.equal(built.exitCode, 0, built.stderr)
  })
})
