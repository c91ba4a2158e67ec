import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SlipwayError } from '../../../src/errors.js'
import { service, site } from '../../../src/index.js'
import { MODULE_MARK, moduleFile } from '../../../src/init/module/module-file.js'
import { ownPackage } from '../../../src/init/module/options.js'
import { configOf } from './samples.js'

/** Whole modules are in ../fixtures/init. */
describe('moduleFile', () => {
  it('starts with the line it is known by', () => {
    const text = moduleFile(configOf({ web: service({ package: '.#web' }) }))
    assert.equal(text.split('\n')[0], MODULE_MARK)
    assert.match(text, /^# {3}services\.web\.enable = true;$/m)
  })

  it('takes a flake only where it has packages of it', () => {
    const head = (name: string | { file: string }) =>
      /^\{ self \}:$/m.test(moduleFile(configOf({ web: service({ package: name }) })))
    assert.equal(head('.#web'), true)
    assert.equal(head({ file: './default.nix' }), false)
    assert.equal(head('github:me/app'), false)
  })

  it('finds a port for each service that is told one, beside those of others', () => {
    const port = service({ package: '.', listen: 'port' })
    const text = moduleFile(
      configOf({ a: port, b: service({ package: '.', listen: { port: 30001 } }), c: port }),
    )
    assert.deepEqual(
      [...text.matchAll(/type = lib\.types\.port;\s+default = (\d+);/g)].map((match) => match[1]),
      ['30000', '30001', '30002'],
    )
  })

  it('has no options for what there is not', () => {
    const options = (text: string) =>
      [...text.matchAll(/^ {4}([\w.]+) = lib\.mk(?:Enable)?Option /gm)].map((match) => match[1])
    const run = ['environment', 'environmentFile']
    const reached = ['domain', 'path', 'nginx.enable', 'openFirewall']
    assert.deepEqual(options(moduleFile(configOf({ web: service({ package: '.' }) }))), [
      'enable',
      'package',
      ...run,
    ])
    assert.deepEqual(
      options(moduleFile(configOf({ web: service({ package: '.', listen: 'unix', state: true }) }))),
      ['enable', 'package', 'socket', 'socketGroup', ...run, 'stateDir', ...reached],
    )
    const routes = ['http://a.test', 'http://b.test']
    assert.deepEqual(options(moduleFile(configOf({ web: site({ package: '.', routes }) }))), [
      'enable',
      'package',
      ...reached.slice(0, 2),
      'moreRoutes',
      ...reached.slice(2),
    ])
  })

  const refusal = (work: () => unknown) => {
    try {
      work()
    } catch (error) {
      assert.ok(error instanceof SlipwayError, String(error))
      return error.message
    }
    return 'none'
  }

  it('is refused where there is nothing to have a module of', () => {
    const system = { kind: 'system', flake: '.#nixosConfigurations.nixie' } as const
    const config = { ...configOf({}), systems: [system] } as never
    assert.equal(
      refusal(() => moduleFile(config)),
      'the config has no services of packages, and a module is made of these',
    )
  })

  it('is refused where a text could not be told from an expression', () => {
    const odd = service({ package: '.', env: { A: 'a\0b' } })
    assert.equal(
      refusal(() => moduleFile(configOf({ web: odd }))),
      'the config holds a character NUL, which systemd has no use for',
    )
  })

  it('is refused where slipway does more around Nix and nginx', () => {
    const refused = (fields: object) =>
      refusal(() => moduleFile(configOf({ web: service({ package: '.', listen: 'unix', ...fields }) })))
    assert.equal(refused({ protocol: 'fastcgi' }), 'services.web: in a module nginx speaks HTTP alone')
    assert.equal(
      refused({ package: { python: '.', server: 'gunicorn' } }),
      'services.web: a module has packages as they are, and no environment of Python',
    )
    assert.equal(
      refused({ env: { CONTENT: { package: '.#content' } } }),
      'services.web: a module has one package for a service, and env.CONTENT is another',
    )
  })

  it('is refused where the config names what only deploys have', () => {
    const slot = '/var/lib/slipway/services/web/slots/%i/release'
    const unit = (directives: Record<string, string>) =>
      refusal(() => moduleFile(configOf({ web: service({ package: '.', unit: directives }) })))
    assert.equal(
      unit({ BindPaths: `${slot}/env` }),
      `services.web: BindPaths names a folder of slipway's on a host: ${slot}/env`,
    )
    assert.equal(unit({ BindPaths: `${slot}/package/etc` }), 'none')
    assert.equal(unit({ Also: 'x.service' }), 'services.web: NixOS has no option for Also')
  })
})

describe('ownPackage', () => {
  it('is that of the flake beside the config', () => {
    assert.equal(ownPackage('.'), 'default')
    assert.equal(ownPackage('.#web'), 'web')
    assert.equal(ownPackage('.#packages.x86_64-linux.web'), 'web')
    assert.equal(ownPackage('.#nested.web'), undefined)
    assert.equal(ownPackage('./sub#web'), undefined)
    assert.equal(ownPackage('github:me/app'), undefined)
  })
})
