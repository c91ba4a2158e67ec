import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { goCommands, moduleName } from '../../../../src/init/detect/go/commands.js'
import { textTree } from '../corpus.js'

const MAIN = 'package main\n\nfunc main() {}\n'

describe('goCommands', () => {
  it('are the packages named main, with what they import of the module', () => {
    const tree = textTree({
      'main.go': `package main\n\nimport "example.org/app/internal/a"\n\nfunc main() {}\n`,
      'main_test.go': MAIN,
      'generate.go': `//go:build ignore\n\n${MAIN}`,
      'cmd/worker/main.go': MAIN,
      'internal/a/a.go': 'package a\n\nimport b "example.org/app/internal/b"\n',
      'internal/b/b.go': 'package b\n',
      'internal/c/c.go': 'package c\n',
      'vendor/x/main.go': MAIN,
      'examples/x/main.go': MAIN,
      'other/go.mod': 'module other',
      'other/main.go': MAIN,
    })
    const found = goCommands(tree, '', 'example.org/app', new Map([['example.org/app', '']])).map(
      ({ name, dir, sources }) => [name, dir, sources.map(({ file }) => file)],
    )
    assert.deepEqual(found, [
      ['app', '', ['main.go', 'internal/a/a.go', 'internal/b/b.go']],
      ['worker', 'cmd/worker', ['cmd/worker/main.go']],
    ])
  })
})

describe('moduleName', () => {
  it('is the last part that is no version', () => {
    assert.deepEqual(['guestbook', 'example.org/app', 'example.org/app/v2'].map(moduleName), [
      'guestbook',
      'app',
      'app',
    ])
  })
})
