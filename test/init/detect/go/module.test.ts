import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { localModules, readModule, vendoring } from '../../../../src/init/detect/go/module.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

const MOD = `module example.org/app // the app

go 1.24.3

toolchain go1.24.5

require example.org/a v1.0.0
require (
	example.org/b v2.0.0+incompatible // indirect
	example.org/local v0.0.0
)

replace example.org/local => ./local
`

describe('readModule', () => {
  it('reads directives and blocks', () => {
    assert.deepEqual(readModule(textTree({ 'go.mod': MOD }), ''), {
      path: 'example.org/app',
      go: '1.24',
      requires: [
        { path: 'example.org/a', version: 'v1.0.0', line: 7 },
        { path: 'example.org/b', version: 'v2.0.0+incompatible', line: 9 },
        { path: 'example.org/local', version: 'v0.0.0', line: 10 },
      ],
      replaces: [{ path: 'example.org/local', by: './local', line: 13 }],
    })
  })

  it('refuses what is none', () => {
    assert.equal(
      refusal(() => readModule(textTree({ 'go.mod': 'go 1.24' }), '')),
      "go.mod can't be read",
    )
    assert.equal(
      refusal(() => readModule(textTree({ 'go.mod': 'module a\n<<<<<<< HEAD' }), '')),
      "go.mod:2 can't be read",
    )
  })
})

describe('vendoring', () => {
  const of = (files: Record<string, string>, isIgnored = () => false) => {
    const tree = {
      ...textTree({ 'go.mod': MOD, 'local/go.mod': 'module example.org/local', ...files }),
      isIgnored,
    }
    const module = readModule(tree, '')
    return vendoring(tree, '', module, localModules(tree, '', module))
  }
  const SUM = 'example.org/a v1.0.0 h1:x=\nexample.org/b v2.0.0+incompatible h1:y=\n'

  it('is by a hash, by the vendor folder, or not needed', () => {
    assert.equal(of({ 'go.sum': SUM }), 'hash')
    const modules = '# example.org/a v1.0.0\n# example.org/b v2.0.0+incompatible\n'
    assert.equal(of({ 'vendor/modules.txt': modules }), 'folder')
    assert.equal(of({ 'go.mod': 'module x' }), 'none')
  })

  it('refuses lock files that lack a module', () => {
    assert.equal(
      refusal(() => of({})),
      'there is no go.sum',
    )
    assert.equal(
      refusal(() => of({}, () => true)),
      "git ignores go.sum, so Nix can't see it",
    )
    assert.equal(
      refusal(() => of({ 'go.sum': SUM.replace('v1.0.0', 'v1.0.0-rc1') })),
      "go.sum doesn't have example.org/a v1.0.0, which go.mod:7 requires",
    )
    assert.equal(
      refusal(() => of({ 'vendor/modules.txt': '# example.org/a v1.0.0\n' })),
      "vendor/modules.txt doesn't have example.org/b v2.0.0+incompatible, which go.mod:9 requires",
    )
  })
})
