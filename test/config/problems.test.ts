import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configError, pathText } from '../../src/config/problems.js'
import { hostSchema } from '../../src/config/schema.js'
import { SlipwayError, service, site } from '../../src/index.js'
import { problems, withService, withSite } from './samples.js'

describe('pathText', () => {
  it('joins names with dots', () => assert.equal(pathText(['services', 'web', 'env']), 'services.web.env'))
  it('puts numbers in brackets', () => assert.equal(pathText(['routes', 0, 'url']), 'routes[0].url'))
  it('quotes what is no identifier', () => {
    assert.equal(pathText(['services', 'my-app', 'env']), "services['my-app'].env")
  })
  it('is empty for the config itself', () => assert.equal(pathText([]), ''))
})

describe('configError', () => {
  it('lists every problem with its path and suggestion', () => {
    const error = configError('slipway.config.ts', [
      { path: 'hosts', message: 'is empty' },
      { path: '', message: 'unknown field', suggestion: 'did you mean "hosts"?' },
    ])
    assert.ok(error instanceof SlipwayError)
    assert.deepEqual(error.parts, {
      what: 'slipway.config.ts has 2 problems',
      why: '  hosts: is empty\n  (the config): unknown field; did you mean "hosts"?',
      still: 'Nothing was contacted or changed.',
      next: 'Correct it and run the command again; `slipway docs` lists every field.',
      code: 2,
    })
  })

  it('counts a single problem in words', () => {
    assert.equal(configError('c.ts', [{ path: 'a', message: 'b' }]).message, 'c.ts has a problem')
  })
})

describe('an unknown field', () => {
  const hosts = { nixie: 'root@nixie' }
  const asService = (fields: object) => withService(fields)
  const asSite = (fields: object) => ({
    hosts,
    services: { web: site({ package: '.#web', routes: ['https://a.example'], ...fields }) },
  })

  for (const [where, config, problem] of [
    [
      'of the config',
      { hosts, services: {}, paralel: 2 },
      'paralel: unknown field; did you mean "parallel"?',
    ],
    [
      'of a host',
      { hosts: { nixie: { ssh: 'nixie', option: [] } }, services: {} },
      'hosts.nixie.option: unknown field; did you mean "options"?',
    ],
    [
      'of a service',
      asService({ lisen: 'port' }),
      'services.web.lisen: unknown field; did you mean "listen"?',
    ],
    [
      'of a site',
      asSite({ notfound: 'x' }),
      'services.web.notfound: unknown field; did you mean "notFound"?',
    ],
    [
      'of a site, which a service would have',
      asSite({ env: {} }),
      'services.web.env: unknown field; known here: package, hosts, routes, http, keep, dir, notFound, fallback',
    ],
    [
      'of a package',
      asService({ package: { file: 'default.nix', atr: 'app' } }),
      'services.web.package.atr: unknown field; did you mean "attr"?',
    ],
    [
      'of `reach` without a network',
      asService({ listen: { port: 80, reach: ['127.0.0.1:5432'] } }),
      "services.web.listen.reach: needs `network: 'own'`: in the host's network a program reaches all of its loopback",
    ],
    [
      'of what `reach` may not name',
      asService({ listen: { port: 80, network: 'own', reach: ['localhost:5432'] } }),
      'services.web.listen.reach[0]: expected `127.0.0.1:PORT` or `[::1]:PORT`',
    ],
    [
      'of listen',
      asService({ listen: { port: 80, prt: 3000 } }),
      'services.web.listen.prt: unknown field; did you mean "port"?',
    ],
    [
      'of health',
      asService({ health: { timout: '5s' } }),
      'services.web.health.timout: unknown field; did you mean "timeout"?',
    ],
    [
      'of a route',
      asService({
        listen: 'port',
        routes: ['https://a.example', { url: 'https://b.example', stripp: true }],
      }),
      'services.web.routes[1].stripp: unknown field; did you mean "strip"?',
    ],
    [
      'of a process',
      asService({ processes: { worker: { run: 'work', unti: {} } } }),
      'services.web.processes.worker.unti: unknown field; did you mean "unit"?',
    ],
    [
      'of a timer',
      asService({ timers: { nightly: { run: 'clean', calendar: 'daily', evn: {} } } }),
      'services.web.timers.nightly.evn: unknown field; did you mean "env"?',
    ],
    [
      'of a hook',
      asService({ before: { run: 'migrate', timout: '1m' } }),
      'services.web.before.timout: unknown field; did you mean "timeout"?',
    ],
    [
      'of one hook of several',
      asService({ after: [{ run: 'notify' }, { run: 'drop', irreversibel: true }] }),
      'services.web.after[1].irreversibel: unknown field; did you mean "irreversible"?',
    ],
    [
      'that resembles none',
      { hosts, services: {}, database: 'x' },
      'database: unknown field; known here: project, hosts, services, systems, caches, certificates, guard, secrets, overrideInputs, check, parallel',
    ],
  ] as const) {
    it(where, () => assert.deepEqual(problems(config), [problem]))
  }
})

