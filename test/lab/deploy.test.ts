import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test'], state: true, keep: 3`

describe('the way of a release', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const message = async () => fields((await host.get('app.example.test', '/')).body).message

  before(async () => {
    host = await labHost('t-deploy', after)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })

  it('plans without touching the host', async () => {
    const before_ = await host.run('find /var/lib/slipway /etc/systemd/system | sort')
    const planned = await app.slipway('plan')
    assert.equal(planned.code, 0, planned.text)
    assert.match(planned.stdout, /\+ app: new, release 1 → http:\/\/app\.example\.test/)
    assert.equal(await host.run('find /var/lib/slipway /etc/systemd/system | sort'), before_)
  })

  it('deploys a first release', async () => {
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.match(deployed.stdout, /✓ app on web: release 1 serves at http:\/\/app\.example\.test/)
    assert.equal(await message(), 'one')
  })

  it('touches nothing when nothing changed', async () => {
    const id = await host.run('systemctl show -p InvocationID --value app@blue.service')
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(deployed.stdout, '= app on web: unchanged, release 1 serves')
    assert.equal(await host.run('systemctl show -p InvocationID --value app@blue.service'), id)
    assert.equal(await host.run('ls /var/lib/slipway/services/app/releases'), '1')
  })

  it('deploys a change of the package, and says what changed', async () => {
    await app.write('message', 'two\n')
    const planned = await app.slipway('plan')
    assert.match(planned.stdout, /~ app: changed, release 1 → 2/)
    assert.match(planned.stdout, /package .*…-app → .*…-app \(\+1 paths .*, -1 paths /)
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(await message(), 'two')
  })

  it('deploys a change of the environment alone', async () => {
    await app.write(
      'slipway.config.ts',
      appConfig(host.name, `${OPTIONS}, env: { MESSAGE: 'a "quoted" $HOME %n \\\\ value' }`),
    )
    const planned = await app.slipway('plan')
    assert.match(planned.stdout, /environment \+MESSAGE/)
    assert.doesNotMatch(planned.stdout, /package/)
    assert.equal((await app.slipway('deploy')).code, 0)
    assert.equal(await message(), 'a "quoted" $HOME %n \\ value')
  })

  it('keeps state, and rolls back to the release before', async () => {
    const rolled = await app.slipway('rollback')
    assert.equal(rolled.code, 0, rolled.text)
    assert.match(rolled.stdout, /release 2 serves/)
    const answer = fields((await host.get('app.example.test', '/')).body)
    assert.equal(answer.message, 'two')
    assert.ok(Number(answer.state) > 3, `the count of requests went on: ${answer.state}`)
  })

  it('rolls back to a release by number, and says so where there is none', async () => {
    assert.equal((await app.slipway('rollback', 'app', '3')).code, 0)
    assert.match((await message()) ?? '', /quoted/)
    const missing = await app.slipway('rollback', 'app', '9')
    assert.equal(missing.code, 3)
    assert.match(missing.stderr, /there is no release 9/)
  })

  it('keeps the last releases and the current one, and their roots in the Nix store', async () => {
    for (const text of ['four', 'five', 'six']) {
      await app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, env: { MESSAGE: '${text}' }`))
      assert.equal((await app.slipway('deploy')).code, 0)
    }
    assert.equal(await host.run('ls /var/lib/slipway/services/app/releases'), '4\n5\n6')
    const roots = await host.run('nix-store --gc --print-roots | grep -c services/app/releases')
    assert.equal(roots.trim(), '3')
    await host.run('nix-store --gc >/dev/null 2>&1')
    assert.equal(await message(), 'six')
    assert.equal((await app.slipway('rollback', 'app', '4')).code, 0)
    assert.equal(await message(), 'four')
  })

  it('lists releases and shows the status, for people and as JSON', async () => {
    const listed = JSON.parse((await app.slipway('releases', '--json')).stdout)
    assert.deepEqual(
      listed.map((row: { release: number; current: boolean; good: boolean }) => [
        row.release,
        row.current,
        row.good,
      ]),
      [
        [4, true, true],
        [5, false, true],
        [6, false, true],
      ],
    )
    const status = JSON.parse((await app.slipway('status', '--json')).stdout)
    assert.equal(status.services[0].state, 'healthy')
    assert.equal(status.services[0].release, 4)
    assert.match((await app.slipway('status')).stdout, /web +app +4 +\w+\+? +healthy/)
  })

  it('shows logs of all releases, and runs commands as the service', async () => {
    const logs = await app.slipway('logs', 'app')
    assert.match(logs.stdout, /starting five/)
    assert.match(logs.stdout, /starting four/)
    const ran = await app.slipway(
      'exec',
      'app',
      '--',
      'sh',
      '-c',
      'echo "$MESSAGE as $(id -un) in $PWD"; exit 7',
    )
    assert.equal(ran.code, 7, ran.text)
    assert.equal(ran.stdout, 'four as app in /var/lib/app')
  })

  it('stops, restarts and removes', async () => {
    assert.equal((await app.slipway('stop', 'app')).code, 0)
    assert.equal((await host.get('app.example.test', '/')).status, 502)
    assert.match((await app.slipway('status')).stdout, /stopped/)
    assert.equal((await app.slipway('restart', 'app')).code, 0)
    assert.equal(await message(), 'four')
    const asked = await app.slipway('remove', 'app')
    assert.equal(asked.code, 2)
    assert.equal(await message(), 'four')
    const removed = await app.slipway('remove', 'app', '--yes')
    assert.equal(removed.code, 0, removed.text)
    assert.match(removed.stdout, /its state stays in \/var\/lib\/app/)
    assert.equal(
      await host.run(
        'ls /etc/systemd/system | grep -c app; ls -d /var/lib/app/count; ls /var/lib/slipway/services',
      ),
      '0\n/var/lib/app/count',
    )
  })
})
