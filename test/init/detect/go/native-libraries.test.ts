import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { goNative } from '../../../../src/init/detect/go/native-libraries.js'
import { source } from '../samples.js'

describe('goNative', () => {
  it('knows modules and #cgo lines', () => {
    const at = { file: 'go.mod', line: 3 }
    const modules = ['github.com/mattn/go-sqlite3', 'github.com/davidbyttow/govips/v2', 'example.org/x'].map(
      (value) => ({ value, at }),
    )
    const cgo = '// #cgo pkg-config: libpq unknown\n// #cgo LDFLAGS: -lz -lm\nimport "C"'
    const found = goNative(modules, [source(cgo)]).map(({ library, pkgConfig, for: { at: where } }) => [
      library,
      pkgConfig,
      where.line,
    ])
    assert.deepEqual(found, [
      ['sqlite', false, 3],
      ['vips', true, 3],
      ['libpq', true, 1],
      ['zlib', false, 2],
    ])
  })
})