describe('a wrong value', () => {
  for (const [what, fields, problem] of [
    ['a number for a package', { package: 5 }, 'services.web.package: expected a string or an object, got 5'],
    ['no package', { package: undefined }, 'services.web.package: is missing, and there is no `module`'],
    [
      'a bare port',
      { listen: 3000 },
      'services.web.listen: expected an object or "port" or "unix" or "socket", got 3000; write { port: 3000 }',
    ],
    [
      'a bare port as text',
      { listen: '3000' },
      'services.web.listen: expected an object or "port" or "unix" or "socket", got "3000"; write { port: 3000 }',
    ],
    [
      'a mistyped way to listen',
      { listen: 'sokcet' },
      'services.web.listen: expected an object or "port" or "unix" or "socket", got "sokcet"; did you mean "socket"?',
    ],
    [
      'a port as text',
      { listen: { port: '3000' } },
      'services.web.listen.port: expected a number, got "3000"',
    ],
    ['half a port', { listen: { port: 0.5 } }, 'services.web.listen.port: expected a whole number, got 0.5'],
    [
      'one route outside an array',
      { routes: 'https://a.example' },
      'services.web.routes: expected an array, got "https://a.example"',
    ],
    [
      'a number for a route',
      { routes: [5] },
      'services.web.routes[0]: expected a string or an object, got 5',
    ],
    [
      'a mistyped word',
      { routes: [{ url: 'https://a.example', server: 'slipawy' }] },
      'services.web.routes[0].server: expected "slipway" or "existing", got "slipawy"; did you mean "slipway"?',
    ],
    [
      'a duration without a unit',
      { health: { timeout: '30' } },
      'services.web.health.timeout: expected a duration such as "500ms", "30s" or "2m"',
    ],
    [
      'a number for a duration',
      { health: { timeout: 30 } },
      'services.web.health.timeout: expected a string, got 30',
    ],
    [
      'a single status',
      { health: { status: 200 } },
      'services.web.health.status: expected an array, got 200',
    ],
    ['a text for a flag', { state: 'yes' }, 'services.web.state: expected true or false, got "yes"'],
    ['an impossible variable', { env: { 'A-B': 'x' } }, "services.web.env['A-B']: expected a variable name"],
    [
      'an object without a package for a variable',
      { env: { A: {} } },
      'services.web.env.A.package: is missing: expected a string or an object',
    ],
    [
      'a list for a variable',
      { env: { A: ['b'] } },
      'services.web.env.A: expected a string or a number or true or false or an object, got ["b"]',
    ],
    [
      'a package’s field with a typo',
      { package: { file: './default.nix', atr: 'web' } },
      'services.web.package.atr: unknown field; did you mean "attr"?',
    ],
    [
      'a directive in lower case',
      { unit: { memoryMax: '1G' } },
      'services.web.unit.memoryMax: expected the name of a systemd directive',
    ],
    ['a blank program', { run: '  ' }, 'services.web.run: expected a program'],
    ['an empty command line', { run: [] }, 'services.web.run: expected a program first'],
    ['an empty program', { run: ['', '-v'] }, 'services.web.run: expected a program first'],
    [
      'a drain without a unit',
      { drain: '30' },
      'services.web.drain: expected a duration such as "500ms", "30s" or "2m"',
    ],
    [
      'a wait longer than a host takes',
      { drain: '25h' },
      'services.web.drain: expected a duration of at most "1d"',
    ],
    ['a blank hook', { before: '  ' }, 'services.web.before: expected a program'],
    ['a hook without a program', { before: [''] }, 'services.web.before: expected a program first'],
    ['a hook of no words', { after: [{ run: [] }] }, 'services.web.after[0].run: expected a program first'],
    [
      'a hook that does not run anything',
      { before: [{ timeout: '5s' }] },
      'services.web.before[0].run: is missing: expected a string or an array',
    ],
    [
      'words among hooks',
      { before: ['migrate', { run: 'seed' }] },
      'services.web.before[0]: expected an object, got "migrate"',
    ],
    [
      'a hook’s duration without a unit',
      { after: { run: 'notify', timeout: '5' } },
      'services.web.after.timeout: expected a duration such as "500ms", "30s" or "2m"',
    ],
    [
      'a text for a hook’s flag',
      { before: { run: 'drop', irreversible: 'yes' } },
      'services.web.before.irreversible: expected true or false, got "yes"',
    ],
    [
      'a timer without a calendar',
      { timers: { nightly: { run: 'clean' } } },
      'services.web.timers.nightly.calendar: is missing: expected a string',
    ],
    [
      'two lines for a calendar',
      { timers: { nightly: { run: 'clean', calendar: 'daily\nprocess=x.service' } } },
      'services.web.timers.nightly.calendar: expected a calendar expression on one line',
    ],
    [
      'an empty calendar',
      { timers: { nightly: { run: 'clean', calendar: '' } } },
      'services.web.timers.nightly.calendar: expected a calendar expression on one line',
    ],
  ] as const) {
    it(what, () => assert.deepEqual(problems(withService(fields)), [problem]))
  }

  it('a number for a hook', () => {
    assert.deepEqual(problems(withService({ before: 5 })), [
      'services.web.before: expected a string or an object or an array, got 5',
    ])
  })

  for (const path of ['', 'up', '/u p', '/up\n', '/up"', "/up'", '/a\\b', '/{up}', '/up;', '/up#a', '/$up']) {
    it(`a health path ${JSON.stringify(path)}`, () => {
      assert.deepEqual(problems(withService({ health: { path } })), [
        'services.web.health.path: expected a path that starts with "/", without spaces, quotes and "$"',
      ])
    })
  }

  for (const field of ['dir', 'notFound']) {
    for (const path of ['', '/share/www', 'a//b', 'a b', 'a\n', 'a;b', '"a"', '$a', '{a}', 'a\\b', 'é']) {
      it(`a site’s ${field} ${JSON.stringify(path)}`, () => {
        assert.deepEqual(problems(withSite({ [field]: path })), [
          `services.blog.${field}: expected a relative path of letters, digits and . _ - @ +`,
        ])
      })
    }
  }

  it('of the whole config', () => {
    assert.deepEqual(problems('nixie'), ['(the config): expected an object, got "nixie"'])
  })

  it('no hosts', () => {
    assert.deepEqual(problems({}), ['hosts: is missing: expected an object'])
  })

  it('neither services nor systems', () => {
    assert.deepEqual(problems({ hosts: { nixie: 'nixie' } }), [
      'services: is missing: the config has neither services nor systems',
    ])
  })

  it('a host without an address', () => {
    const config = { hosts: { nixie: { options: [] } }, services: {} }
    assert.deepEqual(problems(config), ['hosts.nixie.ssh: is missing: expected a string'])
  })

  it('a service that service() did not make', () => {
    const config = { hosts: { nixie: 'nixie' }, services: { web: { package: '.#web' } } }
    assert.deepEqual(problems(config), ['services.web: expected what service() or site() returns'])
  })

  it('a system that system() did not make', () => {
    const web = service({ package: '.#web' })
    const config = { hosts: { nixie: 'nixie' }, services: {}, systems: { nixie: { flake: '.' }, web } }
    assert.deepEqual(problems(config), [
      'systems.nixie: expected what system() returns',
      'systems.web: expected what system() returns',
    ])
  })

  it('is cut short where it is long', () => {
    const [problem] = problems(withService({ env: { A: ['x'.repeat(100)] } }))
    assert.match(problem ?? '', /, got \["x{55}\.\.\.$/)
  })

  it('stands beside all others', () => {
    const config = {
      hosts: { nixie: 5 },
      services: { web: service({ package: '.#web', keep: 0.5 }) },
    }
    assert.deepEqual(problems(config), [
      'hosts.nixie: expected a string or an object, got 5',
      'services.web.keep: expected a whole number, got 0.5',
    ])
  })
})

describe('a host', () => {
  const said = (web: unknown) => problems({ ...(withService({}) as object), hosts: { web } }).join('\n')

  it('is no option of ssh, and no more than a word of a shell', () => {
    for (const odd of ['-oProxyCommand=x', 'root@h; rm x', '$(x)', 'a b', "a'b", 'a\nb', '']) {
      assert.match(said(odd), /^hosts\.web: expected what ssh calls a destination/, odd)
      assert.match(said({ ssh: odd }), /^hosts\.web\.ssh: expected what ssh calls a destination/, odd)
    }
  })

  it('is whatever else ssh takes', () => {
    for (const plain of [
      'web',
      'root@a-b.example',
      'ssh://me@[::1]:22',
      'root@fe80::1%eth0',
      'rehearse:web',
      'a_b',
      'AD\\\\me@web',
      'münchen',
    ]) {
      assert.ok(hostSchema.safeParse(plain).success, plain)
      assert.ok(hostSchema.safeParse({ ssh: plain }).success, plain)
    }
  })
})
