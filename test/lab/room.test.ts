import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, type Project } from './project.js'

const OPTIONS = `listen: 'unix', routes: ['http://app.example.test']`

describe('room on a host', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  before(async () => {
    host = await labHost('t-room', after)
    app = await appProject(host.name, after, OPTIONS)
    for (const words of [['setup', 'web'], ['deploy']]) {
      const ended = await app.slipway(...words)
      assert.equal(ended.code, 0, ended.text)
    }
  })

  /** A path of the store that nothing holds. */
  const garbage = () => host.run('echo $RANDOM$RANDOM >/tmp/garbage && nix-store --add /tmp/garbage')
  const isThere = async (path: string) => (await host.run(`test -e ${path} && echo yes || echo no`)) === 'yes'

  it('gc removes what nothing holds, and what serves stays', async () => {
    const path = await garbage()
    const ended = await app.slipway('gc', 'web')
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.stdout, /^web: freed \d.* free$/m)
    assert.equal(await isThere(path), false)
    await host.run('test -e /var/lib/slipway/services/app/current/release/package/')
    await host.run('test -x /var/lib/slipway/agent/node/bin/node')
    const restarted = await app.slipway('restart', 'app')
    assert.equal(restarted.code, 0, restarted.text)
    assert.equal((await host.get('app.example.test', '/')).status, 200)
  })

  it('a rollback finds its release after it', async () => {
    await app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, env: { ROUND: '2' }`))
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    const collected = await app.slipway('gc', 'web')
    assert.equal(collected.code, 0, collected.text)
    const back = await app.slipway('rollback', 'app')
    assert.equal(back.code, 0, back.text)
  })

  it('is refused while somebody else may be copying', async () => {
    const following = app.start('logs', 'app', '--follow')
    try {
      let ended = await app.slipway('gc', 'web')
      for (let tried = 0; ended.code === 0 && tried < 10; tried += 1) ended = await app.slipway('gc', 'web')
      assert.equal(ended.code, 3, ended.text)
      assert.match(ended.stderr, /somebody else is logged in, and may be copying packages/)
    } finally {
      following.kill('SIGINT')
      await following
    }
  })

  it('a timer looks daily, and collects nothing while there is room', async () => {
    assert.match(
      await host.run('systemctl is-active slipway-gc.timer; systemctl is-enabled slipway-gc.timer'),
      /^active\nenabled/,
    )
    const path = await garbage()
    await host.run('systemctl start slipway-gc.service')
    assert.equal(await isThere(path), true)
  })
})
