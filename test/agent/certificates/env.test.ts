import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parseEnv, readEnv, writeEnv } from '../../../src/agent/certificates/env.js'
import { testAgent } from '../test-agent.js'

describe('parseEnv', () => {
  for (const [line, value] of [
    ['A=b', 'b'],
    ['A=', ''],
    ['A=b=c', 'b=c'],
    ['A= b ', 'b'],
    ['A="b c"', 'b c'],
    ['A="b\\"c\\\\d"', 'b"c\\d'],
    ["A='b\\c\"d'", 'b\\c"d'],
    ['A="b', '"b'],
    ['A=b\\ c', 'b c'],
  ] as const) {
    it(`reads ${line}`, () => assert.deepEqual(parseEnv(line), { A: value }))
  }

  it('reads several lines, without comments; the last of a name counts', () => {
    assert.deepEqual(parseEnv('# A=no\nA=1\n\nB_2=x\nA=2\n9=no\n'), { A: '2', B_2: 'x' })
  })
})

describe('credentials', () => {
  const { agent, remove } = testAgent()
  after(remove)

  it('are none as long as there are none', async () => assert.deepEqual(await readEnv(agent), {}))

  it('are kept for root alone', async () => {
    await writeEnv(agent, '# Hetzner\nHETZNER_API_KEY=s3cret\n')
    assert.deepEqual(await readEnv(agent), { HETZNER_API_KEY: 's3cret' })
    assert.equal(statSync(join(agent.places.certificates, 'env')).mode & 0o777, 0o600)
    assert.equal(statSync(agent.places.certificates).mode & 0o777, 0o755)
  })

  it('are lines NAME=value, and what is not stays out', async () => {
    for (const text of ['no', 'A B=c', 'export A=b', 'A=b\n-c', '=b']) {
      await assert.rejects(writeEnv(agent, text), /expected lines NAME=value/)
    }
    assert.deepEqual(await readEnv(agent), { HETZNER_API_KEY: 's3cret' })
    await writeEnv(agent, '')
    assert.deepEqual(await readEnv(agent), {})
  })
})
