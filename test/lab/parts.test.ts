import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, NIXPKGS, type Project } from './project.js'

const OPTIONS = `listen: 'port', routes: ['http://app.example.test'], assets: ['asset.txt', 'views']`

describe('the parts of a service', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const answer = async () => fields((await host.get('app.example.test', '/')).body)
  const configure = (options: string) => app.write('slipway.config.ts', appConfig(host.name, options))
  const deploys = async (...words: string[]) => {
    const ended = await app.slipway('deploy', ...words)
    assert.equal(ended.code, 0, ended.text)
    return ended
  }

  before(async () => {
    host = await labHost('t-parts', after)
    app = await appProject(host.name, after, OPTIONS)
    await app.write('asset.txt', 'first')
    await mkdir(join(app.folder, 'views'))
    await writeFile(join(app.folder, 'views/index.html'), 'a view')
    await app.commit()
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })

  it('ships assets into the working directory, and rolls them back too', async () => {
    await deploys()
    assert.equal((await answer()).asset, 'first')
    await app.write('asset.txt', 'second')
    const planned = await app.slipway('plan')
    assert.match(planned.stdout, /assets [0-9a-f]{8} → [0-9a-f]{8}/)
    await deploys()
    assert.equal((await answer()).asset, 'second')
    assert.equal((await app.slipway('rollback')).code, 0)
    assert.equal((await answer()).asset, 'first')
    assert.equal((await app.slipway('exec', 'app', '--', 'cat', 'views/index.html')).stdout, 'a view')
  })

  it('refuses an asset that git does not track', async () => {
    await configure(OPTIONS.replace(`'views'`, `'viewz'`))
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, /services\.app\.assets\[1\]: "viewz" holds no file that git tracks/)
  })

  it('runs workers beside the web process, and timers', async () => {
    await configure(
      `${OPTIONS}, processes: { worker: { run: ['app', 'worker', 'a b'], env: { MESSAGE: 'from the worker' } } }, timers: { nightly: { run: 'app worker', calendar: '*-*-* 03:00' } }`,
    )
    await deploys()
    assert.equal(await host.run('systemctl is-active app-worker.service app-nightly.timer'), 'active\nactive')
    assert.match((await app.slipway('logs')).stdout, /starting from the worker/)
    assert.equal(
      await host.run(
        "tr '\\0' '|' < /proc/$(systemctl show -p MainPID --value app-worker)/cmdline | sed 's/.*app|//'",
      ),
      'worker|a b|',
    )
    assert.match(await host.run('systemctl show -p TimersCalendar app-nightly.timer'), /03:00:00/)
  })

  it('fails for a worker that crashes, and puts everything back', async () => {
    const units = await host.run('cat /etc/systemd/system/app*')
    await configure(`${OPTIONS}, processes: { worker: { run: 'app worker', env: { MODE: 'exit' } } }`)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 3, ended.text)
    assert.match(ended.text, /app-worker\.service exited with status 3/)
    assert.equal(await host.run('cat /etc/systemd/system/app*'), units)
    assert.equal(await host.run('systemctl is-active app-worker.service app-nightly.timer'), 'active\nactive')
  })

  it('takes away the units of processes that are gone', async () => {
    await configure(OPTIONS)
    await deploys()
    assert.match(
      await host.run('ls /etc/systemd/system | grep ^app'),
      /^app@(blue|green)\.service(\napp@green\.service)?$/,
    )
    assert.equal(await host.run('systemctl list-units --no-legend "app-*" | wc -l'), '0')
  })

  it('a worker without a port is a service too', async () => {
    await app.write(
      'slipway.config.ts',
      appConfig(host.name, OPTIONS).replace(
        'services: {',
        `services: { 'mail-worker': service({ package: { file: './default.nix' }, run: 'app worker', unit: { MemoryMax: '64M', After: 'network-online.target' } }),`,
      ),
    )
    await deploys('mail-worker')
    assert.equal(await host.run('systemctl is-active mail-worker'), 'active')
    assert.equal(await host.run('systemctl show -p MemoryMax --value mail-worker'), String(64 * 1024 * 1024))
    assert.match((await app.slipway('status')).stdout, /mail-worker +1 +\S+ +running/)
  })

  it('a unit, a user or a file that slipway did not make is left alone', async () => {
    const refuses = async (code: number, name: string, reason: RegExp) => {
      await app.write(
        'slipway.config.ts',
        appConfig(host.name, OPTIONS)
          .replace('app: service', `'${name}': service`)
          .replace('app.example', `${name}.example`),
      )
      const ended = await app.slipway('deploy')
      assert.equal(ended.code, code, ended.text)
      assert.match(ended.text, reason)
    }
    await refuses(2, 'systemd-journald', /"systemd-journald" is a system's user, unit or state directory/)
    await host.run('printf "[Service]\\nExecStart=true\\n" >/etc/systemd/system/mailer@.service')
    await refuses(3, 'mailer', /already has \/.*\/mailer@?\.service, which slipway did not make/)
    await host.run('useradd alice')
    await refuses(3, 'alice', /has a user alice already, which slipway did not make/)
    assert.equal(await host.run('ls /var/lib/slipway/services/alice/current 2>/dev/null || true'), '')
  })

  it('deploys several services side by side; one that fails leaves the others their success', async () => {
    const web = (name: string, env: string) =>
      `${name}: service({ package: { file: './default.nix' }, listen: 'port', health: { path: '/health', timeout: '1s' }, routes: ['http://${name}.example.test'], env: { ${env} } }),`
    const config = (twoEnv: string, message: string) => `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { ${web('one', `MESSAGE: '${message}'`)} ${web('two', twoEnv)} ${web('three', `MESSAGE: '${message}'`)} },
})
`
    await app.write('slipway.config.ts', config(`MESSAGE: 'old'`, 'old'))
    await deploys()
    await app.write('slipway.config.ts', config(`MESSAGE: 'new', HEALTH: '503'`, 'new'))
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 3)
    assert.match(ended.stdout, /✓ one on web: release 2 serves/)
    assert.match(ended.stdout, /✗ two on web: release 2 is not good: .*503/)
    assert.match(ended.stdout, /✓ three on web: release 2 serves/)
    const messages = await Promise.all(
      ['one', 'two', 'three'].map(
        async (name) => fields((await host.get(`${name}.example.test`, '/')).body).message,
      ),
    )
    assert.deepEqual(messages, ['new', 'old', 'new'])
  })
})
