import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { surveyPaths } from '../../../src/agent/survey/paths.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('the paths of a unit', () => {
  let host: TestAgent
  beforeEach(() => {
    host = testAgent()
    mkdirSync(join(host.folder, 'releases/1/views'), { recursive: true })
    mkdirSync(join(host.folder, 'releases/1/data'))
    writeFileSync(join(host.folder, 'releases/1/data/a.db'), 'SQLite format 3\0')
    symlinkSync('releases/1', join(host.folder, 'current'))
  })
  afterEach(() => host.remove())

  it('are told of a folder that is worked in, by way of a link too', async () => {
    const { agent, folder: root } = host
    for (const working of [join(root, 'current'), join(root, 'releases/1')]) {
      const [own, ...others] = await surveyPaths(agent, working, [])
      assert.deepEqual(own && { path: own.path, real: own.real, kind: own.kind, entries: own.entries }, {
        path: working,
        real: join(root, 'releases/1'),
        kind: 'folder',
        entries: [
          { name: 'data', kind: 'folder' },
          { name: 'views', kind: 'folder' },
        ],
      })
      assert.deepEqual(
        others.map(({ path, entries }) => [path, entries?.map(({ kind }) => kind)]),
        [
          [join(working, 'data'), ['sqlite']],
          [join(working, 'views'), []],
        ],
      )
    }
  })

  it('are links where they are only named', async () => {
    const [seen] = await surveyPaths(host.agent, undefined, [join(host.folder, 'current')])
    assert.equal(seen?.kind, 'link')
  })
})
