import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { TestResult } from '../../../src/agent/nginx/test-tree.js'
import { leaveNginx } from '../../../src/agent/uninstall/nginx.js'
import type { CallFailed } from '../../../src/contract/failure.js'
import { NGINX_INCLUDE } from '../../../src/contract/setup.js'
import { unitState } from '../nginx/samples.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('leaveNginx', () => {
  let test: TestAgent
  let etc: string
  let include: string
  let done: string[]
  let active: string
  let answer: TestResult | Error

  beforeEach(() => {
    active = 'active'
    answer = { kind: 'ok' }
    done = []
    test = testAgent({
      systemd: {
        unit: async () => unitState({ active }),
      },
    })
    etc = join(test.folder, 'etc')
    include = join(etc, 'nginx/conf.d/slipway.conf')
    mkdirSync(join(etc, 'nginx/conf.d'), { recursive: true })
    writeFileSync(include, `${NGINX_INCLUDE}\n`)
    const { nginx, nginxTrees } = test.agent.places
    mkdirSync(join(nginxTrees, 'tree.1'), { recursive: true })
    symlinkSync('nginx-trees/tree.1', nginx)
  })
  afterEach(() => test.remove())

  const leave = (installed = true) =>
    leaveNginx(
      test.agent,
      {
        installed,
        test: async (folder) => {
          const seen = existsSync(include) ? 'with the include' : 'without the include'
          done.push(
            `test ${folder === undefined ? 'as it is' : `over ${readdirSync(folder).length} files`}, ${seen}`,
          )
          if (answer instanceof Error) throw answer
          return answer
        },
        reload: async () => {
          done.push(`reload ${existsSync(include) ? 'with' : 'without'}`)
        },
      },
      etc,
    )
  const left = () => [existsSync(include), readdirSync(test.agent.places.root)]
  const FAILED = [true, ['nginx', 'nginx-trees']]

  it('tests the rest before nginx reads it', async () => {
    await leave()
    assert.deepEqual(done, ['test over 0 files, without the include', 'reload without'])
    assert.deepEqual(left(), [false, []])
  })

  it('goes on where it was cut off', async () => {
    await leave()
    done = []
    await leave()
    assert.deepEqual(done, ['test as it is, without the include', 'reload without'])
  })

  it('puts the include back where the rest does not hold without it', async () => {
    answer = { kind: 'complaint', complaint: 'open() "…/http.conf" failed in /etc/nginx/nginx.conf:60' }
    await assert.rejects(leave(), (error: CallFailed) => {
      const { failure } = error
      assert.ok(failure.kind === 'failed')
      assert.equal(failure.what, 'nginx does not take its configuration without what slipway wrote')
      assert.match(failure.why ?? '', /nginx\.conf:60/)
      assert.match(failure.next ?? '', /grep -rn slipway/)
      return true
    })
    assert.deepEqual(left(), FAILED)
    assert.equal(readFileSync(include, 'utf8'), `${NGINX_INCLUDE}\n`)
    answer = new Error('no systemd')
    await assert.rejects(leave(), /no systemd/)
    assert.deepEqual(left(), FAILED)
  })

  it('sends NixOS to its configuration', async () => {
    writeFileSync(join(etc, 'NIXOS'), '')
    answer = { kind: 'complaint', complaint: 'no' }
    await assert.rejects(leave(), (error: CallFailed) => {
      assert.ok(error.failure.kind === 'failed')
      assert.match(error.failure.next ?? '', /out of the NixOS configuration, and switch to it/)
      return true
    })
  })

  it('leaves an include file that somebody has changed', async () => {
    writeFileSync(include, `${NGINX_INCLUDE}\nserver_tokens off;\n`)
    answer = { kind: 'complaint', complaint: 'no http.conf' }
    await assert.rejects(leave(), /without what slipway wrote/)
    assert.match(readFileSync(include, 'utf8'), /server_tokens/)
  })

  it('starts no nginx that does not run, and needs none', async () => {
    active = 'inactive'
    await leave()
    assert.deepEqual(done, ['test over 0 files, without the include'])
    done = []
    await leave(false)
    assert.deepEqual(done, [])
  })
})
