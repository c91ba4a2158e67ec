import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'

const OPTIONS = `listen: 'unix', routes: ['http://app.example.test']`

describe('setting up a bare host', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  before(async () => {
    host = await labHost('t-setup', after, { image: 'bare', toolchain: true })
    app = await appProject(host.name, after, OPTIONS)
    // As hardened servers have it: what root makes is root's alone unless it says otherwise.
    await host.run("sed -i '1i umask 077' /root/.bashrc")
    assert.equal(await host.run('umask'), '0077')
  })

  it('a deploy to it changes nothing and names the command', async () => {
    const refused = await app.slipway('deploy')
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /web is not ready: slipway has not been set up there/)
    assert.match(refused.stderr, /next: slipway setup web/)
    assert.equal(await host.run('ls /var/lib/slipway 2>/dev/null || true'), '')
  })

  it('doctor names everything that is missing, with the fix', async () => {
    const ended = await app.slipway('doctor', '--json')
    assert.equal(ended.code, 3)
    const [{ checks }] = JSON.parse(ended.stdout).hosts
    const failed = checks.filter((check: { ok: boolean }) => !check.ok)
    assert.deepEqual(
      failed.map((check: { name: string; fix: string }) => [check.name, check.fix]),
      [
        ['Nix', 'slipway setup web'],
        ['agent', 'slipway setup web'],
        ['set up', 'slipway setup web'],
        ['nginx', 'slipway setup web'],
      ],
    )
  })

  it('a dry run says what would change, and changes nothing', async () => {
    const dry = await app.slipway('setup', 'web', '--dry-run')
    assert.equal(dry.code, 0, dry.text)
    const would = dry.stderr.split('\n').flatMap((line) => /: would (.*)/.exec(line)?.[1] ?? [])
    assert.deepEqual(would, [
      'install nix-bin nix-setup-systemd nginx-light',
      'install the agent',
      'allow flakes: extra-experimental-features in /etc/nix/nix.conf',
      'create /var/lib/slipway',
      "include slipway's routes: /etc/nginx/conf.d/slipway.conf",
      'start nginx, now and at boot',
    ])
    assert.match(dry.stdout, /nothing was changed/)
    assert.equal(
      await host.run('ls /var/lib/slipway /etc/nginx 2>/dev/null || true; command -v nix nginx || true'),
      '',
    )
  })

  it('sets it up, and changes nothing the second time', async () => {
    const first = await app.slipway('setup', 'web')
    assert.equal(first.code, 0, first.text)
    assert.match(first.stdout, /web: ready for deploys/)
    const second = await app.slipway('setup', 'web')
    assert.equal(second.stdout, 'web: ready already, nothing was changed')
    const doctor = await app.slipway('doctor')
    assert.equal(doctor.code, 0, doctor.text)
  })

  it('says what is wrong with an agent that does not run, and puts it in place again', async () => {
    await host.run('rm /var/lib/slipway/agent/current/agent.cjs; systemctl restart slipway-agent || true')
    const doctor = await app.slipway('doctor')
    assert.match(doctor.stdout, /✗ agent: not installed/)
    await host.run('ln -s /bin/false /var/lib/slipway/agent/current/agent.cjs')
    const broken = await app.slipway('doctor')
    assert.match(broken.stdout, /✗ agent: installed, but it does not run\n +fix: slipway setup web/)
    await host.run('rm /var/lib/slipway/agent/current/agent.cjs')
    const again = await app.slipway('setup', 'web')
    assert.equal(again.code, 0, again.text)
    assert.match(again.stderr, /web: install the agent/)
    assert.equal((await app.slipway('doctor')).code, 0)
  })

  it('brings back an agent of which somebody stopped the unit', async () => {
    await host.run('systemctl stop slipway-agent')
    assert.equal((await app.slipway('status')).code, 0)
    assert.equal(await host.run('systemctl is-active slipway-agent'), 'active')
  })

  it('takes a deploy', async () => {
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'one')
  })

  it('brings this version of the agent to a host that has another, and deploys with it', async () => {
    await host.run(`set -e; cd /var/lib/slipway/agent
      mkdir 00000000000000aa && { cat current/agent.cjs; echo '// another'; } >00000000000000aa/agent.cjs
      ln -sfn 00000000000000aa current && systemctl restart slipway-agent`)
    const before = await host.run('readlink /var/lib/slipway/agent/current')
    await app.write('message', 'with another agent\n')
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.match(deployed.stderr, /web: bring the agent to this machine's version/)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'with another agent')
    assert.notEqual(await host.run('readlink /var/lib/slipway/agent/current'), before)
    assert.doesNotMatch((await app.slipway('deploy')).stderr, /bring the agent/)
  })

  it('builds there when asked, from tracked files, and marks a dirty tree', async () => {
    // The stand-in toolchain is entered by chroot, which a build user may not do.
    await host.run(
      'printf "sandbox = false\\nsubstituters =\\nbuild-users-group =\\n" >> /etc/nix/nix.conf; systemctl restart nix-daemon 2>/dev/null || true',
    )
    await app.write('message', 'built there\n')
    await app.write('untracked', 'not sent\n')
    const deployed = await app.slipway('deploy', '--build', 'host')
    assert.equal(deployed.code, 0, deployed.text)
    assert.match(deployed.stderr, /web: sending the source, to build there/)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'built there')
    assert.equal(await host.run('ls /var/lib/slipway/build'), '')
    const status = JSON.parse((await app.slipway('status', '--json')).stdout)
    assert.equal(status.services[0].dirty, true)
  })

  it('shows the log of a build that fails there', async () => {
    await app.write(
      'default.nix',
      '{ pkgs ? import <nixpkgs> { } }: pkgs.runCommand "broken" { } "echo no such header; exit 1"',
    )
    const failed = await app.slipway('deploy', '--build', 'host')
    assert.equal(failed.code, 3, failed.text)
    assert.match(failed.stderr, /the build of broken failed on web/)
    assert.match(failed.stderr, /no such header/)
    assert.equal(await host.run('ls /var/lib/slipway/build'), '')
    await app.write('slipway.config.ts', appConfig(host.name, OPTIONS))
  })
})
