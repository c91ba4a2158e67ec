import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Modular, ModularNode } from '../../../src/config/modular.js'
import type { ProgramConfig } from '../../../src/config/resolved.js'
import { service } from '../../../src/index.js'
import { fromModule } from '../../../src/plan/modular/service.js'
import { resolved } from '../../config/samples.js'

const PROGRAM = '/nix/store/00000000000000000000000000000000-forum-service.json'

function node(given: Partial<ModularNode> = {}): ModularNode {
  return {
    argv: ['/nix/store/x/bin/forum'],
    exec: null,
    reload: null,
    notifies: false,
    unit: {},
    socket: {},
    otherUnits: [],
    services: {},
    ...given,
  }
}

function made(given: Partial<ModularNode>, config: object = {}, modular: Partial<Modular> = {}) {
  const services = { forum: service({ module: '.#forum', listen: 'port', ...config }) }
  const [forum] = resolved({ hosts: { web: 'web' }, services }).services
  return fromModule(forum as ProgramConfig, {
    service: node(given),
    program: PROGRAM,
    files: [],
    warnings: [],
    ...modular,
  })
}

function refused(given: Partial<ModularNode>, config: object = {}): string[] {
  return made(given, config).refused.map(({ option }) => option)
}

describe('a service of a module', () => {
  it('runs the words of the module, with the variables of both', () => {
    const { service: forum, ...rest } = made(
      { argv: ['/bin/a', '-v'], unit: { environment: { A: '1', B: 2, C: null } } },
      { env: { B: '3' } },
    )
    assert.deepEqual(forum.run, ['/bin/a', '-v'])
    assert.deepEqual(forum.env, { A: '1', B: '3' })
    assert.deepEqual(rest, { warnings: [], refused: [] })
  })

  it('has the unit that its module says, and what its config says after that', () => {
    const { service: forum } = made(
      { notifies: true, unit: { serviceConfig: { MemoryMax: '1G', Nice: 5 } } },
      { unit: { Nice: 1 } },
    )
    assert.deepEqual(forum.unit, { Type: 'notify', MemoryMax: '1G', Nice: 1 })
  })

  it('tells what the module opens', () => {
    const { warnings } = made(
      { unit: { serviceConfig: { PrivateDevices: false, DeviceAllow: ['/dev/fuse rw'] } } },
      {},
      { warnings: ['in services.forum: old'] },
    )
    assert.deepEqual(warnings, [
      'in services.forum: old',
      'its module opens the sandbox: PrivateDevices=no, DeviceAllow=/dev/fuse rw',
    ])
  })

  it('has folders of its own name', () => {
    const { service: forum } = made({
      unit: { serviceConfig: { StateDirectory: 'other', CacheDirectory: 'forum', RuntimeDirectory: 'x' } },
    })
    assert.equal(forum.state, true)
    assert.deepEqual(forum.unit, { CacheDirectory: 'forum', RuntimeDirectory: 'forum@%i' })
  })

  it('refuses a folder whose other name is written in its words', () =>
    assert.deepEqual(
      refused({
        argv: ['/bin/a', '--data=/var/lib/other'],
        unit: { serviceConfig: { StateDirectory: 'other' } },
      }),
      ['systemd.service.serviceConfig.StateDirectory'],
    ))

  it('makes workers of sub-services', () => {
    const sub = node({ argv: ['/bin/work'], unit: { environment: { QUEUE: 'mail' } } })
    const { service: forum } = made({ services: { mail: node({ services: { out: sub } }) } })
    assert.deepEqual(
      forum.processes.map(({ name, run, env }) => ({ name, run, env })),
      [
        { name: 'mail', run: ['/nix/store/x/bin/forum'], env: {} },
        { name: 'mail-out', run: ['/bin/work'], env: { QUEUE: 'mail' } },
      ],
    )
  })

  it('passes over what NixOS is told, and what is so anyway', () =>
    assert.deepEqual(
      refused({
        unit: {
          description: 'Forum',
          wantedBy: ['multi-user.target'],
          after: ['network-online.target'],
          wants: ['network-online.target'],
          restartTriggers: ['x'],
          preStart: '',
        },
      }),
      [],
    ))

  it('refuses by name what it does not carry', () => {
    assert.deepEqual(
      refused({
        unit: {
          after: ['network.target', 'postgresql.service'],
          preStart: 'mkdir x',
          requires: ['a.service'],
          unitConfig: { BindsTo: 'b.service', ConditionPathExists: '/x' },
          serviceConfig: { ExecStart: '/bin/x' },
        },
        otherUnits: ['systemd.services.setup'],
      }),
      [
        'systemd.service.serviceConfig.ExecStart',
        'systemd.service.unitConfig.BindsTo',
        'systemd.service.after',
        'systemd.service.preStart',
        'systemd.service.requires',
        'systemd.services.setup',
      ],
    )
    assert.deepEqual(refused({ services: { sub: node({ socket: { listenStreams: ['1'] } }) } }), [
      'services.sub.systemd.socket',
    ])
    assert.deepEqual(refused({ services: { Mail_Out: node() } }), ['services.Mail_Out'])
    assert.deepEqual(refused({ unit: { enable: true, confined: true } }), ['systemd.service.confined'])
    assert.deepEqual(refused({ unit: { enable: false } }), ['systemd.service.enable'])
    assert.deepEqual(refused({ unit: { serviceConfig: { ExecStartPre: '/bin/x' } } }, { listen: 'unix' }), [
      'systemd.service.serviceConfig.ExecStartPre',
    ])
    assert.deepEqual(refused({ exec: '/bin/x %n' }, { secrets: ['TOKEN'] }), ['systemd.mainExecStart'])
  })

  it("has its socket in slipway's", () => {
    const socket = { listenStreams: ['/run/x'], socketConfig: { Backlog: 9 }, wantedBy: ['sockets.target'] }
    assert.deepEqual(refused({ socket }), ['systemd.socket.listenStreams'])
    const { service: forum, refused: none } = made({ socket }, { listen: 'socket' })
    assert.deepEqual([forum.unit, none], [{ Backlog: 9 }, []])
    assert.deepEqual(refused({ socket: { listenStreams: ['1', '2'] } }, { listen: 'socket' }), [
      'systemd.socket.listenStreams',
    ])
  })

  it('reads files again where each program that has some says how', () => {
    const reads = (given: Partial<ModularNode>, files: string[]) => made(given, {}, { files }).service.reloads
    const sub = (given: Partial<ModularNode>) => ({ services: { sub: node(given) } })
    assert.equal(reads({ reload: '/bin/kill' }, []), undefined)
    assert.equal(reads({}, ['etc/a']), undefined)
    assert.deepEqual(reads({ reload: '/bin/kill' }, ['etc/a']), {
      program: PROGRAM,
      main: true,
      processes: [],
    })
    assert.deepEqual(reads({ unit: { serviceConfig: { Type: 'notify-reload' } } }, ['etc/a'])?.main, true)
    assert.equal(reads({ reload: '/bin/kill', ...sub({}) }, ['etc/a', 'services/sub/b']), undefined)
    assert.deepEqual(reads(sub({ reload: '/bin/kill' }), ['services/sub/b']), {
      program: PROGRAM,
      main: false,
      processes: ['sub'],
    })
  })
})
