import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createFiles } from '../../../src/agent/files.js'
import { createPublisher, type Publisher, type PublisherParts } from '../../../src/agent/nginx/publisher.js'
import type { TestResult } from '../../../src/agent/nginx/test-tree.js'
import { ensureTree, readTree } from '../../../src/agent/nginx/tree-files.js'
import { failed } from '../../../src/contract/failure.js'
import type { NginxParts } from '../../../src/release/nginx-tree.js'
import { type TestAgent, testAgent } from '../test-agent.js'
import { partOf } from './samples.js'

describe('createPublisher', () => {
  let host: TestAgent
  let publisher: Publisher
  let current: Map<string, ReturnType<typeof partOf>>
  /** What happened: `test` of what, `reload` with what in place. */
  let happened: string[]
  let verdict: TestResult
  /** What comes of each reload; nothing: it is well. */
  let reloads: (() => Promise<void>)[]
  /** A path that can't be written to. */
  let broken: RegExp | undefined
  let parts: PublisherParts

  const live = async () => Object.values(await readTree(host.agent.places.nginx)).join()
  const trees = () => readdirSync(host.agent.places.nginxTrees)
  const link = () => readlinkSync(host.agent.places.nginx)

  beforeEach(async () => {
    broken = undefined
    const files = createFiles({
      beforeWrite: (path) => {
        if (broken?.test(path)) throw Object.assign(new Error(`EIO: ${path}`), { code: 'EIO' })
      },
    })
    host = testAgent({ files })
    current = new Map()
    happened = []
    verdict = { kind: 'ok' }
    reloads = []
    parts = {
      currentParts: async () => new Map(current),
      render: async (given: NginxParts) =>
        Object.fromEntries([...given].flatMap(([, { files: own }]) => Object.entries(own))),
      test: async (folder) => {
        happened.push(`test ${folder === undefined ? 'live' : Object.values(await readTree(folder)).join()}`)
        return verdict
      },
      reload: async () => {
        happened.push(`reload ${await live()}`)
        await reloads.shift()?.()
      },
      exclusively: (work) => work(),
    }
    await ensureTree(host.agent, {})
    publisher = createPublisher(host.agent, parts)
    deploy('web', '1')
    await publisher.publish()
    happened = []
  })
  afterEach(() => host.remove())

  function deploy(service: string, text: string): void {
    current.set(service, partOf(service, 'a.example', text))
  }

  it('tests a tree, puts it in place, has nginx read it, and removes the one before', async () => {
    const before = link()
    deploy('web', '2')
    await publisher.publish()
    assert.deepEqual(happened, ['test 2', 'reload 2'])
    assert.notEqual(link(), before)
    assert.deepEqual(trees(), [link().replace('nginx-trees/', '')])
  })

  it('touches nothing where nothing differs', async () => {
    const before = link()
    broken = /./
    await publisher.publish()
    assert.deepEqual(happened, [])
    assert.equal(link(), before)
  })

  it('has nginx read everything again where somebody says so', async () => {
    const before = link()
    await publisher.publish({ reload: true })
    assert.deepEqual(happened, ['test live', 'reload 1'])
    assert.equal(link(), before)
    await publisher.publish()
    assert.equal(happened.length, 2)
  })

  it('has nginx read what a crash left unread', async () => {
    await publisher.markUnread()
    await createPublisher(host.agent, parts).publish()
    assert.deepEqual(happened, ['test live', 'reload 1'])
    await publisher.publish()
    assert.equal(happened.length, 2)
  })

  it('merges what is asked for at once', async () => {
    let end: () => void = () => undefined
    reloads = [() => new Promise<void>((resolve) => (end = resolve))]
    deploy('web', '2')
    const first = publisher.publish()
    while (happened.length < 2) await turn()
    deploy('web', '3')
    const later = [publisher.publish(), publisher.publish({ reload: true })]
    deploy('api', 'more')
    later.push(publisher.publish())
    end()
    await Promise.all([first, ...later])
    assert.deepEqual(happened, ['test 2', 'reload 2', 'test more,3', 'reload more,3'])
  })

  /** Nothing is half published. */
  async function refuses(reason: RegExp, text = '1'): Promise<void> {
    const before = link()
    await assert.rejects(publisher.publish(), reason)
    assert.equal(await live(), text)
    assert.equal(link(), before)
    assert.deepEqual(
      trees().filter((name) => name !== 'unread'),
      [before.replace('nginx-trees/', '')],
    )
  }

  it('puts nothing in place that nginx refuses', async () => {
    verdict = { kind: 'complaint', complaint: 'duplicate location "/"' }
    deploy('web', '2')
    await refuses(/nginx refuses its configuration: duplicate location "\/"/)
    assert.deepEqual(happened, ['test 2'])
    verdict = { kind: 'ok' }
    await publisher.publish()
    assert.equal(await live(), '2')
  })

  it('has nginx read nothing again that it refuses', async () => {
    verdict = { kind: 'complaint', complaint: 'cannot load certificate' }
    await assert.rejects(publisher.publish({ reload: true }), /cannot load certificate/)
    assert.deepEqual(happened, ['test live'])
  })

  it('puts a tree in place in which somebody else has a domain: others are not to wait for that', async () => {
    verdict = { kind: 'domainsTaken', domains: ['a.example'] }
    deploy('web', '2')
    await publisher.publish()
    assert.equal(await live(), '2')
  })

  for (const [what, path] of [
    ['a file', /tree\.[0-9a-f]+\/.*web\.conf$/],
    ['the mark', /unread$/],
    ['the link', /\/nginx$/],
  ] as const) {
    it(`puts nothing in place where ${what} can not be written`, async () => {
      deploy('web', '2')
      broken = path
      await refuses(/EIO/)
      assert.ok(!happened.some((one) => one.startsWith('reload')))
    })
  }

  it('puts the old tree back where the link was moved and did not get to the disk', async () => {
    deploy('web', '2')
    const { link: move } = host.agent.files
    host.agent.files.link = async (...given) => {
      host.agent.files.link = move
      await move(...given)
      throw Object.assign(new Error('EIO: fsync'), { code: 'EIO' })
    }
    await refuses(/old ones were put back: .*EIO: fsync/)
    assert.deepEqual(happened, ['test 2', 'reload 1'])
  })

  it('puts nothing in place where a current release can not be read', async () => {
    parts.currentParts = () => Promise.reject(new Error('release.json is cut off'))
    publisher = createPublisher(host.agent, parts)
    await refuses(/nginx's routes could not be put in place: release\.json is cut off/)
  })

  it('puts the old tree back where nginx does not read the new one, and has it read that', async () => {
    reloads = [() => Promise.reject(failed('nginx could not be reloaded', { why: 'systemd says: failed' }))]
    deploy('web', '2')
    await refuses(/old ones were put back: nginx could not be reloaded: systemd says: failed/)
    assert.deepEqual(happened, ['test 2', 'reload 2', 'reload 1'])
    assert.ok(!existsSync(join(host.agent.places.nginxTrees, 'unread')))
  })

  it('knows that nginx may not have read the old tree that was put back', async () => {
    const fails = () => Promise.reject(new Error('nginx is down'))
    reloads = [fails, fails]
    deploy('web', '2')
    await refuses(/old ones were put back: .*nginx is down/)
    assert.match(host.logged.join(), /was not reloaded with the routes that were put back: .*nginx is down/)
    current.set('web', partOf('web', 'a.example', '1'))
    happened = []
    await publisher.publish()
    assert.deepEqual(happened, ['test live', 'reload 1'])
  })

  it('says so where the old tree can not be put back', async () => {
    reloads = [
      async () => {
        broken = /\/nginx$/
        throw new Error('nginx is down')
      },
    ]
    deploy('web', '2')
    await assert.rejects(publisher.publish(), /the old ones could not be put back: .*nginx is down; .*EIO/)
    broken = undefined
    happened = []
    await publisher.publish()
    assert.deepEqual(happened, ['test live', 'reload 2'])
  })

  it('removes trees that nobody needs', async () => {
    writeFileSync(join(host.agent.places.nginxTrees, 'tree.left-by-a-crash'), '')
    deploy('web', '2')
    await publisher.publish()
    assert.deepEqual(trees(), [link().replace('nginx-trees/', '')])
  })
})
