import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Ended } from '../../../src/agent/run.js'
import { removeDeployUser } from '../../../src/agent/uninstall/deploy-user.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

/** No user of the machine that tests run on is called so. */
const NAME = 'slipway-of-a-test'

describe('removeDeployUser', () => {
  let test: TestAgent
  let etc: string
  let userdel: Ended[]

  beforeEach(() => {
    userdel = [endedWith(0)]
    test = testAgent({
      run: async ([program]) =>
        program === 'getent'
          ? endedWith(0, { stdout: `${NAME}:x:990:990::/:/bin/sh\n` })
          : (userdel.shift() ?? endedWith(1, { stderr: 'userdel: no more' })),
    })
    etc = join(test.folder, 'etc')
    for (const folder of ['sudoers.d', 'security/limits.d']) mkdirSync(join(etc, folder), { recursive: true })
    writeFileSync(join(etc, `sudoers.d/slipway-${NAME}`), '')
    writeFileSync(join(etc, 'sudoers.d/others'), '')
    writeFileSync(join(etc, 'security/limits.d/slipway.conf'), '')
    mkdirSync(join(test.agent.places.access, 'keys'), { recursive: true })
    writeFileSync(join(test.agent.places.access, 'user'), `${NAME}\n`)
  })
  afterEach(() => test.remove())

  const files = () => [
    readdirSync(join(etc, 'sudoers.d')),
    readdirSync(join(etc, 'security/limits.d')),
    existsSync(test.agent.places.access),
  ]

  it('takes the user with all it was allowed, and is done the second time', async () => {
    assert.equal(await removeDeployUser(test.agent, etc), NAME)
    assert.deepEqual(files(), [['others'], [], false])
    assert.ok(test.ran.includes(`userdel ${NAME}`))
    assert.equal(await removeDeployUser(test.agent, etc), null)
  })

  it('waits for logins that are ending', async () => {
    userdel = [endedWith(8), endedWith(0)]
    assert.equal(await removeDeployUser(test.agent, etc), NAME)
  })

  it('keeps on record whom it could not remove', async () => {
    userdel = [endedWith(10, { stderr: "userdel: can't open /etc/passwd\n" })]
    await assert.rejects(removeDeployUser(test.agent, etc), /slipway-of-a-test could not be removed/)
    assert.equal(existsSync(join(test.agent.places.access, 'user')), true)
  })

  it('leaves the user that NixOS declares', async () => {
    writeFileSync(join(etc, 'NIXOS'), '')
    assert.equal(await removeDeployUser(test.agent, etc), null)
    assert.equal(
      test.ran.some((line) => line.startsWith('userdel')),
      false,
    )
  })
})
