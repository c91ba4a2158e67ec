import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createFiles } from '../../src/agent/files.js'
import { removeUnfinished } from '../../src/agent/unfinished.js'
import { type TestAgent, testAgent } from './test-agent.js'

/** A name as another process's writes have it. */
const OTHER = '.new-0123456789ab-7'

let host: TestAgent
beforeEach(() => {
  host = testAgent()
})
afterEach(() => host.remove())

function put(...names: string[]): string {
  const path = join(host.folder, ...names)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, '')
  return path
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}

describe('what was being written when the agent was killed', () => {
  it('is gone wherever the agent writes, and nothing else is', async () => {
    put('lib/slipway', `owned.json${OTHER}`)
    put('lib/slipway/services/app', `log${OTHER}`)
    put('lib/slipway/services/app/releases/1', `good${OTHER}`)
    put('lib/slipway/services/app/releases/1', 'good')
    put('lib/slipway/services/app/releases/1/assets', `of-the-program${OTHER}`)
    put('units', `app.service${OTHER}`)
    put('units', 'app.service.new')
    put('units/app.service.d', `of-an-administrator${OTHER}`)
    await removeUnfinished(host.agent, [join(host.folder, 'units'), join(host.folder, 'units')])
    assert.deepEqual(await filesBelow(host.folder), [
      'app.service.new',
      'good',
      `of-an-administrator${OTHER}`,
      `of-the-program${OTHER}`,
    ])
  })

  it('is not what this process is writing', async () => {
    const path = join(host.agent.places.root, 'file')
    const seen: string[] = []
    const files = createFiles()
    const other = createFiles()
    let writing = true
    const written = Promise.all(
      Array.from({ length: 40 }, (_, index) => files.write(`${path}-${index}`, 'x'.repeat(100_000))),
    ).then(() => {
      writing = false
    })
    while (writing) {
      await files.removeUnfinished(host.agent.places.root)
      seen.push(...(await readdir(host.agent.places.root)).filter((name) => name.includes('.new-')))
    }
    await written
    assert.ok(seen.length > 0, 'no write was seen half-way')
    assert.equal((await readdir(host.agent.places.root)).length, 40)
    await other.removeUnfinished(host.agent.places.root)
    assert.equal((await readdir(host.agent.places.root)).length, 40)
  })
})
