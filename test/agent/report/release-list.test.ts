import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { releaseList } from '../../../src/agent/report/release-list.js'
import { app, manifestOf } from '../../plan/samples.js'
import { type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
let folder: string
beforeEach(() => {
  host = testAgent()
  folder = join(host.agent.places.service('web'), 'releases')
})
afterEach(() => host.remove())

function release(number: number, commit: string | null, good?: number): void {
  const dir = host.agent.places.release('web', number)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'release.json'), JSON.stringify({ format: 2, commit: commit && { id: commit } }))
  if (good !== undefined) writeFileSync(join(dir, 'good'), `${good}\n`)
}
/** Until the kernel's clock for files has surely gone on. */
const settle = () => sleep(150)
const list = () => releaseList(host.agent, 'web')

describe('releaseList', () => {
  it('is empty where nothing is', async () => assert.deepEqual(await list(), []))

  it('has all releases in the order of their numbers', async () => {
    release(10, 'abc', 1_700_000_000)
    release(9, null)
    mkdirSync(join(folder, '.old-3'))
    assert.deepEqual(await list(), [
      { number: 9, good: null, commit: null, unprivileged: false },
      { number: 10, good: 1_700_000_000, commit: 'abc', unprivileged: false },
    ])
  })

  it('says of which nothing can change who gets in', async () => {
    for (const [number, unit] of [
      [1, {}],
      [2, { User: 'root' }],
    ] as const) {
      release(number, null)
      const manifest = JSON.stringify(manifestOf(app({ unit })))
      writeFileSync(join(host.agent.places.release('web', number), 'release.json'), manifest)
    }
    const told = (await list()).map(({ number, unprivileged }) => [number, unprivileged])
    assert.deepEqual(told, [
      [1, true],
      [2, false],
    ])
  })

  it('reads a release once', async () => {
    release(1, 'abc', 5)
    await settle()
    await list()
    writeFileSync(join(folder, '1/release.json'), 'nobody reads this')
    assert.deepEqual(await list(), [{ number: 1, good: 5, commit: 'abc', unprivileged: false }])
    release(2, 'def', 6)
    assert.deepEqual(
      (await list()).map(({ commit }) => commit),
      ['abc', 'def'],
    )
  })

  it('sees that one becomes good', async () => {
    release(1, 'abc')
    await settle()
    await list()
    writeFileSync(join(folder, '1/good'), '5\n')
    assert.deepEqual(await list(), [{ number: 1, good: 5, commit: 'abc', unprivileged: false }])
  })

  it('sees what comes and goes, also under the same number', async () => {
    release(1, 'abc', 5)
    await settle()
    await list()
    rmSync(join(folder, '1'), { recursive: true })
    release(1, 'def')
    assert.deepEqual(await list(), [{ number: 1, good: null, commit: 'def', unprivileged: false }])
  })

  it('fails where a release can not be read', async () => {
    release(1, 'abc')
    writeFileSync(join(folder, '1/release.json'), '{')
    await assert.rejects(list(), SyntaxError)
  })
})
