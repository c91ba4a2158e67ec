import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deploy, node, problems, profile, resolve } from './samples.js'

/** What a profile of a node comes to, by settings at the three levels. */
function levels(ofDeploy: object, ofNode: object, ofProfile: object) {
  const nodes = { web: node({ ...ofNode, profiles: { system: profile(ofProfile) } }) }
  const { hosts, systems } = resolve(deploy(nodes, { sshUser: undefined, user: 'root', ...ofDeploy }))
  const [host] = hosts
  const [system] = systems
  assert.ok(host && system)
  return { host, system }
}

describe('resolveDeploy: defaults', () => {
  it('are those of deploy-rs', () => {
    assert.deepEqual(resolve(deploy({ web: node() })), {
      hosts: [
        {
          name: 'web',
          ssh: 'root@host',
          options: [],
          build: undefined,
          become: ['sudo', '-n'],
          substitutes: true,
        },
      ],
      systems: [
        {
          kind: 'system',
          name: 'web-system',
          host: 'web',
          package: { flake: '.#deploy.nodes."web".profiles."system".path' },
          profile: '/nix/var/nix/profiles/system',
          profileName: 'system',
          user: 'root',
          confirm: true,
          revert: true,
          activateMs: 240_000,
          confirmMs: 30_000,
        },
      ],
      notes: [],
    })
  })

  it('null is as good as absent', () => {
    const nothing = {
      sshUser: null,
      fastConnection: null,
      sudo: null,
      confirmTimeout: null,
      profilePath: null,
    }
    const { hosts, systems } = resolve(deploy({ web: node({ profiles: { system: profile(nothing) } }) }))
    assert.deepEqual({ hosts, systems, notes: [] }, resolve(deploy({ web: node() })))
  })

  it('ssh decides who logs in where nobody says', () => {
    assert.equal(levels({}, {}, {}).host.ssh, 'host')
  })
})

describe('resolveDeploy: precedence', () => {
  const cases: [string, unknown[], (given: ReturnType<typeof levels>) => unknown, unknown[]][] = [
    ['sshUser', ['a', 'b', 'c'], ({ host }) => host.ssh, ['a@host', 'b@host', 'c@host']],
    ['user', ['a', 'b', 'c'], ({ system }) => system.user, ['a', 'b', 'c']],
    ['sudo', ['a', 'b', 'c -u'], ({ host }) => host.become.join(' '), ['a root', 'b root', 'c -u root']],
    ['fastConnection', [true, false, true], ({ host }) => host.substitutes, [false, true, false]],
    ['remoteBuild', [true, false, true], ({ host }) => host.build, ['host', undefined, 'host']],
    ['autoRollback', [false, true, false], ({ system }) => system.revert, [false, true, false]],
    ['magicRollback', [false, true, false], ({ system }) => system.confirm, [false, true, false]],
    ['confirmTimeout', [1, 2, 3], ({ system }) => system.confirmMs, [1000, 2000, 3000]],
    ['activationTimeout', [1, 2, 3], ({ system }) => system.activateMs, [1000, 2000, 3000]],
  ]
  for (const [key, [top, middle, bottom], read, expected] of cases) {
    it(`${key}: profile over node over deploy`, () => {
      assert.deepEqual(
        [
          read(levels({ [key]: top }, {}, {})),
          read(levels({ [key]: top }, { [key]: middle }, {})),
          read(levels({ [key]: top }, { [key]: middle }, { [key]: bottom })),
        ],
        expected,
      )
    })
  }

  it('sshOpts: appended, the profile’s first', () => {
    const { host } = levels({ sshOpts: ['-4'] }, { sshOpts: ['-p', '2222'] }, { sshOpts: ['-A'] })
    assert.deepEqual(host.options, ['-A', '-p', '2222', '-4'])
  })

  it('sshUser: owns the profile where no user is set', () => {
    assert.equal(levels({ user: undefined }, { sshUser: 'ann' }, {}).system.user, 'ann')
  })
})

describe('resolveDeploy: profiles', () => {
  /** Where a profile is, by its name and settings. */
  const place = (name: string, fields: object) => {
    const [system] = resolve(deploy({ web: node({ profiles: { [name]: profile(fields) } }) })).systems
    return [system?.profile, system?.profileName]
  }

  it('are where deploy-rs has them', () => {
    assert.deepEqual(place('system', {}), ['/nix/var/nix/profiles/system', 'system'])
    assert.deepEqual(place('tools', {}), ['/nix/var/nix/profiles/per-user/root/tools', 'tools'])
    assert.deepEqual(place('system', { user: 'ann' }), [undefined, 'system'])
    assert.deepEqual(place('home', { user: 'ann', profilePath: '/home/ann/p' }), ['/home/ann/p', 'p'])
  })

  it('come in the order given, then by name', () => {
    const profiles = { zeta: profile(), app: profile(), system: profile(), base: profile() }
    const nodes = {
      web: node({ profiles, profilesOrder: ['system', 'base', 'system'] }),
      db: node({ hostname: 'db' }),
    }
    assert.deepEqual(
      resolve(deploy(nodes)).systems.map(({ name }) => name),
      ['db-system', 'web-system', 'web-base', 'web-app', 'web-zeta'],
    )
  })

  it('are those of the target', () => {
    const nodes = {
      web: node({ profiles: { system: profile(), app: profile() }, profilesOrder: ['system'] }),
      'db.example': node({ hostname: 'db' }),
    }
    const named = (target: string) => {
      const { hosts, systems } = resolve(deploy(nodes), target)
      return [hosts.map(({ name }) => name), systems.map((system) => [system.name, system.package])]
    }
    const app = { flake: 'path:/x#deploy.nodes."web".profiles."app".path' }
    const system = { flake: 'path:/x#deploy.nodes."web".profiles."system".path' }
    const db = { flake: 'path:/x#deploy.nodes."db.example".profiles."system".path' }
    assert.deepEqual(named('path:/x#web.app'), [['web'], [['web-app', app]]])
    assert.deepEqual(named('path:/x#"db.example"'), [['db.example'], [['db-example-system', db]]])
    assert.deepEqual(named('path:/x'), [
      ['db.example', 'web'],
      [
        ['db-example-system', db],
        ['web-system', system],
        ['web-app', app],
      ],
    ])
  })

  it('of nodes with like names stay apart', () => {
    const nodes = { 'a.b': node(), 'a-b': node(), 'a b': node() }
    const { hosts, systems } = resolve(deploy(nodes))
    assert.deepEqual(
      hosts.map(({ name }) => name),
      ['a-b', 'a-b-2', 'a.b'],
    )
    assert.deepEqual(
      systems.map(({ name, host }) => [name, host]),
      [
        ['a-b-system', 'a-b'],
        ['a-b-system-2', 'a-b-2'],
        ['a-b-system-3', 'a.b'],
      ],
    )
  })
})

