import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { CRASHES, FAULTS, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { fields, NIXPKGS, type Project, project } from './project.js'

const MODULES = '.#packages.x86_64-linux.serve.services'
const TCP = `health: { protocol: 'tcp', timeout: '20s' }`
const HTTP = `health: { timeout: '20s' }`

/** Each service: its module, what its config says, and settings beside those that all have. */
const SERVICES: Record<string, { module: string; fields: string; settings?: Record<string, unknown> }> = {
  tunnel: {
    module: `'${MODULES}.tunnel'`,
    fields: `listen: { port: 4101 }, ${TCP}`,
    settings: { 'serve.port': 4101 },
  },
  reloads: {
    module: `'${MODULES}.reloads'`,
    fields: `listen: 'port', ${HTTP}`,
    settings: { 'serve.text': 'first' },
  },
  socket: { module: `'${MODULES}.socket'`, fields: `listen: 'socket', ${HTTP}` },
  parts: { module: `'${MODULES}.parts'`, fields: `listen: 'unix', ${HTTP}` },
  notify: { module: `'${MODULES}.notify'`, fields: `listen: 'port', ${HTTP}` },
  strict: {
    module: `'${MODULES}.strict'`,
    fields: `listen: 'port', ${HTTP}`,
    settings: { 'serve.allow': ['all'] },
  },
  fpm: { module: `'${MODULES}.fpm'`, fields: `listen: 'unix', ${TCP}` },
  own: { module: `{ file: './own.nix' }`, fields: `listen: 'port', ${HTTP}` },
}
const NAMES = Object.keys(SERVICES)

/** A config of all services, with settings that some of them, or all, have. */
function configOf(host: string, all: Record<string, unknown>, own: Record<string, object> = {}): string {
  const services = Object.entries(SERVICES).map(([name, { module, fields: more, settings }]) => {
    const given = JSON.stringify({ ...settings, ...all, ...own[name] })
    return `${name}: service({ module: ${module}, ${more}, settings: ${given}, routes: ['http://${name}.example.test'] }),`
  })
  return `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { ${services.join('\n')} },
})
`
}

describe('modular services', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const deploy = async (config: string, code = 0) => {
    await app.write('slipway.config.ts', config)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, code, ended.text)
    return ended.text
  }
  const answer = async (name: string) => fields((await host.get(`${name}.example.test`, '/')).body)
  const messages = async () =>
    Object.fromEntries(
      await Promise.all(NAMES.map(async (name) => [name, (await answer(name)).message] as const)),
    )
  const all = (message: string) => Object.fromEntries(NAMES.map((name) => [name, message]))

  before(async () => {
    host = await labHost('t-modular', after)
    app = await project('test/fixtures/modular', after)
    await app.write('slipway.config.ts', configOf(host.name, { 'serve.message': 'first' }))
    await app.commit()
    const ended = await app.slipway('setup', 'web')
    assert.equal(ended.code, 0, ended.text)
  })

  it('become releases like any other', async () => {
    const planned = await app.slipway('plan')
    assert.match(planned.text, /opens the sandbox: .*AmbientCapabilities=CAP_NET_BIND_SERVICE/)
    assert.match(planned.text, /in services\.strict: serve\.allow lets everybody in/)
    await deploy(configOf(host.name, { 'serve.message': 'first' }))
    assert.deepEqual(await messages(), all('first'))
    assert.equal((await answer('reloads')).file, 'first')
    assert.equal((await answer('fpm')).state, '/var/lib/fpm')
  })

  it('run as users of their own, in the sandbox, opened by what the module asks', async () => {
    const of = (unit: string, property: string) => host.run(`systemctl show --value -p ${property} ${unit}`)
    assert.equal(await of('tunnel@blue', 'User'), 'tunnel')
    assert.equal(await of('tunnel@blue', 'AmbientCapabilities'), 'cap_net_bind_service')
    assert.equal(await of('notify@blue', 'AmbientCapabilities'), '')
    assert.equal(await of('fpm@blue', 'ProtectSystem'), 'strict')
    assert.equal(await of('fpm@blue', 'Type'), 'notify')
    assert.equal(await of('notify@blue', 'Type'), 'notify')
    assert.match(await of('parts-worker', 'Environment'), /PATH=/)
    assert.match(await host.run('journalctl -t parts'), /starting {2}mail/)
  })

  it('read a changed file again without a restart', async () => {
    const { pid } = await answer('reloads')
    await deploy(configOf(host.name, { 'serve.message': 'first' }, { reloads: { 'serve.text': 'second' } }))
    assert.deepEqual(await answer('reloads'), { message: 'first', pid, file: 'second', state: '' })
  })

  it('read the old file again where they do not live with the new one', async () => {
    const broken = { reloads: { 'serve.text': 'broken' } }
    const text = await deploy(configOf(host.name, { 'serve.message': 'first' }, broken), 3)
    assert.match(text, /the file is broken/)
    assert.equal((await answer('reloads')).file, 'second')
    assert.equal((await app.slipway('rollback', 'reloads')).code, 0)
    assert.equal((await answer('reloads')).file, 'first')
  })

  it('read the old file again where the agent is killed before they read the new one', async () => {
    const next = configOf(host.name, { 'serve.message': 'first' }, { reloads: { 'serve.text': 'killed' } })
    await app.write('slipway.config.ts', next)
    await stopAt(host, 'reload')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await CRASHES['agent killed']?.(host, 'reload')
    const { exitCode, all } = await deploying
    await host.run(`rm -rf ${FAULTS}`)
    assert.equal(exitCode, 3, all)
    assert.equal((await answer('reloads')).file, 'first')
    await nothingLeft(host)
  })

  it('are changed by their settings', async () => {
    await deploy(configOf(host.name, { 'serve.message': 'second' }))
    assert.deepEqual(await messages(), all('second'))
  })

  it('serve on where a release fails', async () => {
    const text = await deploy(configOf(host.name, { 'serve.message': 'third', 'serve.fail': true }), 3)
    for (const name of NAMES) assert.match(text, new RegExp(`${name}: `))
    assert.match(text, /cannot start: third/)
    assert.deepEqual(await messages(), all('second'))
  })

  it('roll back', async () => {
    for (const name of NAMES) {
      const ended = await app.slipway('rollback', name)
      assert.equal(ended.code, 0, ended.text)
    }
    assert.deepEqual(await messages(), all('first'))
  })

  it('are refused by the name of the option that is wrong, or that is not carried', async () => {
    const refused = async (own: Record<string, object>) => {
      await app.write('slipway.config.ts', configOf(host.name, { 'serve.message': 'first' }, own))
      const ended = await app.slipway('plan')
      assert.notEqual(ended.code, 0, ended.text)
      return ended.text
    }
    assert.match(await refused({ tunnel: { 'serve.port': 'x' } }), /services\.tunnel\.serve\.port/)
    assert.match(await refused({ tunnel: { 'serve.prot': 1 } }), /services\.tunnel\.serve\.prot/)
    assert.match(
      await refused({ strict: { 'serve.allow': [] } }),
      /services\.strict\.module: the module does not take its settings\s+in services\.strict: Set at least one of: serve\.allow/,
    )
    assert.match(
      await refused({
        notify: { 'systemd.service': { serviceConfig: { User: 'root' }, before: ['a.service'] } },
      }),
      /systemd\.service\.serviceConfig\.User: a service is never root[\s\S]*systemd\.service\.before: /,
    )
  })
})
