import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPackage } from '../../../../src/init/detect/node/package-json.js'
import { findEntry, serverSources } from '../../../../src/init/detect/node/server.js'
import { textTree } from '../corpus.js'

const LISTENS = 'createServer().listen(1)'

function entry(manifest: object, files: Record<string, string>) {
  const tree = textTree({ 'package.json': JSON.stringify(manifest), ...files })
  return findEntry(tree, '', readPackage(tree, ''))
}

describe('findEntry', () => {
  it('is what npm start runs', () => {
    assert.deepEqual(
      entry({ scripts: { start: 'NODE_ENV=x node --inspect ./app --port 1' } }, { 'app.js': '' }),
      {
        entry: 'app.js',
        args: ['--port', '1'],
        source: 'app.js',
      },
    )
    assert.deepEqual(
      entry({ scripts: { start: 'node dist/main.js', build: 'tsc' } }, { 'src/main.ts': '' }),
      {
        entry: 'dist/main.js',
        args: [],
        source: 'src/main.ts',
      },
    )
  })

  it('is else the main file, or one with a usual name, that listens', () => {
    assert.equal(
      entry({ main: 'lib.js' }, { 'lib.js': 'module.exports = {}', 'server.js': LISTENS })?.entry,
      'server.js',
    )
    assert.equal(entry({ main: 'lib.js' }, { 'lib.js': LISTENS })?.entry, 'lib.js')
    assert.equal(entry({}, { 'index.js': 'console.log(1)' }), undefined)
  })
})

describe('serverSources', () => {
  it('are what the entry imports', () => {
    const tree = textTree({
      'src/a.ts': "import { b } from './b.js'\nimport fs from 'node:fs'\nconst c = require('../c')",
      'src/b.ts': "export * from './d'",
      'src/d/index.ts': '',
      'c.js': '',
      'other.js': '',
    })
    assert.deepEqual(
      serverSources(tree, '', 'src/a.ts').map(({ file }) => file),
      ['src/a.ts', 'src/b.ts', 'c.js', 'src/d/index.ts'],
    )
    assert.deepEqual(
      serverSources(tree, '', undefined).map(({ file }) => file),
      ['c.js', 'other.js', 'src/a.ts', 'src/b.ts', 'src/d/index.ts'],
    )
  })
})
