import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBuilt } from '../../../../src/init/detect/go/build-constraints.js'

const tagged = (line: string) => isBuilt('a.go', `// Copyright.\n\n${line}\n\npackage a\n`)

describe('isBuilt', () => {
  it('reads constraints as go does', () => {
    assert.ok(tagged('//go:build linux'))
    assert.ok(tagged('//go:build !windows && (amd64 || arm64) // both'))
    assert.ok(tagged('//go:build unix && !dev'))
    assert.ok(tagged('//go:build go1.18'))
    assert.ok(!tagged('//go:build ignore'))
    assert.ok(!tagged('//go:build windows || darwin && linux'))
    assert.ok(!tagged('//go:build !(linux || darwin)'))
    assert.ok(!tagged('// +build ignore'))
    assert.ok(tagged('// +build linux,!cgo darwin linux'))
    assert.ok(!tagged('// +build linux\n// +build dev'))
  })

  it('reads names of files', () => {
    const built = (file: string) => isBuilt(file, 'package a\n')
    for (const file of [
      'a.go',
      'a_linux.go',
      'a_linux_arm64.go',
      'a_amd64.go',
      'linux.go',
      'windows.go',
      'a_b.go',
    ])
      assert.ok(built(file), file)
    for (const file of ['a_windows.go', 'a_windows_amd64.go', 'a_linux_s390x.go', 'x/a_darwin.go'])
      assert.ok(!built(file), file)
  })

  it('knows tags that are asked for', () => {
    assert.ok(isBuilt('a.go', '//go:build sqlite\n\npackage a\n', ['sqlite']))
  })

  it('reads no constraint behind the package clause', () => {
    assert.ok(isBuilt('a.go', 'package a\n\n//go:build ignore\n'))
  })
})
