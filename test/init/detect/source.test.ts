import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches, readSources, withoutComments } from '../../../src/init/detect/source.js'
import { textTree } from './corpus.js'

describe('withoutComments', () => {
  it('blanks comments and keeps strings, lines and lengths', () => {
    const raw = 'a("http://x") // b\n/* c\n d */ e'
    assert.equal(withoutComments(raw, 'c'), 'a("http://x")     \n    \n      e')
  })

  it("knows Rust's lifetimes, raw strings and characters", () => {
    const raw = `fn f<'a>(x: &'a str) { r#"// "kept""#; '"'; } // gone`
    assert.equal(withoutComments(raw, 'rust'), `fn f<'a>(x: &'a str) { r#"//  kept "#; '"'; }        `)
  })

  it("ends Rust's comments where the outermost ends", () => {
    assert.equal(withoutComments('a /* b /* c */ d\n*/ e', 'rust'), 'a               \n   e')
    assert.equal(withoutComments('a /* b /* c */ d', 'rust'), 'a               ')
    // Those of other languages don't nest.
    assert.equal(withoutComments('a /* b /* c */ d', 'c'), 'a              d')
  })

  it('blanks quotes in raw strings, which hold no code, but not in tags and templates', () => {
    assert.equal(withoutComments('x = `bind(":1")`', 'c'), 'x = `bind( :1 )`')
    for (const raw of ['Port int `env:"PORT" default:"3000"`', `y = \`\${f("a")}/b\``])
      assert.equal(withoutComments(raw, 'c'), raw)
  })

  it("leaves out a Rust file's tests, but not what follows a module of tests in a file of its own", () => {
    assert.equal(
      withoutComments('fn main() {}\n#[cfg(test)]\nmod tests {\n bind() }', 'rust'),
      'fn main() {}\n',
    )
    assert.equal(
      withoutComments('#[cfg(test)]\nmod tests;\nfn main() {}', 'rust'),
      '#[cfg(test)]\nmod tests;\nfn main() {}',
    )
  })

  it("blanks Python's docstrings", () => {
    assert.equal(withoutComments('"""port=1"""\nx = "#"  # y', 'python'), '            \nx = "#"     ')
  })
})

describe('matches', () => {
  it('tells the file and the line, and can look into comments', () => {
    const sources = readSources(
      textTree({ 'a.go': 'x\n//go:embed views\ny', 'b.go': 'z views' }),
      ['a.go', 'b.go'],
      'c',
    )
    assert.deepEqual(
      matches(sources, /views/).map(({ at }) => at),
      [{ file: 'b.go', line: 1 }],
    )
    assert.deepEqual(
      matches(sources, /views/, 'raw').map(({ at }) => at),
      [
        { file: 'a.go', line: 2 },
        { file: 'b.go', line: 1 },
      ],
    )
  })
})
