import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findTool } from '../../../src/init/detect/tools.js'
import { textTree } from './corpus.js'

describe('findTool', () => {
  it('finds a tool in scripts and CI, but not in comments or in other projects', () => {
    const tree = textTree({
      Makefile: '# staticcheck\ncheck:\n\tgo vet',
      '.github/workflows/ci.yml': 'run: |\n  staticcheck ./...',
      'web/Makefile': 'lint:\n\truff check',
      'main.go': 'ruff',
    })
    assert.deepEqual(findTool(tree, '', /staticcheck/)?.at, { file: '.github/workflows/ci.yml', line: 2 })
    assert.deepEqual(findTool(tree, 'web', /ruff/)?.at, { file: 'web/Makefile', line: 2 })
    assert.equal(findTool(tree, 'api', /ruff/), undefined)
  })
})
