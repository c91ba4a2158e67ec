import assert from 'node:assert/strict'
import { mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createFiles } from '../../../src/agent/files.js'
import { ensureTree, readTree, sameTree, writeTree } from '../../../src/agent/nginx/tree-files.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const TREE = { 'http.conf': 'http\n', 'locations/a.example/web.conf': 'location\n' }

describe('a tree of nginx’s configuration', () => {
  let host: TestAgent
  let folder: string
  beforeEach(() => {
    host = testAgent()
    folder = join(host.folder, 'tree')
  })
  afterEach(() => host.remove())

  it('is read as it was written', async () => {
    await writeTree(host.agent, folder, TREE)
    assert.deepEqual(await readTree(folder), TREE)
    assert.equal(statSync(join(folder, 'locations/a.example')).mode & 0o777, 0o755)
    assert.equal(statSync(join(folder, 'http.conf')).mode & 0o777, 0o644)
  })

  it('is nothing where there is no folder', async () => assert.deepEqual(await readTree(folder), {}))

  it('shares with another what is the same', async () => {
    await writeTree(host.agent, folder, TREE)
    const changed = { ...TREE, 'http.conf': 'other\n', 'upstreams/web.conf': 'new\n' }
    const second = join(host.folder, 'second')
    await writeTree(host.agent, second, changed, { like: { folder, texts: TREE } })
    assert.deepEqual(await readTree(second), changed)
    assert.deepEqual(await readTree(folder), TREE)
    const inode = (path: string) => statSync(path).ino
    const path = 'locations/a.example/web.conf'
    assert.equal(inode(join(second, path)), inode(join(folder, path)))
    assert.notEqual(inode(join(second, 'http.conf')), inode(join(folder, 'http.conf')))
  })

  for (const path of ['../outside', 'a/../../b', '/etc/passwd', 'locations/../x', '.hidden', 'a//b', '']) {
    it(`has no file "${path}"`, async () => {
      await assert.rejects(writeTree(host.agent, folder, { [path]: '' }), /nginx has no place for a file/)
    })
  }

  it('that does not fit on the disk is said to be so', async () => {
    const files = createFiles({
      beforeWrite: (path) => {
        if (path.endsWith('web.conf'))
          throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
      },
    })
    await assert.rejects(writeTree({ ...host.agent, files }, folder, TREE), (error) => {
      assert.ok(error instanceof CallFailed)
      assert.deepEqual(error.failure, {
        kind: 'failed',
        what: "nginx's configuration could not be written",
        why: 'ENOSPC: no space left',
        full: true,
      })
      return true
    })
  })

  it('is the same as another with the same texts', () => {
    assert.ok(sameTree(TREE, { ...TREE }))
    assert.ok(!sameTree(TREE, { 'http.conf': 'http\n' }))
    assert.ok(!sameTree({ 'http.conf': 'http\n' }, TREE))
    assert.ok(!sameTree(TREE, { ...TREE, 'http.conf': 'x' }))
    assert.ok(!sameTree({ a: '' }, { b: '' }))
  })

  describe('before the first deploy', () => {
    it('has nothing of a service', async () => {
      await ensureTree(host.agent, TREE)
      assert.equal(readlinkSync(host.agent.places.nginx), 'nginx-trees/tree.empty')
      assert.deepEqual(await readTree(host.agent.places.nginx), TREE)
    })

    it('stays as it is where there is one, and takes the place of one that was left half-way', async () => {
      const { nginx, nginxTrees } = host.agent.places
      mkdirSync(join(nginxTrees, 'tree.empty'), { recursive: true })
      writeFileSync(join(nginxTrees, 'tree.empty/half'), '')
      await ensureTree(host.agent, TREE)
      assert.deepEqual(await readTree(nginx), TREE)
      writeFileSync(join(nginx, 'http.conf'), 'ours')
      await ensureTree(host.agent, TREE)
      assert.deepEqual(await readTree(nginx), { ...TREE, 'http.conf': 'ours' })
    })
  })
})
