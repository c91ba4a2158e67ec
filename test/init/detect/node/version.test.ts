import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPackage } from '../../../../src/init/detect/node/package-json.js'
import { nodeVersion } from '../../../../src/init/detect/node/version.js'
import { textTree } from '../corpus.js'

function of(files: Record<string, string>, fields: Record<string, unknown> = {}) {
  const tree = textTree({ 'package.json': JSON.stringify({ name: 'a', ...fields }), ...files })
  const json = readPackage(tree, '')
  const { attribute, notes } = nodeVersion(tree, [''], json)
  return { attribute, notes }
}

describe("a project's Node", () => {
  it('is the first of those that are named which nixpkgs has', () => {
    assert.deepEqual(of({ '.nvmrc': '22\n' }, { engines: { node: '>=24' } }), {
      attribute: 'nodejs_22',
      notes: [],
    })
    assert.deepEqual(of({ '.nvmrc': 'lts/iron\n' }, { engines: { node: '>=18 <21 || ^22.1' } }), {
      attribute: 'nodejs_22',
      notes: [
        '.nvmrc:1 asks for Node lts/iron, and nixpkgs has 22 and 24: 22 is taken, which package.json:1 allows, so try whether it runs there',
      ],
    })
    assert.deepEqual(of({ '.node-version': 'newest\n' }, { volta: { node: '22.12.0' } }), {
      attribute: 'nodejs_22',
      notes: [
        '.node-version:1 asks for Node "newest", which is no version: 22 is taken, which package.json:1 allows',
      ],
    })
  })

  it('is the newest where nixpkgs has none of them', () => {
    assert.deepEqual(of({ '.nvmrc': '20\n' }, { engines: { node: '18' } }), {
      attribute: 'nodejs',
      notes: [
        '.nvmrc:1 asks for Node 20, and nixpkgs has 22 and 24: 24 is taken, so try whether it runs there',
      ],
    })
    assert.deepEqual(of({}), { attribute: 'nodejs', notes: [] })
  })
})
