import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { changeOwned, migrateOwned, readOwned } from '../../../src/agent/services/owned.js'
import { foreignState, ownState, removeState } from '../../../src/agent/services/state.js'
import { ensureUser, isForeignUser, removeUser } from '../../../src/agent/services/users.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

describe('what is slipway’s of users and state directories', () => {
  let test: TestAgent
  let users: Set<string>

  beforeEach(() => {
    users = new Set()
    test = testAgent({
      run: async (argv) => {
        const [program, , name = ''] = argv
        if (program === 'getent') {
          return users.has(name)
            ? { ...endedWith(0), stdout: `${name}:x:901:901::/:/bin/false\n` }
            : endedWith(2)
        }
        return endedWith(0)
      },
    })
  })
  afterEach(() => test.remove())

  it('is on the list before it is made, and goes from there when it is removed', async () => {
    const { agent } = test
    await ownState(agent, 'app')
    await ensureUser(agent, 'app')
    assert.deepEqual(await readOwned(agent), { version: 1, users: { app: 'made' }, states: { app: 'made' } })
    users.add('app')
    assert.equal(await isForeignUser(agent, 'app'), false)
    await removeState(agent, 'app')
    await removeUser(agent, 'app')
    assert.deepEqual(await readOwned(agent), { version: 1, users: {}, states: {} })
    assert.ok(test.ran.includes('userdel app'))
    assert.ok(test.ran.includes(`rm -rf --one-file-system -- ${agent.places.state('app')}`))
  })

  it('audit 21: a directory that slipway did not make is foreign, and is not purged', async () => {
    const { agent } = test
    mkdirSync(agent.places.state('grafana'))
    assert.ok(await foreignState(agent, 'grafana'))
    assert.equal(await removeState(agent, 'grafana'), true)
    assert.deepEqual(test.ran, [])
  })

  it('audit 21: a name that every object has is on no list', async () => {
    const { agent } = test
    mkdirSync(agent.places.state('constructor'))
    users.add('constructor')
    assert.ok(await foreignState(agent, 'constructor'))
    assert.equal(await isForeignUser(agent, 'constructor'), true)
    assert.equal(await removeState(agent, 'constructor'), true)
    await removeUser(agent, 'constructor')
    assert.ok(!test.ran.some((line) => /^(rm|userdel)/.test(line)))
  })

  it('audit 21: what was taken over is not purged either', async () => {
    const { agent } = test
    mkdirSync(agent.places.state('grafana'))
    users.add('grafana')
    await ownState(agent, 'grafana')
    await ensureUser(agent, 'grafana')
    assert.deepEqual((await readOwned(agent)).states, { grafana: 'adopted' })
    assert.equal(await removeState(agent, 'grafana'), true)
    await removeUser(agent, 'grafana')
    assert.ok(!test.ran.some((line) => /^(userdel|rm|systemd-sysusers)/.test(line)), test.ran.join('\n'))
  })

  it('takes the users of hosts of older versions over, once', async () => {
    const { agent } = test
    writeFileSync(agent.places.users, 'web\nold\n')
    users.add('old')
    mkdirSync(agent.places.state('old'))
    await migrateOwned(agent)
    const owned = JSON.parse(readFileSync(agent.places.owned, 'utf8'))
    assert.deepEqual(owned.users, { web: 'made', old: 'made' })
    // The directory belongs to whoever runs this test, and not to the user.
    assert.deepEqual(owned.states, {})
  })

  it('loses nothing where services are activated side by side', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `app${index}`)
    await Promise.all(names.map((name) => ownState(test.agent, name)))
    assert.deepEqual(Object.keys((await readOwned(test.agent)).states).sort(), names.sort())
  })

  it('does not read a list that it does not know as an empty one', async () => {
    mkdirSync(join(test.folder, 'x'))
    writeFileSync(test.agent.places.owned, '{"version":2}')
    await assert.rejects(readOwned(test.agent), /can't be read/)
    await assert.rejects(changeOwned(test.agent, () => undefined))
  })
})
