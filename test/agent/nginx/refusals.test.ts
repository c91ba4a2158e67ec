import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRefusals } from '../../../src/agent/nginx/refusals.js'
import type { TestResult } from '../../../src/agent/nginx/test-tree.js'
import type { NginxParts } from '../../../src/release/nginx-tree.js'
import { partOf } from './samples.js'

const OK: TestResult = { kind: 'ok' }

/** An nginx that takes no two services with the same snippet, and none with a bad one. */
function nginx(taken: readonly string[] = []) {
  const tests: string[] = []
  const test = async (parts: NginxParts): Promise<TestResult> => {
    tests.push([...parts.keys()].sort().join(' '))
    const seen = new Set<string>()
    const domains: string[] = []
    for (const { files, domains: own } of parts.values()) {
      for (const text of Object.values(files)) {
        if (text.includes('bad')) return { kind: 'complaint', complaint: `unknown directive ${text}` }
        if (seen.has(text)) return { kind: 'complaint', complaint: `duplicate ${text}` }
        seen.add(text)
      }
      domains.push(...Object.keys(own).filter((domain) => taken.includes(domain)))
    }
    return domains.length === 0 ? OK : { kind: 'domainsTaken', domains }
  }
  return { tests, test }
}

const parts = (texts: Record<string, string>): NginxParts =>
  new Map(Object.entries(texts).map(([name, text]) => [name, partOf(name, `${name}.example`, text)]))

describe('findRefusals', () => {
  it('tests all of an activation together', async () => {
    const { tests, test } = nginx()
    const refused = await findRefusals(test, parts({ old: '/old' }), parts({ a: '/a', b: '/b', c: '/c' }))
    assert.deepEqual([...refused], [])
    assert.deepEqual(tests, ['a b c old'])
  })

  it('tests nothing that nginx has taken before', async () => {
    const { tests, test } = nginx()
    await findRefusals(test, parts({ a: '/a' }), parts({ a: '/a' }))
    assert.deepEqual(tests, [])
    await findRefusals(test, parts({}), new Map([['worker', { files: {}, domains: {} }]]))
    assert.deepEqual(tests, [], 'a worker has no part in nginx')
  })

  it('needs no second test to say what is wrong with only one', async () => {
    const { tests, test } = nginx()
    const refused = await findRefusals(test, parts({ old: '/old' }), parts({ a: 'bad' }))
    assert.deepEqual([...refused], [['a', 'unknown directive bad']])
    assert.equal(tests.length, 1)
  })

  it('says which of several it is', async () => {
    const { tests, test } = nginx()
    const refused = await findRefusals(test, parts({ old: '/old' }), parts({ c: '/c', b: 'bad', a: '/a' }))
    assert.deepEqual([...refused], [['b', 'unknown directive bad']])
    assert.deepEqual(tests, ['a b c old', 'a old', 'a b old', 'a c old'])
  })

  it('refuses the second of two that can not be served together', async () => {
    const { test } = nginx()
    const refused = await findRefusals(test, parts({}), parts({ b: '/same', a: '/same', c: '/c' }))
    assert.deepEqual([...refused], [['b', 'duplicate /same']])
  })

  it('refuses what can not be served beside a service that stays as it is', async () => {
    const { test } = nginx()
    const refused = await findRefusals(test, parts({ z: '/same' }), parts({ a: '/same', b: '/b' }))
    assert.deepEqual([...refused], [['a', 'duplicate /same']])
  })

  it('lets a route move from one service to another', async () => {
    const { tests, test } = nginx()
    const refused = await findRefusals(test, parts({ a: '/moves' }), parts({ a: '/a', b: '/moves' }))
    assert.deepEqual([...refused], [])
    assert.equal(tests.length, 1)
  })

  it('refuses whose domain somebody else has, and says what to do', async () => {
    const { tests, test } = nginx(['a.example', 'old.example'])
    const refused = await findRefusals(test, parts({ old: '/old' }), parts({ a: '/a', b: '/b' }))
    assert.deepEqual(
      [...refused],
      [
        [
          'a',
          "nginx already has a server for a.example that slipway does not manage; write { url, server: 'existing' } for a route inside it",
        ],
      ],
    )
    assert.equal(tests.length, 1)
  })

  it('refuses everything where nginx’s own configuration is broken', async () => {
    const test = async (): Promise<TestResult> => ({ kind: 'complaint', complaint: 'broken' })
    const refused = await findRefusals(test, parts({}), parts({ a: '/a', b: '/b' }))
    assert.deepEqual(Object.fromEntries(refused), { a: 'broken', b: 'broken' })
  })

  it('fails where nginx could not be asked', async () => {
    const test = () => Promise.reject(new Error('no systemd'))
    await assert.rejects(findRefusals(test, parts({}), parts({ a: '/a' })), /no systemd/)
  })
})
