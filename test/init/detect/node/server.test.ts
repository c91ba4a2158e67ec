import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPackage } from '../../../../src/init/detect/node/package-json.js'
import { entryOf, serverSources, usualEntry } from '../../../../src/init/detect/node/server.js'
import { textTree } from '../corpus.js'

const LISTENS = 'createServer().listen(1)'

describe('entryOf', () => {
  const entry = (given: string, isBuilt: boolean, files: Record<string, string>) => {
    const tree = textTree({ 'package.json': '{ "main": "lib/app" }', ...files })
    return entryOf(tree, readPackage(tree, ''), given, isBuilt)
  }

  it('is the file that Node finds', () => {
    assert.deepEqual(entry('./app', false, { 'app.js': '' }), { entry: 'app.js', source: 'app.js' })
    assert.deepEqual(entry('app', false, { 'app/index.js': '' }), {
      entry: 'app/index.js',
      source: 'app/index.js',
    })
    assert.deepEqual(entry('app.ts', false, { 'app.ts': '' }), { entry: 'app.ts', source: 'app.ts' })
    assert.deepEqual(entry('.', false, { 'lib/app.js': '' }), { entry: 'lib/app.js', source: 'lib/app.js' })
    assert.equal(entry('dist/app.js', false, { 'src/app.ts': '' }), undefined)
  })

  it('is what a build makes of its source', () => {
    assert.deepEqual(entry('dist/main', true, { 'src/main.ts': '' }), {
      entry: 'dist/main.js',
      source: 'src/main.ts',
    })
    assert.deepEqual(entry('build', true, {}), { entry: 'build/index.js', source: undefined })
  })
})

describe('usualEntry', () => {
  const entry = (manifest: object, files: Record<string, string>) => {
    const tree = textTree({ 'package.json': JSON.stringify(manifest), ...files })
    return usualEntry(tree, '', readPackage(tree, ''))?.entry
  }

  it('is the main file, or one with a usual name, that listens', () => {
    assert.equal(
      entry({ main: 'lib.js' }, { 'lib.js': 'module.exports = {}', 'server.js': LISTENS }),
      'server.js',
    )
    assert.equal(entry({ main: 'lib.js' }, { 'lib.js': LISTENS }), 'lib.js')
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
