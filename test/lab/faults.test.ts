import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, BIG_PACKAGE, fields, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health', timeout: '2s' }, routes: ['http://app.example.test']`

const MORE_ROUTES = OPTIONS.replace(`test']`, `test', 'http://more.example.test']`)

/** Each of these must leave what served before serving. */
describe('a deploy that goes wrong', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const configure = (options: string) => app.write('slipway.config.ts', appConfig(host.name, options))
  const withEnv = (env: string) => configure(`${OPTIONS}, env: { ${env} }`)

  /** What the host looks like: no fault may leave a trace in it. */
  const state = () =>
    host.run(
      'while ls /run/slipway/draining/* >/dev/null 2>&1; do sleep 0.1; done; ' +
        'cd /var/lib/slipway; readlink services/app/current/release services/app/slots/*/release; ls incoming build guards 2>/dev/null; ' +
        'ls /run/slipway | grep -v draining; systemctl list-units --all --no-legend "slipway-*"; systemctl list-units --no-legend "app*"; cat nginx/*/*/* 2>/dev/null',
    )

  /** Runs a failing deploy and checks that everything is as before. */
  const fails = async (code: number, expected: RegExp[], ...words: string[]) => {
    const before_ = await state()
    const ended = await app.slipway('deploy', ...words)
    assert.equal(ended.code, code, ended.text)
    for (const pattern of expected) assert.match(ended.text, pattern)
    assert.equal(await message(), 'one')
    assert.equal(await state(), before_)
    return ended
  }

  before(async () => {
    host = await labHost('t-faults', after)
    app = await appProject(host.name, after, OPTIONS)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    assert.equal((await app.slipway('deploy')).code, 0)
  })

  it('the program exits at once', async () => {
    await withEnv(`MODE: 'exit'`)
    await fails(3, [
      /release 2 is not good: app@green\.service exited with status 3/,
      /cannot start: the database is missing/,
      /Release 1 serves, as before/,
    ])
  })

  it('the program never becomes healthy', async () => {
    await withEnv(`MODE: 'hang'`)
    await fails(3, [/not healthy within 2 s; GET \/health: no answer/, /Release 1 serves, as before/])
  })

  it('the program answers 500: the message shows its answer', async () => {
    await withEnv(`HEALTH: '500'`)
    await fails(3, [/GET \/health answered 500: the database is on fire/])
  })

  it('a directive systemd does not take', async () => {
    await configure(`${OPTIONS}, unit: { User: 'nobody-there' }`)
    await fails(3, [/app@green\.service exited with status 217|user|credentials/i])
  })

  it('a calendar systemd does not understand', async () => {
    await configure(`${OPTIONS}, timers: { nightly: { run: 'app worker', calendar: 'every full moon' } }`)
    await fails(3, [/refused: .*every full moon/s])
  })

  it('the port is taken', async () => {
    await host.run(
      `systemd-run -q --unit=squatter perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 4000, ReuseAddr => 1) or die; sleep 1000' && sleep 0.3`,
    )
    await configure(OPTIONS.replace(`'port'`, '{ port: 4000 }'))
    const taken = /not ready: port 4000 is taken by perl \(process \d+\)/
    assert.match((await app.slipway('plan')).text, taken)
    await fails(3, [/port 4000 is taken by perl \(process \d+\)/])
    await host.run('systemctl stop squatter')
  })

  it('the build fails: shows the log of what failed, and how to see all of it', async () => {
    await configure(OPTIONS)
    await app.write(
      'broken.nix',
      '{ pkgs ? import <nixpkgs> { } }: pkgs.runCommand "broken" { } "echo compiling; echo undefined reference to main; exit 1"',
    )
    await app.write(
      'slipway.config.ts',
      appConfig(host.name, OPTIONS).replace('./default.nix', './broken.nix'),
    )
    await fails(3, [
      /the build of broken failed on this machine/,
      /undefined reference to main/,
      /nix log \/nix\/store\/.*broken\.drv/,
    ])
  })

  it('a config that does not parse', async () => {
    await app.write('slipway.config.ts', 'export default {{{')
    await fails(2, [/slipway\.config\.ts can't be loaded/, /Nothing was contacted or changed/])
    await configure(OPTIONS)
  })

  it('nginx was broken by hand beforehand', async () => {
    await host.run('echo "this is no directive;" > /etc/nginx/conf.d/broken.conf')
    await withEnv(`MESSAGE: 'two'`)
    await fails(3, [
      /nginx's own configuration is broken, before anything of this deploy/,
      /unknown directive "this"/,
    ])
    await host.run('rm /etc/nginx/conf.d/broken.conf')
  })

  it('a snippet nginx refuses: a location another config claimed on this host', async () => {
    await host.run(
      'mkdir -p /var/lib/slipway/services/other/releases/1/nginx/locations/app.example.test && cd /var/lib/slipway/services/other && ' +
        `echo "location / { return 204; }" > releases/1/nginx/locations/app.example.test/other.conf && echo "kind=service" >releases/1/spec && echo '{"format":1,"kind":"service","commit":null}' >releases/1/release.json && mkdir -p slots/blue && ln -s ../../releases/1 slots/blue/release && ln -s slots/blue current`,
    )
    await configure(MORE_ROUTES)
    await fails(3, [/refused: .*duplicate location "\/"/])
    await host.run('rm -r /var/lib/slipway/services/other')
  })

  it('a server block of somebody else for the domain', async () => {
    await host.run(
      'printf "server { listen 80; server_name app.example.test; return 204; }" > /etc/nginx/conf.d/a-first.conf',
    )
    await configure(MORE_ROUTES)
    await fails(3, [
      /nginx already has a server for app\.example\.test that slipway does not manage/,
      /server: 'existing'/,
    ])
    await host.run('rm /etc/nginx/conf.d/a-first.conf')
  })

  it('the disk is full while releases are staged', async () => {
    await host.run(
      'mkdir -p /var/lib/slipway/incoming && mount -t tmpfs -o size=8k tmpfs /var/lib/slipway/incoming',
    )
    await withEnv(`MESSAGE: 'two'`)
    await fails(3, [/the disk of web is full/, /What served before serves still/])
    await host.run('umount /var/lib/slipway/incoming')
  })

  it('the disk is full while packages are copied', async () => {
    await app.write('message', 'two\n')
    await app.write('big.nix', BIG_PACKAGE)
    await app.write('slipway.config.ts', appConfig(host.name, OPTIONS).replace('./default.nix', './big.nix'))
    await smallStore(host, '120m')
    await fails(3, [/the disk of web is full/, /What served before serves still/, /slipway gc web/])
    await host.run('umount /nix/store')
  })

  it('the disk is nearly full already: nothing is even copied', async () => {
    await smallStore(host, '50m')
    await fails(3, [/\/nix\/store has 50 MiB left/])
    await host.run('umount /nix/store')
    await app.write('message', 'one\n')
  })

  it('another deploy holds the lock: says who since when, and can wait', async () => {
    await withEnv(`MODE: 'hang'`)
    const first = app.start('deploy')
    await untilLocked(host)
    await withEnv(`MESSAGE: 'one', SECOND: 'yes'`)
    const second = await app.slipway('deploy')
    assert.equal(second.code, 4, second.text)
    assert.match(second.stderr, /web is being worked on/)
    assert.match(second.stderr, /@.* holds its lock since \d\d:\d\d:\d\d UTC: deploy app/)
    const third = await app.slipway('deploy', '--wait')
    assert.equal(third.code, 0, third.text)
    assert.equal((await first).exitCode, 3)
    assert.equal(await message(), 'one')
  })

  it('Ctrl-C while a release is checked: the old one serves again', async () => {
    const serving = await host.run('readlink /var/lib/slipway/services/app/current/release')
    await configure(OPTIONS.replace('2s', '60s').concat(`, env: { MODE: 'hang' }`))
    const deploying = app.start('deploy')
    await untilLocked(host)
    deploying.kill('SIGINT')
    const ended = await deploying
    assert.equal(ended.exitCode, 130, ended.all)
    assert.match(ended.all, /serves again/)
    assert.equal(await host.run('readlink /var/lib/slipway/services/app/current/release'), serving)
    assert.equal(await message(), 'one')
  })

  it('Ctrl-C at any moment of a deploy', async () => {
    for (let delay = 100; delay <= 2500; delay += 400) {
      const serving = await host.run('readlink /var/lib/slipway/services/app/current/release')
      await withEnv(`MESSAGE: 'one', TRY: '${delay}'`)
      const deploying = app.start('deploy')
      await sleep(delay)
      deploying.kill('SIGINT')
      const { exitCode, signal, all } = await deploying
      const now = await host.run('readlink /var/lib/slipway/services/app/current/release')
      assert.ok(
        signal === 'SIGINT' || exitCode === 130 || (exitCode === 0 && now !== serving),
        `after ${delay} ms: ${exitCode}\n${all}`,
      )
      assert.equal(await message(), 'one')
      assert.equal(
        await host.run(
          'for i in $(seq 50); do ls -d /var/lib/slipway/guards/* >/dev/null 2>&1 || break; sleep 0.1; done; ls -d /var/lib/slipway/guards/* 2>/dev/null || true',
        ),
        '',
      )
    }
  })

  it('the next deploy works', async () => {
    await withEnv(`MESSAGE: 'last'`)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
    assert.equal(await message(), 'last')
  })
})

async function untilLocked(host: LabHost): Promise<void> {
  await host.run(
    'for i in $(seq 200); do ls /var/lib/slipway/guards/*/items/app/state-armed >/dev/null 2>&1 && exit 0; sleep 0.05; done; exit 1',
  )
}

/** Has the host's Nix store lie on a disk of its own, with little room. */
async function smallStore(host: LabHost, size: string): Promise<void> {
  await host.run(
    `mkdir -p /small && mount -t tmpfs -o size=${size} tmpfs /small && mkdir /small/upper /small/work && ` +
      'mount -t overlay -o lowerdir=/nix/store,upperdir=/small/upper,workdir=/small/work overlay /nix/store && umount -l /small',
  )
}
