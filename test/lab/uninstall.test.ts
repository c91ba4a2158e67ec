import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appProject, type Ended, NIXPKGS, type Project } from './project.js'

const PROGRAM = `package: { file: './default.nix' }, run: 'app'`

/** Whatever is named after slipway, or leads to it; packages are left to Nix's collector. */
const TRACES = `find / /run -xdev \\( -path /proc -o -path /sys -o -path /nix/store \\) -prune -o \\( -name '*slipway*' -o -lname '*slipway*' \\) -print
  grep -rl /var/lib/slipway /etc || true
  grep slipway /etc/passwd /etc/group || true
  systemctl list-units --all --plain --no-legend '*slipway*' 'app*' 'notes*' || true`

describe('taking slipway off a host', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let untouched: string

  const configure = (notes = '') =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  certificates: { domains: { 'app.example.test': 'local' } },
  services: {
    app: service({ ${PROGRAM}, listen: 'unix', routes: ['https://app.example.test'] }),
    notes: service({
      ${PROGRAM}, listen: { port: 4000 }, state: true, routes: ['http://notes.example.test'], ${notes}
      processes: { worker: { run: 'app worker' } },
      timers: { nightly: { run: 'app worker', calendar: '*-*-* 03:00' } },
    }),
  },
})
`,
    )
  const works = (ended: Ended) => assert.equal(ended.code, 0, ended.text)

  before(async () => {
    host = await labHost('t-uninstall', after)
    untouched = await host.run(TRACES)
    app = await appProject(host.name, after, '')
    await configure()
    works(await app.slipway('setup', 'web', '--deploy-user'))
    works(await app.slipway('deploy'))
    const key = join(app.folder, 'key')
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    works(await app.slipway('keys', 'add', 'web', `${key}.pub`, '--service', 'app', '--name', 'ci'))
    await host.run('echo kept >/var/lib/notes/kept && chown notes /var/lib/notes/kept')
  })

  it('asks first', async () => {
    const ended = await app.slipway('uninstall', 'web')
    assert.equal(ended.code, 2, ended.text)
    assert.match(ended.stderr, /notes on web: .* deployed it.*, at http:\/\/notes\.example\.test/)
    assert.match(ended.stderr, /Add --yes/)
    assert.equal((await host.get('notes.example.test', '/')).status, 200)
  })

  it('is refused while somebody else is logged in', async () => {
    const following = app.start('logs', 'app', '--follow')
    try {
      await host.run(
        'for i in $(seq 100); do pgrep -f "journalctl.*app" >/dev/null && break; sleep 0.1; done',
      )
      const ended = await app.slipway('uninstall', 'web', '--yes')
      assert.equal(ended.code, 3, ended.text)
      assert.match(ended.stderr, /somebody else is logged in/)
    } finally {
      following.kill('SIGINT')
      await following
    }
    assert.equal((await host.get('notes.example.test', '/')).status, 200)
  })

  it('says what stands in its way, and goes on from there', async () => {
    await host.run(
      'setsid --fork runuser -u slipway sleep 600 </dev/null >/dev/null 2>&1; sleep 0.2; pgrep -u slipway sleep',
    )
    const stopped = await app.slipway('uninstall', 'web', '--yes')
    assert.equal(stopped.code, 3, stopped.text)
    assert.match(stopped.stderr, /slipway is not all off: the user of its keys could not be removed/)
    assert.match(stopped.stderr, /currently used by process/)
    assert.equal(await host.run('systemctl is-active slipway-agent'), 'active')
    await host.run('kill $(pgrep -u slipway sleep)')
    const ended = await app.slipway('uninstall', 'web', '--yes')
    works(ended)
    assert.match(ended.stdout, /^web: slipway is off, with the user slipway$/m)
    assert.match(ended.stdout, /^web: \/var\/lib\/notes, the user notes stay; .*`adopt: true`/m)
  })

  it('leaves nothing of it, and nginx and the state as they should be', async () => {
    // Whose state stays stays, too.
    const left = (await host.run(TRACES)).split('\n').filter((line) => !line.startsWith('/etc/passwd:notes:'))
    assert.equal(left.join('\n'), untouched)
    assert.equal(await host.run('cat /var/lib/notes/kept; stat -c %U /var/lib/notes/kept'), 'kept\nnotes')
    assert.equal(await host.run('id -un notes; id app >/dev/null 2>&1 || echo no app'), 'notes\nno app')
    assert.equal(await host.run('nginx -tq && systemctl is-active nginx'), 'active')
    assert.doesNotMatch((await host.get('notes.example.test', '/')).body, /message=/)
  })

  it('says so where there is nothing', async () => {
    const ended = await app.slipway('uninstall', 'web', '--yes')
    works(ended)
    assert.equal(ended.stdout, "web: nothing of slipway's is there")
  })

  it('can be set up again, with the state that stayed', async () => {
    works(await app.slipway('setup', 'web'))
    const refused = await app.slipway('deploy')
    assert.equal(refused.code, 3, refused.text)
    assert.match(refused.stderr + refused.stdout, /adopt/)
    await configure('adopt: true,')
    works(await app.slipway('deploy'))
    assert.equal((await host.get('notes.example.test', '/')).status, 200)
    assert.equal(await host.run('stat -c %U /var/lib/notes/kept'), 'notes')
  })

  it('leaves certificates where it is told to', async () => {
    const facts = `stat -c '%n %Y' /var/lib/slipway/certificates/local/*`
    const before = await host.run(facts)
    const ended = await app.slipway('uninstall', 'web', '--yes', '--keep-certificates')
    works(ended)
    assert.match(ended.stdout, /^web: slipway is off, with app, notes$/m)
    assert.match(ended.stdout, /^web: certificates stay in \/var\/lib\/slipway\/certificates$/m)
    assert.equal(await host.run('ls -A /var/lib/slipway'), 'certificates')
    works(await app.slipway('setup', 'web'))
    works(await app.slipway('deploy'))
    assert.equal(await host.run(facts), before)
  })
})
