import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  attributeName,
  attributes,
  bind,
  commented,
  indent,
  interpolated,
  nixList,
  nixString,
  path,
  script,
} from '../../../../src/init/detect/write/nix-text.js'

describe('pieces of Nix', () => {
  it('are laid out as nixfmt does', () => {
    assert.equal(attributes([]), '{ }')
    assert.equal(
      attributes([bind('a', '1'), commented('why', bind('b', nixList(['1', '2'])))]),
      '{\n  a = 1;\n  # why\n  b = [\n    1\n    2\n  ];\n}',
    )
    assert.equal(nixList([]), '[ ]')
    assert.equal(nixList(['pkgs.go']), '[ pkgs.go ]')
    assert.equal(bind('a', '\n  let\n'), 'a =\n  let\n;')
    assert.equal(script(['a', 'b']), "''\n  a\n  b\n''")
    assert.equal(indent('a\n\nb'), '  a\n\n  b')
  })

  it('escape what Nix would read', () => {
    assert.equal(nixString(`a "b" \${c} $d \\`), `"a \\"b\\" \\\${c} $d \\\\"`)
    assert.equal(interpolated(`\${a}-"b"`), `"\${a}-\\"b\\""`)
    assert.equal(attributeName('my-site'), 'my-site')
    assert.equal(attributeName('1st'), '"1st"')
    assert.equal(attributeName('in'), '"in"')
  })

  it('name paths', () => {
    assert.deepEqual(
      [path(''), path('api'), path('', 'Cargo.lock'), path('api', 'go.sum')],
      ['./.', './api', './Cargo.lock', './api/go.sum'],
    )
  })
})
