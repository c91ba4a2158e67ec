import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, type Project } from './project.js'

/** The test service, and a program that asks how it does. It says what it sees, and is well where `message` is. */
const PACKAGE = `{ pkgs ? import <nixpkgs> { } }:
pkgs.symlinkJoin {
  name = "app";
  paths = [
    (import ./app.nix { inherit pkgs; })
    (pkgs.writeShellScriptBin "app-check" ''
      case \${pkgs.lib.fileContents ./check} in
        slow) sleep 60 ;;
        sick) echo "the queue is full, says $(id -un)"; exit 4 ;;
        worker) exit 0 ;;
        unix) test -S "$LISTEN_PATH" ;;
        own) exec 3<>/dev/tcp/127.0.0.1/4000 ;;
        *) exec 3<>/dev/tcp/127.0.0.1/$PORT ;;
      esac
    '')
  ];
  meta.mainProgram = "app";
}
`
const CHECKED = `health: { run: 'app-check', timeout: '4s', attempt: '1s' }`
const ROUTES = `routes: ['http://app.example.test']`

describe('probes of health', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const deploy = async (options: string, check: string, code = 0) => {
    await app.write('slipway.config.ts', appConfig(host.name, options))
    await app.write('check', check)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, code, ended.text)
    return ended.text
  }

  before(async () => {
    host = await labHost('t-modular-probes', after)
    app = await appProject(host.name, after, `listen: 'port'`)
    await app.write('app.nix', await readFile(join(app.folder, 'default.nix'), 'utf8'))
    await app.write('default.nix', PACKAGE)
    await app.write('check', 'well')
    await app.commit()
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })

  it('asks by a program of the release, where the new instance listens', async () => {
    const text = await deploy(`listen: 'port', ${ROUTES}, ${CHECKED}`, 'well')
    assert.match(text, /checking its health/)
    assert.match((await app.slipway('status')).stdout, /healthy/)
  })

  it('puts back what its own program finds sick, and says what that said', async () => {
    const text = await deploy(`listen: 'port', ${ROUTES}, ${CHECKED}`, 'sick', 3)
    assert.match(text, /its probe app-check: it ended with status 4: the queue is full, says app/)
    assert.match((await app.slipway('status')).stdout, /app +1 .*healthy/)
  })

  it('ends a program that does not, and leaves nothing of it', async () => {
    const text = await deploy(`listen: 'port', ${ROUTES}, ${CHECKED}`, 'slow', 3)
    assert.match(text, /its probe app-check: it did not end within 1 s/)
    assert.equal(await host.run('pgrep -u app sleep || true'), '')
    assert.equal(await host.run(`systemctl list-units --all --plain --no-legend 'run-*.service'`), '')
  })

  it('rolls back with the program that the release had', async () => {
    await deploy(`listen: 'port', ${ROUTES}, health: { path: '/health' }, env: { MESSAGE: 'second' }`, 'sick')
    assert.equal((await app.slipway('rollback')).code, 0)
    assert.match((await app.slipway('status')).stdout, /healthy/)
  })

  for (const [what, options, check] of [
    ['a socket of its own', `listen: 'unix', ${ROUTES}, ${CHECKED}`, 'unix'],
    ['a network of its own', `listen: { port: 4000, network: 'own' }, ${ROUTES}, ${CHECKED}`, 'own'],
    ['a worker', `run: 'app worker', ${CHECKED}`, 'worker'],
    ['connections to a port', `listen: 'port', ${ROUTES}, health: { protocol: 'tcp' }`, 'sick'],
    ['connections to a socket of its own', `listen: 'unix', ${ROUTES}, health: { protocol: 'tcp' }`, 'sick'],
  ] as const) {
    it(`asks ${what}`, async () => {
      await deploy(options, check)
    })
  }

  it('puts back a worker that its own program finds sick', async () => {
    await deploy(`run: 'app worker', ${CHECKED}`, 'worker')
    const text = await deploy(`run: 'app worker', ${CHECKED}, env: { MESSAGE: 'x' }`, 'sick', 3)
    assert.match(text, /the queue is full/)
  })

  for (const [protocol, seen] of [
    ['tls', /by TLS: /],
    ['grpc', /by grpc\.health\.v1: /],
  ] as const) {
    it(`puts back what does not speak ${protocol}`, async () => {
      const health = `health: { protocol: '${protocol}', timeout: '1s' }`
      assert.match(await deploy(`listen: 'port', ${ROUTES}, ${health}`, 'well', 3), seen)
    })
  }
})
