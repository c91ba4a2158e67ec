import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { around, attributeBefore, type Range, scanNix } from '../../../src/nix/hashes/nix-text.js'

/** The comments, strings and braces of a text, as they stand there. */
function parts(text: string) {
  const slice = (ranges: Range[]) => ranges.map(({ start, end }) => text.slice(start, end))
  const { comments, strings, braces } = scanNix(text)
  return { comments: slice(comments), strings: slice(strings), braces: slice(braces) }
}

describe('scanNix', () => {
  it('tells comments, strings and sets apart', () => {
    assert.deepEqual(parts('{ a = "x"; # b = "y"; }\n c = { /* "z" */ }; }'), {
      comments: ['# b = "y"; }', '/* "z" */'],
      strings: ['"x"'],
      braces: ['{ /* "z" */ }', '{ a = "x"; # b = "y"; }\n c = { /* "z" */ }; }'],
    })
  })

  for (const [what, text, strings] of [
    ['escaped quotes', '"a \\" # b" "c"', ['"a \\" # b"', '"c"']],
    ['an escaped interpolation', `"\\\${a" "b"`, [`"\\\${a"`, '"b"']],
    ['a dollar before an interpolation', `"$\${a" "b"`, [`"$\${a"`, '"b"']],
    ['an interpolation', `"a \${f { x = "b"; }} c" "d"`, ['"b"', `"a \${f { x = "b"; }} c"`, '"d"']],
    ['an indented string', `''a " # b'' "c"`, [`''a " # b''`, '"c"']],
    [
      "an indented string's escapes",
      `''a ''' ''$ ''\\n ''\${ b'' "c"`,
      [`''a ''' ''$ ''\\n ''\${ b''`, '"c"'],
    ],
    ['an interpolation in it', `''a \${b "c"} d'' "e"`, ['"c"', `''a \${b "c"} d''`, '"e"']],
    ['names with quotes', `f'' "a" x' "b"`, ['"a"', '"b"']],
  ] as const) {
    it(`reads ${what}`, () => assert.deepEqual(parts(text).strings, [...strings]))
  }

  it('ends with a text that does not', () => {
    for (const text of ['{ a = "b', "''", '/* x', '}}', `"\${`, '# x']) scanNix(text)
    assert.deepEqual(parts('a /* x').comments, ['/* x'])
  })
})

describe('around', () => {
  it('gives the sets around a place, the innermost first', () => {
    const text = '{ a = { b = { }; c = 1; }; }'
    const sets = around(scanNix(text).braces, text.indexOf('1'))
    assert.deepEqual(
      sets.map(({ start }) => start),
      [6, 0],
    )
  })
})

describe('attributeBefore', () => {
  for (const [text, name] of [
    ['{ vendorHash = ', 'vendorHash'],
    ['{ vendorHash\n    = ', 'vendorHash'],
    ['cargoLock.outputHashes."x-1.0" =', 'cargoLock.outputHashes."x-1.0"'],
    ['a . b = ', 'a.b'],
    ['[ ', undefined],
    ['f ', undefined],
    ['a == ', undefined],
  ] as const) {
    it(`of ${JSON.stringify(text)} is ${name}`, () => assert.equal(attributeBefore(text, text.length), name))
  }
})
