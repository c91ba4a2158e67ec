import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Service, type Site, service, site } from '../../../src/index.js'
import { moduleFile } from '../../../src/init/module/module-file.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from '../../nix/samples.js'
import { evaluate, imported, machine, storePath } from './nixos.js'
import { configOf } from './samples.js'

describe("a module's options", { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  const module = (services: Record<string, Service | Site>) =>
    imported(folder, moduleFile(configOf(services)))
  const web = (fields: Partial<Service> = {}) => ({ web: service({ package: '.#web', ...fields }) })
  const PORT: Partial<Service> = { listen: 'port', routes: ['https://example.com'] }

  it('set nothing unless the service is enabled', async () => {
    const { units, users, groups, ports, http } = await machine([module(web(PORT))])
    assert.deepEqual(
      { units, users, groups, ports, http },
      { units: {}, users: {}, groups: [], ports: [], http: '\n\n' },
    )
  })

  it('give a service a user of its own', async () => {
    const { users, groups } = await machine([module(web()), '{ services.web.enable = true; }'])
    const own = { isSystemUser: true, isNormalUser: false, group: 'web', keys: [] }
    assert.deepEqual([users, groups], [{ web: own }, ['web']])
  })

  it('open the firewall for nginx, or for what it is not in front of', async () => {
    const ports = async (fields: Partial<Service>, settings: string) =>
      (await machine([module(web(fields)), `{ services.web = { enable = true; ${settings} }; }`])).ports
    assert.deepEqual(await ports(PORT, ''), [])
    assert.deepEqual(await ports(PORT, 'openFirewall = true;'), [80, 443])
    assert.deepEqual(await ports(PORT, 'openFirewall = true; nginx.enable = false;'), [30000])
    assert.deepEqual(await ports({ listen: 'unix' }, 'openFirewall = true;'), [])
  })

  it('are about each of several services', async () => {
    const services = {
      'a-b': service({ package: '.#web', listen: 'port', routes: ['http://one.test/a'] }),
      other: service({ package: '.#default', listen: 'port' }),
      pages: site({ package: '.#site', dir: 'public/', routes: ['http://one.test'] }),
    }
    const settings =
      '{ services.a-b.enable = true; services.pages.enable = true; services.other.enable = true; }'
    const { units, users, http } = await machine([module(services), settings])
    assert.deepEqual(Object.keys(units), ['a-b.service', 'other.service'])
    assert.match(units['a-b.service'] ?? '', /^Environment="PORT=30000"$/m)
    assert.match(units['other.service'] ?? '', /^Environment="PORT=30001"$/m)
    assert.match(units['other.service'] ?? '', new RegExp(`^ExecStart=${storePath('default')}/bin/app$`, 'm'))
    assert.deepEqual(Object.keys(users), ['a-b', 'other'])
    assert.equal(http.match(/^server \{/gm)?.length, 1)
    assert.match(http, new RegExp(`^root ${storePath('site')}/public;$`, 'm'))
  })

  it('may have names that Nix uses itself', async () => {
    const services = {
      in: service({
        package: '.#web',
        listen: 'port',
        routes: ['http://one.test'],
        timers: { let: { run: 'x', calendar: 'hourly' } },
      }),
      with: site({ package: '.#site', routes: ['http://two.test'] }),
    }
    const { units } = await machine([
      module(services),
      '{ services = { "in".enable = true; "with".enable = true; }; }',
    ])
    assert.deepEqual(Object.keys(units), ['in-let.service', 'in-let.timer', 'in.service'])
  })

  it('give the socket to nginx where it is in front, else to the service', async () => {
    const group = (settings: string) =>
      evaluate(
        [
          module(web({ listen: 'socket', routes: ['http://one.test'] })),
          `{ services.web.enable = true; ${settings} }`,
        ],
        'config.systemd.sockets.web.socketConfig.SocketGroup',
      )
    assert.equal(await group('services.nginx.group = "www";'), 'www')
    assert.equal(await group('services.web.nginx.enable = false;'), 'web')
  })

  it('take the package of a file beside the module', async () => {
    folder.write({ 'default.nix': '{ pkgs }: { server = pkgs.web; }' })
    const services = { web: service({ package: { file: './default.nix', attr: 'server' } }) }
    const { units } = await machine([module(services), '{ services.web.enable = true; }'])
    assert.match(units['web.service'] ?? '', new RegExp(`^ExecStart=${storePath('web')}/bin/app$`, 'm'))
  })

  const refused = (settings: string, services = web({ ...PORT, state: true })) =>
    machine([module(services), `{ services.web = { enable = true; ${settings} }; }`]).then(
      () => 'taken',
      (error: Error) => /The option `[^']*' [^\n]*/.exec(error.message)?.[0] ?? error.message,
    )

  it('have types', async () => {
    const is = (option: string, type: string, value: string) =>
      `The option \`services.web.${option}' is not of type \`${type}': ${value}`
    assert.equal(await refused('port = "x";'), is('port', 'integer between 0 and 65535', '"x"'))
    assert.equal(await refused('port = 70000;'), is('port', 'integer between 0 and 65535', '70000'))
    assert.equal(await refused('domain = null;'), is('domain', 'string', 'null'))
    assert.equal(await refused('path = "forum";'), is('path', 'string matching /.*', '"forum"'))
    assert.equal(await refused('nginx.enable = "yes";'), is('nginx.enable', 'boolean', '"yes"'))
    assert.equal(await refused('environment.A = 1;'), is('environment.A', 'string', '1'))
    assert.equal(await refused('package = 3;'), is('package', 'package', '3'))
    assert.equal(
      await refused('environmentFile = "secrets";'),
      is('environmentFile', 'absolute path', '"secrets"'),
    )
    assert.equal(
      await refused('stateDir = "/srv/web";'),
      is('stateDir', 'string matching /var/lib/[^ %]+', '"/srv/web"'),
    )
  })

  it('are no others', async () => {
    assert.equal(await refused('prot = 1;'), "The option `services.web.prot' does not exist.")
    assert.equal(await refused('port = 1;', web()), "The option `services.web.port' does not exist.")
    assert.equal(
      await refused('stateDir = "/var/lib/x";', web(PORT)),
      "The option `services.web.stateDir' does not exist.",
    )
    assert.equal(
      await refused('nginx.enable = true;', web({ listen: 'port' })),
      "The option `services.web.domain' is used but not defined.",
    )
    assert.equal(
      await refused('', { web: service({ package: 'github:me/app' }) }),
      "The option `services.web.package' is used but not defined.",
    )
  })

  it('set only what NixOS has options for', async () => {
    const said = (settings: string) =>
      machine([module(web()), `{ services.web.enable = true; ${settings} }`]).then(
        () => 'taken',
        (error: Error) => /The option `[^']*' [^\n`]*/.exec(error.message)?.[0],
      )
    assert.equal(
      await said('systemd.services.web.after = [ "nonsense" ];'),
      "The option `systemd.services.web.after.[1]' is not of type ",
    )
    assert.equal(
      await said('systemd.services.web.serviceconfig = { };'),
      "The option `systemd.services.web.serviceconfig' does not exist.",
    )
    assert.equal(
      await said('systemd.services.web.serviceConfig.Type = "simple";'),
      'The option `systemd.services.web.serviceConfig.Type\' has conflicting definition values: "exec", "simple"',
    )
    assert.equal(
      await said('systemd.services.web.serviceConfig.Restart = "sometimes";'),
      "The option `systemd.services.web.serviceConfig' is not of type ",
    )
  })
})
