import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sameSource } from '../../src/engine/same-source.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'
import { app, built, manifestOf, report, serving } from '../plan/samples.js'

describe('sameSource', () => {
  let folder: Folder
  let first: string
  before(() => {
    folder = temporaryFolder()
    folder.write({ 'slipway.config.ts': '1', main: '1' })
    folder.git('init', '-q')
    folder.git('add', '.')
    folder.git('commit', '-q', '-m', 'first')
    first = folder.git('rev-parse', '--short=12', 'HEAD').trim()
  })
  after(() => folder.remove())

  const same = async (next = `${built(app()).package}-other`, dirty = false) => {
    const manifest = { ...manifestOf(app()), commit: { id: first, dirty } }
    const config = { root: folder.path, secrets: { file: 'secrets.age', recipients: {} } }
    const item = { built: { ...built(app()), package: next } }
    return [...(await sameSource(config, { services: [item] }, report({ services: [serving(manifest)] })))]
  }

  it('is a commit since which only the config has changed', async () => {
    folder.write({ 'slipway.config.ts': '2' })
    assert.deepEqual(await same(), [first])
  })

  it('is not one of changed files that nobody committed', async () =>
    assert.deepEqual(await same(undefined, true), []))

  it('is not looked for where the package is the same', async () =>
    assert.deepEqual(await same(built(app()).package), []))

  it('is not one since which something else has changed', async () => {
    folder.write({ main: '2' })
    assert.deepEqual(await same(), [])
  })
})
