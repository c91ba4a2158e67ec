import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** A socket that only root may connect to, as Docker's is. */
const ROOT_SOCKET = '/run/root-only.sock'
const ROOT_ANSWER = 'an answer for root alone'
/** Node as the agent has it: the host has none of its own. */
const NODE = '$(readlink -f /var/lib/slipway/agent/node/bin/node)'

const UNIX = `package: { file: './default.nix' }, listen: 'unix', health: { path: '/health', timeout: '10s' }, drain: '1s'`

/** What services of a host see of it, and of each other: paths, sockets, state, the sandbox. */
describe('places', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  const configure = (services: string) =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service, site } from 'slipway'
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { ${services} },
})
`,
    )
  const run = async (code: number, ...words: string[]) => {
    const ended = await app.slipway(...words)
    assert.equal(ended.code, code, ended.text)
    return ended.text
  }
  const program = (name: string, more: string, base = UNIX) => `'${name}': service({ ${base}, ${more} })`
  const routed = (name: string, more = '') =>
    program(name, `routes: ['http://${name}.example.test'], env: { MESSAGE: 'I am ${name}' }, ${more}`)

  /** A server on {@link ROOT_SOCKET}, until the next boot. */
  const listenAsRoot = () =>
    host.run(
      `systemd-run --quiet --unit=root-only -- ${NODE} -e '
        const server = require("http").createServer((request, response) => { response.statusCode = 418; response.end("${ROOT_ANSWER}") })
        server.listen("${ROOT_SOCKET}", () => require("fs").chmodSync("${ROOT_SOCKET}", 0o600))'
       for i in $(seq 100); do [ -S ${ROOT_SOCKET} ] && exit 0; sleep 0.1; done; exit 1`,
    )

  before(async () => {
    host = await labHost('t-places', after)
    app = await project('test/fixtures/app', after)
    await configure(`${routed('main', `state: true`)}, ${routed('app')}`)
    await app.commit()
    await run(0, 'setup', 'web')
    await run(0, 'deploy')
  })

  it('serves from sockets on a mount that follows no links, also after a power cut', async () => {
    assert.match((await host.get('app.example.test', '/')).body, /message=I am app/)
    const mounts = await host.run('grep /run/slipway-sockets /proc/self/mountinfo')
    for (const option of ['nosymfollow', 'nodev', 'noexec', 'nosuid', 'size=1024k']) {
      assert.match(mounts, new RegExp(option))
    }
    await host.powerOff()
    await host.boot()
    await host.run(
      `for i in $(seq 100); do curl -sf -H 'Host: app.example.test' localhost/health && exit 0; sleep 0.1; done; exit 1`,
    )
    assert.match((await host.get('main.example.test', '/')).body, /message=I am main/)
  })

  it('audit 4: health is not asked behind a link that a program puts in the place of its socket', async () => {
    await listenAsRoot()
    const swap = `ln -sf ${ROOT_SOCKET} $LISTEN_PATH; exec sleep 600`
    await configure(program('app', `run: ['/bin/sh', '-c', '${swap}'], routes: ['http://app.example.test']`))
    const text = await run(3, 'deploy', 'app')
    assert.doesNotMatch(text, /418|answer for root/)
    assert.match(text, /in place of its socket there is a link/)
  })

  it('audit 4: nor behind a folder of links, nor with a path of the health check that means root', async () => {
    const swap = `mkdir $LISTEN_PATH; ln -s ${ROOT_SOCKET} $LISTEN_PATH/x; exec sleep 600`
    await configure(
      program('app', `run: ['/bin/sh', '-c', '${swap}'], routes: ['http://app.example.test']`).replace(
        "path: '/health'",
        "path: '/x/../containers/json?all=1'",
      ),
    )
    assert.doesNotMatch(await run(3, 'deploy', 'app'), /418|answer for root/)
  })

  it('audit 4: who asks is the user of the service', async () => {
    await configure(routed('app', `watch: '4s'`))
    const deploying = run(0, 'deploy', 'app')
    const user = host.run(
      `for i in $(seq 400); do
         for unit in $(systemctl list-units --plain --no-legend 'run-*.service' | cut -d' ' -f1); do
           case $(systemctl show -P Description "$unit") in *'asks as the user app '*) systemctl show -P User "$unit"; exit 0;; esac
         done; sleep 0.05; done; exit 1`,
    )
    assert.equal(await user, 'app')
    await deploying
  })

  it('audit 5: nginx reaches no other service behind such a link', async () => {
    assert.match((await host.get('app.example.test', '/')).body, /message=I am app/)
    const slot = await host.run('basename $(readlink /var/lib/slipway/services/app/current)')
    const other = await host.run('basename $(readlink /var/lib/slipway/services/main/current)')
    // As the program could: its user, in a folder of its own.
    const at = '/run/slipway-sockets'
    const put = (link: string) =>
      host.run(`cd ${at}/app && setpriv --reuid app --regid app --clear-groups sh -c '${link}'`)
    await put(`mv ${slot}.sock kept; ln -s ${at}/main/${other}.sock ${slot}.sock`)
    const { status, body } = await host.get('app.example.test', '/')
    assert.equal(status, 502)
    assert.doesNotMatch(body, /I am main/)
    assert.doesNotMatch((await app.slipway('status')).text, /I am main/)
    // A hard link would be the socket itself.
    await assert.rejects(put(`rm ${slot}.sock; ln ${at}/main/${other}.sock ${slot}.sock`))
    await put(`rm -f ${slot}.sock; mv kept ${slot}.sock`)
    assert.match((await host.get('app.example.test', '/')).body, /message=I am app/)
  })

  it('audit 9: a site whose links lead out of its package is refused, with the link', async () => {
    await app.write(
      'site.nix',
      `{ pkgs ? import <nixpkgs> { } }: pkgs.runCommand "www" { } ''mkdir $out; echo hello >$out/index.html; ln -s /etc/passwd $out/pw''`,
    )
    await app.commit()
    await configure(`www: site({ package: { file: './site.nix' }, routes: ['http://www.example.test'] })`)
    const { code, text } = await app.slipway('deploy', 'www')
    assert.notEqual(code, 0, text)
    assert.match(text, /a link of the site leads out of its package: .*\/pw/)
  })

  it('audit 21: a state directory that slipway did not make is refused before anything changes', async () => {
    await host.run(
      'mkdir -p /var/lib/grafana && echo precious >/var/lib/grafana/db && chmod 755 /var/lib/grafana',
    )
    const before = await host.run('stat -c "%U %a" /var/lib/grafana /var/lib/grafana/db')
    await configure(program('grafana', 'state: true'))
    const plan = (await app.slipway('plan', 'grafana')).text
    assert.match(plan, /\/var\/lib\/grafana \(owner root, mode 0755\) already, which slipway did not make/)
    assert.match(plan, /adopt: true/)
    await app.slipway('deploy', 'grafana')
    assert.equal(await host.run('stat -c "%U %a" /var/lib/grafana /var/lib/grafana/db'), before)
    await assert.rejects(host.run('getent passwd grafana'))
  })

  it('audit 21: it is taken over where the config says so, and never purged', async () => {
    await configure(program('grafana', 'state: true, adopt: true'))
    const plan = await run(0, 'plan', 'grafana')
    assert.match(plan, /the owner of all in it changes from root to grafana, its mode from 0755 to 0750/)
    await run(0, 'deploy', 'grafana')
    assert.equal(await host.run('stat -c "%U %a" /var/lib/grafana'), 'grafana 750')
    await run(0, 'remove', 'grafana', '--purge', '--yes')
    assert.equal(await host.run('cat /var/lib/grafana/db'), 'precious')
  })

  it('audit 21: a user that slipway did not make is neither run as nor deleted', async () => {
    await host.run('useradd -r tickets; mkdir -p /var/lib/tickets')
    await configure(program('tickets', ''))
    assert.match(
      (await app.slipway('deploy', 'tickets')).text,
      /a user tickets already, which slipway did not make/,
    )
    await configure(program('tickets', 'adopt: true'))
    await run(0, 'deploy', 'tickets')
    await run(0, 'remove', 'tickets', '--purge', '--yes')
    await host.run('getent passwd tickets && test -d /var/lib/tickets')
  })

  it('audit 23: nobody but root reads the variables of a release', async () => {
    const files = await host.run(
      `cd /var/lib/slipway/services/main && for f in $(find releases approved -type f) ; do setpriv --reuid nobody --regid nogroup --clear-groups sh -c "grep -l 'I am main' $f 2>/dev/null" || :; done`,
    )
    assert.equal(files, '')
  })

  it('audit 32: a service sees no daemon of Nix, nothing of slipway but its own, and no cloud', async () => {
    await configure(routed('main', 'state: true'))
    const see = (what: string) => run(0, 'exec', 'main', '--', '/bin/sh', '-c', what)
    await host.run('chmod 755 /nix/var/nix/daemon-socket')
    assert.match(
      await see('ls /nix/var/nix/daemon-socket/socket 2>&1; true'),
      /Permission denied|No such file/,
    )
    const shown = await see('cd /var/lib/slipway && echo * services/*; cd /run/slipway-sockets && echo *')
    assert.equal(shown.trim(), 'services services/main\nmain')
    const found = await see(
      'find /var/lib/slipway /run/slipway-sockets /run/slipway /run/slipway-agent 2>/dev/null; true',
    )
    assert.doesNotMatch(found, /services\/app|sockets\/app|agent\.sock|guards/)
    assert.match(
      await see('cat /var/lib/slipway/services/main/current/release/env 2>&1; true'),
      /Permission denied/,
    )
    await configure(routed('main', 'state: true, nixDaemon: true'))
    const text = await run(0, 'deploy', 'main')
    assert.match(text, /may have the host's Nix daemon build/)
    await see('test -S /nix/var/nix/daemon-socket/socket')
  })

  it('audit 35: systemd rates the sandbox as it did, and what was to add is there', async () => {
    const rated = await host.run(
      'systemd-analyze security --no-pager "main@*.service" app@blue.service app@green.service 2>/dev/null | grep "Overall exposure"',
    )
    for (const [, level] of rated.matchAll(/: (\d+\.\d)/g)) assert.ok(Number(level) <= 1.1, rated)
    const unit = await host.run(
      'cat /etc/systemd/system/app@$(basename $(readlink /var/lib/slipway/services/app/current)).service',
    )
    for (const line of [
      'PrivateMounts=yes',
      'PrivateIPC=yes',
      'Slice=slipway.slice',
      'IPAddressDeny=link-local',
      'ProtectProc=invisible',
    ]) {
      assert.match(unit, new RegExp(line))
    }
    const shown = await host.run(
      'systemctl show -P ControlGroup app@$(basename $(readlink /var/lib/slipway/services/app/current)).service',
    )
    assert.match(shown, /^\/slipway\.slice\/app@/)
  })

  it('names the port that a program listens on in place of its own, within 2 s of its start', async () => {
    const listens = `package: { file: './default.nix' }, listen: 'port', health: { path: '/health', timeout: '30s' }`
    await configure(
      program('wrong', `run: 'app', env: { PORT: '3055' }`, listens).replace(
        "listen: 'port'",
        'listen: { port: 3056 }',
      ),
    )
    const began = Date.now()
    const text = await run(3, 'deploy', 'wrong')
    assert.match(text, /it listens on 127\.0\.0\.1:3055, and not on 127\.0\.0\.1:3056/)
    assert.ok(Date.now() - began < 29_000, text)
  })

  it('names what never says that it is ready, when the time for its health is over', async () => {
    await configure(program('silent', `unit: { Type: 'notify' }`))
    const text = await run(3, 'deploy', 'silent')
    assert.match(text, /did not say that it is ready within 10 s/)
  })

  it('puts directives of a timer into its timer', async () => {
    await configure(
      program(
        'main',
        `state: true, timers: { nightly: { run: '/bin/true', calendar: 'daily', unit: { RandomizedDelaySec: '1h' } } }`,
      ),
    )
    await run(0, 'deploy', 'main')
    assert.match(
      await host.run('cat /etc/systemd/system/main-nightly.timer'),
      /\[Timer\]\n[^[]*RandomizedDelaySec=1h/,
    )
    assert.doesNotMatch(await host.run('cat /etc/systemd/system/main-nightly.service'), /RandomizedDelaySec/)
  })
})
