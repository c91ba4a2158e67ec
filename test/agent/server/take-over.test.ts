import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { takeOverProblems } from '../../../src/agent/server/take-over.js'
import type { ServiceItem } from '../../../src/contract/activation.js'
import { app, manifestOf } from '../../plan/samples.js'
import { asking } from '../access/policy/samples.js'
import { type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
beforeEach(() => {
  host = testAgent()
  release(1, undefined)
  release(2, 'me/shop')
  release(3, 'ann/site')
})
afterEach(() => host.remove())

function release(number: number, project: string | undefined): void {
  const dir = host.agent.places.release('web', number)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'release.json'), JSON.stringify(manifestOf(app(), { project })))
}

/** Makes a release the one that serves. */
function serve(number: number): void {
  const at = host.agent.places.service('web')
  mkdirSync(join(at, 'slots/blue'), { recursive: true })
  symlinkSync(`../../releases/${number}`, join(at, 'slots/blue/release'))
  symlinkSync('slots/blue', join(at, 'current'))
}

/** What is said to a key that deploys a release of a project; `own`: other fields of its item. */
async function said(project: string | undefined, own: Partial<ServiceItem> = {}): Promise<number> {
  const request = asking(manifestOf(app(), { project }))
  const [item] = request.items
  assert.ok(item)
  const asked = { ...item, to: 9, ...own } as ServiceItem
  const releases = request.releases.map((one) => ({ ...one, number: 9 }))
  return (await takeOverProblems(host.agent, asked, releases)).length
}

describe('a key', () => {
  it('deploys from the project that the service is of, and from no other', async () => {
    serve(2)
    assert.deepEqual([await said('me/shop'), await said('ann/site'), await said(undefined)], [0, 1, 1])
  })

  it('goes back to no other project’s release', async () => {
    serve(2)
    assert.equal(await said('me/shop', { to: 3, action: 'rollback' }), 1)
    assert.equal(await said('me/shop', { to: 1, action: 'rollback' }), 0)
  })

  it('is judged by its own release, whatever another service of the request has under that number', async () => {
    serve(2)
    const [item] = asking(manifestOf(app(), { project: 'me/shop' })).items
    assert.ok(item)
    const blog = manifestOf(app(), { project: 'me/shop' })
    const foreign = { ...blog, service: { ...blog.service, name: 'blog' } }
    const releases = [
      { number: 9, manifest: foreign, closure: [], assets: null },
      { number: 9, manifest: manifestOf(app(), { project: 'ann/site' }), closure: [], assets: null },
    ]
    const asked = { ...item, to: 9 } as ServiceItem
    assert.equal((await takeOverProblems(host.agent, asked, releases)).length, 1)
  })

  it('takes nothing over, and gives no service another name', async () => {
    serve(2)
    assert.equal(await said('me/shop', { takeOver: true }), 1)
    assert.equal(await said('me/shop', { renames: 'other' }), 1)
    assert.equal(await said('me/shop', { adopts: { unit: null, state: [], directives: [] } }), 1)
    assert.equal(await said('me/shop', { action: 'rename' }), 1)
  })

  it('deploys what has had no project yet, or does not serve', async () => {
    assert.equal(await said('me/shop'), 0)
    serve(1)
    assert.equal(await said('me/shop'), 0)
  })
})