describe('resolveDeploy: errors', () => {
  it('a node or profile that is not there', () => {
    const nodes = { web: node(), db: node() }
    assert.throws(() => resolve(deploy(nodes), '.#wbe'), {
      parts: { what: '. has no node "wbe"', next: 'Did you mean "web"?', code: 2 },
    })
    assert.throws(() => resolve(deploy(nodes), '.#production'), {
      parts: { what: '. has no node "production"', next: 'It has: db, web.', code: 2 },
    })
    assert.throws(() => resolve(deploy(nodes), '.#web.sytsem'), {
      parts: { what: 'web has no profile "sytsem"', next: 'Did you mean "system"?', code: 2 },
    })
  })

  it('nothing to deploy', () => {
    assert.throws(() => resolve(deploy({ web: node({ profiles: {} }) })), {
      message: '. has no profiles to deploy',
    })
    assert.throws(() => resolve(deploy({})), { message: '. has no profiles to deploy' })
  })

  it('a profile that is nobody’s, and one without a package', () => {
    const profiles = { app: profile({ user: 'ann', hasPath: false }), system: profile() }
    assert.deepEqual(problems(deploy({ 'db.example': node({ profiles }) }, { sshUser: undefined })), [
      "the flake's deploy output has 2 problems",
      'deploy.nodes."db.example".profiles.app.path: is missing',
      'deploy.nodes."db.example".profiles.system: neither `user` nor `sshUser` is set, so nobody knows whose ' +
        'profile it is; for a whole system, set `user = "root"`',
    ])
  })

  it('an order of profiles that are not there', () => {
    const nodes = { web: node({ profilesOrder: ['sytsem'] }) }
    const error = 'deploy.nodes.web.profilesOrder: there is no profile "sytsem"; did you mean "system"?'
    assert.deepEqual(problems(deploy(nodes)), ["the flake's deploy output has a problem", error])
    assert.equal(resolve(deploy(nodes), '.#web.system').systems.length, 1)
  })

  it('settings of the wrong type, all at once, where they are', () => {
    const system = profile({ sshUser: '-oProxyCommand=x', user: 'a b', profilePath: 'p', autoRollback: 1 })
    const nodes = {
      web: node({ hostname: 5, sshOpts: '-p 22', confirmTimeout: 0, activationTimeout: 70_000 }),
      'db.example': node({ hostname: '', remoteBuild: 'yes', sshOpts: ['-4', 6], profiles: { system } }),
      listed: 'list',
    }
    const seconds = 'expected a whole number of seconds from 1 to 65535'
    assert.deepEqual(problems(deploy(nodes, { fastConnection: 'no' })).sort(), [
      'deploy.fastConnection: expected true or false, got "no"',
      'deploy.nodes."db.example".hostname: expected the name or address of a host',
      'deploy.nodes."db.example".profiles.system.autoRollback: expected true or false, got 1',
      'deploy.nodes."db.example".profiles.system.profilePath: expected the absolute path of a Nix profile',
      'deploy.nodes."db.example".profiles.system.sshUser: expected the name of a user',
      'deploy.nodes."db.example".profiles.system.user: expected the name of a user',
      'deploy.nodes."db.example".remoteBuild: expected true or false, got "yes"',
      'deploy.nodes."db.example".sshOpts[1]: expected a string, got 6',
      'deploy.nodes.listed: expected an object, got "list"',
      `deploy.nodes.web.activationTimeout: ${seconds}`,
      `deploy.nodes.web.confirmTimeout: ${seconds}`,
      'deploy.nodes.web.hostname: expected a string, got 5',
      'deploy.nodes.web.sshOpts: expected an array, got "-p 22"',
      "the flake's deploy output has 13 problems",
    ])
  })

  it('names that nothing on a host could have', () => {
    const nodes = { web: node({ profiles: { 'a b': profile() } }), 'qu"oted': node() }
    assert.deepEqual(problems(deploy(nodes)), [
      "the flake's deploy output has 2 problems",
      `deploy.nodes.web.profiles."a b": can't be the name of a Nix profile`,
      'deploy.nodes."qu"oted": a name with a quote has no installable',
    ])
  })
})
