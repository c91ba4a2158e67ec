import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health', timeout: '30s' }, routes: ['http://app.example.test']`

/** A host that loses power, or an activation that is killed, while a release is being checked. */
describe('crashes in the middle of an activation', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const configure = (env: string) =>
    app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, env: { ${env} }`))
  const underWay = () =>
    host.run(
      'for i in $(seq 200); do [ -e /var/lib/slipway/services/app/activation ] && systemctl is-active -q app && sleep 0.3 && exit 0; sleep 0.05; done; exit 1',
    )

  before(async () => {
    host = await labHost('t-crashes', after)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    assert.equal((await app.slipway('deploy')).code, 0)
  })

  const leftovers = () =>
    host.run(
      'ls /var/lib/slipway/lock /var/lib/slipway/services/app/activation /var/lib/slipway/incoming/* 2>/dev/null || true',
    )
  const deploysAgain = async () => {
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
    assert.equal(await leftovers(), '')
    return ended
  }

  it('the activation is killed: the old release serves again at once, and the deployer says so', async () => {
    await configure(`MODE: 'hang'`)
    const deploying = app.start('deploy')
    await underWay()
    await host.run('systemctl kill --kill-whom=all --signal=KILL "slipway-apply-*"')
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    assert.match(all, /its activation was killed on the host/)
    assert.match(all, /release 1 serves again/)
    assert.equal(await message(), 'one')
    assert.equal(await leftovers(), '')
    await configure(`MESSAGE: 'two'`)
    await deploysAgain()
    assert.equal(await message(), 'two')
  })

  it('the deployer is killed: the activation ends by itself', async () => {
    await configure(`MODE: 'hang'`)
    await app.write(
      'slipway.config.ts',
      appConfig(host.name, `${OPTIONS.replace('30s', '2s')}, env: { MODE: 'hang' }`),
    )
    const deploying = app.start('deploy')
    await underWay()
    deploying.kill('SIGKILL')
    await deploying
    await host.run('for i in $(seq 100); do [ -e /var/lib/slipway/lock ] || exit 0; sleep 0.1; done; exit 1')
    assert.equal(await message(), 'two')
    await configure(`MESSAGE: 'two', AND: 'more'`)
    await deploysAgain()
  })

  it('the host loses power: the next deploy puts it right', async () => {
    await configure(`MODE: 'hang', AGAIN: 'yes'`)
    const deploying = app.start('deploy')
    await underWay()
    await host.powerOff()
    const { exitCode, all } = await deploying
    assert.equal(exitCode, 3, all)
    await host.boot()
    assert.match((await app.slipway('status')).stdout, /activating release \d+/)
    await configure(`MESSAGE: 'three'`)
    assert.match((await deploysAgain()).stderr, /undoing release \d+, which an earlier deploy left half done/)
    assert.equal(await message(), 'three')
  })
})
