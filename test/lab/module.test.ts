import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { fields, LAB_ENV, NIXPKGS, type Project, project } from './project.js'

/** What systemd, nginx and the services themselves have to tell apart a deploy and a NixOS module: nothing. */

const SERVICES = ['by-port', 'by-unix', 'by-socket']

const config = (host: string) => `import { defineConfig, service } from 'slipway'

const common = {
  package: { file: './default.nix' },
  env: { MESSAGE: '100%h "quoted" $HOME \\\\ end' },
  state: true,
}

export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  // In front of the module, TLS is ended by whoever has its NixOS configuration do it.
  certificates: 'none',
  services: {
    'by-port': service({
      ...common,
      listen: 'port',
      routes: ['https://app.example.test/by.port/'],
      assets: ['asset.txt'],
      before: ['/bin/sh', '-c', 'echo "hook: $MESSAGE"'],
      processes: { worker: { run: ['app', 'worker'], env: { MESSAGE: 'from the worker' } } },
      timers: { nightly: { run: 'app worker', calendar: '*-*-* 03:00' } },
    }),
    'by-unix': service({ ...common, listen: 'unix', routes: ['http://unix.example.test'] }),
    'by-socket': service({ ...common, listen: 'socket', routes: ['http://socket.example.test'] }),
  },
})
`

/** The module on the lab's host, which is none of NixOS: nginx has another group there, and programs lie in /usr. */
const EXPRESSION = (folder: string) => `let
  pkgs = import ${NIXPKGS} { };
  inherit (import ${NIXPKGS}/nixos {
    inherit pkgs;
    modules = [
      ${join(folder, 'module.nix')}
      {
        services = {
          nginx.group = "www-data";
          ${SERVICES.map((name) => `${name}.enable = true;`).join(' ')}
        };
        systemd.services.by-unix.path = [ "/usr" ];
      }
    ];
  }) config;
in {
  units = builtins.mapAttrs (_: unit: unit.text) config.systemd.units;
  http = config.services.nginx.httpText;
  users = builtins.attrNames config.users.users;
}`

describe("a module's units, on a host", () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  /** What each service says of itself; where its release lies, and its number as a user, may differ. */
  const answers = async () => {
    const said: Record<string, Record<string, string | undefined>> = {}
    for (const [name, domain, path] of [
      ['by-port', 'app.example.test', '/by.port/x%2Fy?z'],
      ['by-unix', 'unix.example.test', '/x%2Fy?z'],
      ['by-socket', 'socket.example.test', '/x%2Fy?z'],
    ] as const) {
      const answer = await host.get(domain, path)
      assert.equal(answer.status, 200, answer.body)
      const { state, cwd, uid, ...same } = fields(answer.body)
      assert.ok(Number(state) > 0)
      assert.ok(Number(uid) > 0)
      said[name] = { ...same, cwd: cwd?.startsWith('/var/lib/by-') ? cwd : undefined }
    }
    return said
  }

  before(async () => {
    host = await labHost('t-mod-units', after)
    app = await project('test/fixtures/app', after)
    await app.write('slipway.config.ts', config(host.name))
    await app.write('asset.txt', 'an asset')
    await app.commit()
    assert.equal((await app.slipway('setup', 'web')).code, 0)
  })

  it('do what those of a deploy did', async () => {
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    const said = await answers()
    assert.equal(said['by-port']?.message, '100%h "quoted" $HOME \\ end')
    assert.equal(said['by-port']?.asset, 'an asset')
    for (const name of SERVICES) assert.equal((await app.slipway('remove', name, '--yes')).code, 0)

    assert.equal((await app.slipway('module')).code, 0)
    const evaluated = await execa(
      'nix-instantiate',
      ['--eval', '--strict', '--json', '--read-write-mode', '--expr', EXPRESSION(app.folder)],
      { env: LAB_ENV },
    )
    const { units, http, users } = JSON.parse(evaluated.stdout)
    await install(units, http, users)
    assert.deepEqual(await answers(), said)
    assert.equal(
      await host.run(
        `systemctl is-active ${Object.keys(units)
          .filter((name) => !name.includes('nightly.s'))
          .join(' ')}`,
      ),
      Object.keys(units)
        .filter((name) => !name.includes('nightly.s'))
        .map(() => 'active')
        .join('\n'),
    )
    const journal = await host.run('journalctl -t by-port -o cat')
    assert.match(journal, /^starting from the worker$/m)
    assert.match(journal, /^hook: 100%h "quoted" \$HOME \\ end$/m)
  })

  it('let nobody but nginx near their sockets', async () => {
    const modes = await host.run(
      'stat -c "%U %G %a" /run/by-unix /run/by-unix/by-unix.sock /run/by-socket.sock',
    )
    assert.deepEqual(modes.split('\n'), [
      'by-unix www-data 2750',
      'by-unix www-data 770',
      'root www-data 660',
    ])
  })

  /** What NixOS does with units, users and nginx. */
  const install = async (units: Record<string, string>, http: string, users: string[]) => {
    const target = await sshTarget(host.name)
    const assets = [...new Set(JSON.stringify(units).match(/\/nix\/store\/[a-z0-9]{32}-source/g))]
    await execa('nix', ['copy', '--no-check-sigs', '--to', `ssh://${target.destination}`, ...assets], {
      env: {
        ...LAB_ENV,
        NIX_SSHOPTS: target.options.join(' '),
        NIX_CONFIG: `${LAB_ENV.NIX_CONFIG}experimental-features = nix-command\n`,
      },
    })
    for (const user of users) await host.run(`systemd-sysusers --inline 'u ${user}'`)
    for (const [name, text] of Object.entries(units)) await host.write(`/etc/systemd/system/${name}`, text)
    await host.write('/etc/nginx/conf.d/module.conf', http)
    const started = Object.keys(units).filter((name) => !/nightly\.service$/.test(name))
    await host.run(
      `systemctl daemon-reload && systemctl start ${started.join(' ')} && systemctl restart nginx`,
    )
  }
})
