import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deploy, node, profile, resolve } from './samples.js'

describe('ignoredSettings', () => {
  it('says what of the flake is not done, and why', () => {
    const system = profile({ unknown: ['confirmTimout', 'colour'], tempPath: '/home/ann' })
    const nodes = { web: node({ interactiveSudo: true, unknown: ['profileOrder'], profiles: { system } }) }
    assert.deepEqual(resolve(deploy(nodes, { unknown: ['sshKey'] })).notes, [
      'deploy.sshKey is ignored: deploy-rs has no such setting; did you mean "sshUser"?',
      'deploy.nodes.web.profileOrder is ignored: deploy-rs has no such setting; did you mean "profilesOrder"?',
      'deploy.nodes.web.interactiveSudo is not needed: where sudo wants a password, it is asked for on the terminal',
      'deploy.nodes.web.profiles.system.confirmTimout is ignored: deploy-rs has no such setting; ' +
        'did you mean "confirmTimeout"?',
      'deploy.nodes.web.profiles.system.colour is ignored: deploy-rs has no such setting',
      'deploy.nodes.web.profiles.system.tempPath is ignored: a confirmation needs no file there',
    ])
  })

  it('is silent about what is not deployed, and about what is off', () => {
    const nodes = {
      web: node({
        interactiveSudo: false,
        profiles: { system: profile(), app: profile({ unknown: ['colour'] }) },
      }),
      db: node({ unknown: ['colour'] }),
    }
    assert.deepEqual(resolve(deploy(nodes), '.#web.system').notes, [])
  })
})
