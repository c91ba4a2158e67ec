import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { appConfig, appProject, fields, type Project } from './project.js'
import { networkHook } from './system-project.js'

const OPTIONS = `listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test']`

/** A host whose network not even a revert brings back: the old release knows nothing of what the new one did. */
describe('guard.escalate', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let hook: Awaited<ReturnType<typeof networkHook>>

  const deploy = async (message: string, state: string, escalate: string, confirm = '2s') => {
    await app.write(
      'slipway.config.ts',
      appConfig(
        host.name,
        `${OPTIONS}, env: { MESSAGE: '${message}' }, unit: { ${hook(state, 'as-it-is')} }`,
        `guard: { confirm: '${confirm}', escalate: { ${escalate} } },`,
      ),
    )
    return app.slipway('deploy')
  }
  const fails = async (state: string, escalate: string) => {
    const { code, text } = await deploy(state, state, escalate)
    assert.equal(code, 3, text)
    assert.match(text, /nobody confirmed it over a new login within 2 s/)
    assert.match(text, /Release 1 serves, as before/)
    await host.reachable()
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'good')
    await nothingLeft(host)
  }
  const bootId = () => host.run('cat /proc/sys/kernel/random/boot_id')
  /** Changes with every start of the unit that makes the network. */
  const networkRun = () => host.run('systemctl show -p InvocationID --value systemd-networkd')
  const said = () => host.run(`journalctl -q -o cat -t slipway --grep 'network is not back' || true`)

  before(async () => {
    host = await labHost('t-g-escalate', after)
    hook = await networkHook(host)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    const ended = await deploy('good', 'as-it-is', `network: '2s'`, '20s')
    assert.equal(ended.code, 0, ended.text)
  })

  it('does nothing where the network comes back in time', async () => {
    const before_ = [await bootId(), await networkRun()]
    await host.run(
      'systemd-run --quiet --collect --on-active=4s --timer-property=AccuracySec=100ms sh /root/network.sh good',
    )
    await fails('route-gone', `network: '8s', reboot: '1s'`)
    assert.deepEqual([await bootId(), await networkRun()], before_)
    assert.equal(await said(), '')
  })

  it('restarts what makes the network, and does no more where that helps', async () => {
    const [boot, network] = [await bootId(), await networkRun()]
    await fails('link-down', `network: '1s', reboot: '20s'`)
    assert.equal(await bootId(), boot)
    assert.notEqual(await networkRun(), network)
    assert.match(await said(), /^the network is not back: restarting .*systemd-networkd\.service/)
  })

  it('reboots where that does not help', async () => {
    const boot = await bootId()
    await fails('link-down', `network: '1s', units: ['nginx.service'], reboot: '1s'`)
    assert.notEqual(await bootId(), boot)
    assert.match(
      await said(),
      /the network is not back: restarting nginx\.service\nthe network is not back: rebooting$/,
    )
  })
})
