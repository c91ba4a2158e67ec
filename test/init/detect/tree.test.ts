import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  counted,
  dirOf,
  dirsIn,
  filesIn,
  hasDir,
  inDir,
  literal,
  whereIs,
} from '../../../src/init/detect/tree.js'
import { textTree } from './corpus.js'

describe('a tree', () => {
  const tree = textTree({ 'a/b/c': '', 'a/d': '', 'ab/e': 'one\ntwo', f: '' })

  it('has folders', () => {
    assert.deepEqual(dirsIn(tree, ''), ['a', 'ab'])
    assert.deepEqual(dirsIn(tree, 'a'), ['b'])
    assert.deepEqual(filesIn(tree, 'a'), ['a/b/c', 'a/d'])
    assert.equal(hasDir(tree, 'a/b'), true)
    assert.equal(hasDir(tree, 'f'), false)
  })

  it('names paths from the root', () => {
    assert.equal(inDir('', './x'), 'x')
    assert.equal(inDir('a', 'x'), 'a/x')
    assert.equal(inDir('a', '.'), 'a')
    assert.equal(dirOf('a/b/c'), 'a/b')
    assert.equal(dirOf('f'), '')
  })

  it('tells where a line is, and the first line where there is none', () => {
    assert.deepEqual(whereIs(tree, 'ab/e', /two/), { file: 'ab/e', line: 2 })
    assert.deepEqual(whereIs(tree, 'ab/e', /three/), { file: 'ab/e', line: 1 })
  })
})

describe('texts', () => {
  it('are counted and escaped', () => {
    assert.deepEqual(
      [0, 1, 2].map((count) => counted(count, 'crate')),
      ['no crates', '1 crate', '2 crates'],
    )
    assert.ok(new RegExp(`^${literal('a.b/c+d')}$`).test('a.b/c+d'))
    assert.ok(!new RegExp(literal('a.b')).test('axb'))
  })
})
