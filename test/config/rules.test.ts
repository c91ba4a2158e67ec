import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { service, site } from '../../src/index.js'
import { problems, resolved, withService } from './samples.js'

const TWO_HOSTS = { nixie: 'root@nixie', pixie: 'root@pixie' }

/** A config of two hosts and some services. */
function onTwoHosts(services: object): unknown {
  return { hosts: TWO_HOSTS, services }
}

function listening(fields: object) {
  return service({ package: '.#app', listen: 'port', ...fields })
}

describe('semanticProblems: names', () => {
  it('a service that can be no unit and user gets a suggestion', () => {
    const config = { hosts: { nixie: 'nixie' }, services: { My_App: service({ package: '.' }) } }
    assert.deepEqual(problems(config), [
      `services['My_App']: "My_App" can't be a unit and user name: 1 to 31 of a-z, 0-9 and "-", ` +
        'starting with a letter, not ending with "-"; for example "my-app"',
    ])
  })

  it('a service with a name that the system has already', () => {
    const config = { hosts: { nixie: 'nixie' }, services: { postgres: service({ package: '.' }) } }
    assert.deepEqual(problems(config), [
      `services['postgres']: "postgres" is a system's user, unit or state directory already; for example "postgres-app"`,
    ])
  })

  it('processes and timers that can be no part of a unit name', () => {
    const fields = {
      processes: { 'Mail Out': { run: 'mail' } },
      timers: { clean_up: { run: 'clean', calendar: 'daily' } },
    }
    assert.deepEqual(problems(withService(fields)), [
      `services.web.processes['Mail Out']: can't be part of a unit name: a-z, 0-9 and "-"; for example "mail-out"`,
      `services.web.timers['clean_up']: can't be part of a unit name: a-z, 0-9 and "-"; for example "clean-up"`,
    ])
  })

  it('a host with a space', () => {
    const config = { hosts: { 'my host': 'x' }, services: {} }
    assert.deepEqual(problems(config), ["hosts['my host']: a host is named with letters, digits and . _ -"])
  })
})

describe('semanticProblems: hosts', () => {
  it('a host that is nearly one of the config’s', () => {
    assert.deepEqual(problems(onTwoHosts({ web: service({ package: '.', hosts: ['nixi'] }) })), [
      'services.web.hosts: there is no host "nixi"; did you mean "nixie"?',
    ])
  })

  it('a host unlike any other', () => {
    assert.deepEqual(problems(onTwoHosts({ web: service({ package: '.', hosts: 'production' }) })), [
      'services.web.hosts: there is no host "production"; known: nixie, pixie',
    ])
  })

  it('none named where there are several', () => {
    assert.deepEqual(problems(onTwoHosts({ web: service({ package: '.' }) })), [
      'services.web.hosts: is missing: the config has several hosts (nixie, pixie), name one or more',
    ])
  })

  it('none in the config', () => {
    const config = { hosts: {}, services: { web: service({ package: '.' }) } }
    assert.deepEqual(problems(config), ['hosts: is empty: services.web has nowhere to run'])
  })
})

describe('semanticProblems: clashes', () => {
  it('one route for two services of a host', () => {
    const config = onTwoHosts({
      web: listening({ hosts: ['nixie', 'pixie'], routes: ['https://a.example', 'https://a.example/blog'] }),
      blog: listening({ hosts: 'pixie', routes: ['http://A.example/blog/'] }),
    })
    assert.deepEqual(problems(config), [
      'services.blog.routes[0]: a.example/blog/ is claimed by services.web.routes[1] already',
    ])
  })

  it('the same route twice in a service', () => {
    const fields = { listen: 'port', routes: ['https://a.example', 'http://a.example/'] }
    assert.deepEqual(problems(withService(fields)), [
      'services.web.routes[1]: a.example/ is claimed by services.web.routes[0] already',
    ])
  })

  it('a route may lead to different services on different hosts', () => {
    const config = onTwoHosts({
      web: listening({ hosts: 'nixie', routes: ['https://a.example'] }),
      next: listening({ hosts: 'pixie', routes: ['https://a.example'] }),
    })
    assert.equal(resolved(config).services.length, 2)
  })

  it('one port for two services of a host', () => {
    const config = onTwoHosts({
      web: service({ package: '.', hosts: 'nixie', listen: { port: 3000 } }),
      api: service({ package: '.', hosts: 'nixie', listen: { port: 3000 } }),
      far: service({ package: '.', hosts: 'pixie', listen: { port: 3000 } }),
    })
    assert.deepEqual(problems(config), [
      'services.api.listen.port: port 3000 is taken by services.web.listen.port already',
    ])
  })

  it('one unit for a process and a service', () => {
    const config = onTwoHosts({
      web: service({ package: '.', hosts: 'nixie', processes: { api: { run: 'api' } } }),
      'web-api': service({ package: '.', hosts: 'nixie' }),
    })
    assert.deepEqual(problems(config), [
      'services.web-api: its unit web-api.service is also that of services.web.processes.api',
    ])
  })

  it('one unit for a process and a timer', () => {
    const fields = {
      processes: { mail: { run: 'mail' } },
      timers: { mail: { run: 'mail', calendar: 'daily' } },
    }
    assert.deepEqual(problems(withService(fields)), [
      'services.web.timers.mail: its unit web-mail.service is also that of services.web.processes.mail',
    ])
  })
})

describe('semanticProblems: routes', () => {
  it('those of a service that does not listen', () => {
    assert.deepEqual(problems(withService({ routes: ['https://a.example'] })), [
      'services.web.routes: has routes, but the service does not listen; add `listen`',
    ])
  })

  it('a site without any', () => {
    const config = { hosts: { nixie: 'nixie' }, services: { blog: site({ package: '.' }) } }
    assert.deepEqual(problems(config), ['services.blog.routes: a site needs at least one route'])
  })

  it('one that can’t be parsed, at its place in the list', () => {
    const fields = { listen: 'port', routes: ['https://a.example', 'b.example'] }
    assert.deepEqual(problems(withService(fields)), [
      'services.web.routes[1]: "b.example" is not a URL that starts with http:// or https://; ' +
        'did you mean "https://b.example"?',
    ])
  })
})

describe('semanticProblems: fields of a service', () => {
  for (const asset of ['/etc', '../views', 'a/../../b', '.', './']) {
    it(`an asset at ${asset}`, () => {
      assert.deepEqual(problems(withService({ assets: ['views', asset] })), [
        `services.web.assets[1]: "${asset}" must be a file or folder below the config's own folder`,
      ])
    })
  }

  it('assets below the folder are fine however they are written', () => {
    const [web] = resolved(withService({ assets: ['views', './static/', '..data'] })).services
    assert.deepEqual(web?.kind === 'service' && web.assets, ['views', './static/', '..data'])
  })

  it('a variable that slipway sets itself', () => {
    assert.deepEqual(problems(withService({ listen: 'port', env: { PORT: '1' } })), [
      "services.web.env.PORT: is set by slipway, since listen is 'port'",
    ])
    assert.deepEqual(problems(withService({ listen: 'unix', env: { LISTEN_PATH: '/x' } })), [
      "services.web.env.LISTEN_PATH: is set by slipway, since listen is 'unix'",
    ])
  })

  it('PORT is the user’s own with a fixed port', () => {
    const [web] = resolved(withService({ listen: { port: 3000 }, env: { PORT: 3000 } })).services
    assert.deepEqual(web?.kind === 'service' && web.env, { PORT: '3000' })
  })
})
