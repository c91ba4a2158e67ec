import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deploy, node, profile, resolve } from './samples.js'

const system = profile({ sshUser: 'admin', user: 'root', sudo: 'doas -u' })
const hello = profile({ sshUser: 'hello', user: 'hello', sshOpts: ['-A'] })
const json = deploy({ web: node({ profiles: { hello, system } }) })

/** The login of the only host, and what is said of it. */
function login(target: string, given = json) {
  const { hosts, notes } = resolve(given, target)
  return { ssh: hosts[0]?.ssh, become: hosts[0]?.become.join(' '), options: hosts[0]?.options, notes }
}

describe('nodeHost', () => {
  it('logs in once for all profiles, as one that reaches root', () => {
    assert.deepEqual(login('.'), {
      ssh: 'admin@host',
      become: 'doas -u root',
      options: [],
      notes: [
        'deploy.nodes.web.profiles.hello: sshUser and sshOpts and sudo come from profile "system", since one ' +
          'login does the work of a host',
      ],
    })
  })

  it('does so too where only a profile of another user is deployed', () => {
    assert.equal(login('.#web.hello').ssh, 'admin@host')
  })

  it('prefers the login of what is deployed', () => {
    const tools = profile({ sshUser: 'root' })
    assert.equal(
      login('.#web.system', deploy({ web: node({ profiles: { tools, system } }) })).ssh,
      'admin@host',
    )
    assert.equal(login('.#web', deploy({ web: node({ profiles: { tools, system } }) })).ssh, 'admin@host')
    assert.equal(
      login('.#web.tools', deploy({ web: node({ profiles: { tools, system } }) })).ssh,
      'root@host',
    )
  })

  it('takes what there is where no profile shows a way to root', () => {
    const world = profile({ sshUser: 'world', sudo: 'run0 -u' })
    const profiles = { world, hello }
    assert.deepEqual(login('.#web.world', deploy({ web: node({ profiles }) })), {
      ssh: 'world@host',
      become: 'run0 -u root',
      options: [],
      notes: [],
    })
  })

  it('tells of a single setting, too', () => {
    const profiles = { a: profile({ fastConnection: true }), b: profile() }
    assert.deepEqual(login('.', deploy({ web: node({ profiles }) })).notes, [
      'deploy.nodes.web.profiles.b: fastConnection comes from profile "a", since one login does the work of a host',
    ])
  })

  it('takes a host name as a file holds it', () => {
    assert.equal(login('.', deploy({ web: node({ hostname: '10.0.0.1\n' }) })).ssh, 'root@10.0.0.1')
  })
})
