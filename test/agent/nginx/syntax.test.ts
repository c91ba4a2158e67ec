import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Directive, NginxSyntaxError, parseNginx } from '../../../src/agent/nginx/syntax.js'

/** Directives without their places. */
function shape(directives: readonly Directive[]): unknown[] {
  return directives.map(({ name, args, block }) => (block ? [name, ...args, shape(block)] : [name, ...args]))
}

describe('nginx’s configuration', () => {
  it('is words up to a semicolon, or a block', () => {
    const text = `# a comment; with { signs }
server { # and one at the end
  listen 80; server_name a.example "b c" 'd"e' \\;f;
  location ~ \\.php$ { return 200 "a;b}c"; }
  set $x \${y}z; proxy_pass http://127.0.0.1:3001;
  empty {}
}`
    assert.deepEqual(shape(parseNginx(text)), [
      [
        'server',
        [
          ['listen', '80'],
          ['server_name', 'a.example', 'b c', 'd"e', '\\;f'],
          ['location', '~', '\\.php$', [['return', '200', 'a;b}c']]],
          // biome-ignore lint/suspicious/noTemplateCurlyInString: nginx's own
          ['set', '$x', '${y}z'],
          ['proxy_pass', 'http://127.0.0.1:3001'],
          ['empty', []],
        ],
      ],
    ])
  })

  it('tells where each directive is', () => {
    const text = 'a b;\n\nserver {\n  root /x;\n  }\n'
    const [first, server] = parseNginx(text)
    assert.deepEqual([first?.line, server?.line, server?.block?.[0]?.line], [1, 3, 4])
    assert.equal(text.slice(server?.start, server?.end), 'server {\n  root /x;\n  }')
    assert.equal(text.slice(server?.block?.[0]?.start, server?.block?.[0]?.end), 'root /x;')
  })

  it('is refused where nginx would, or where it holds a program', () => {
    for (const text of ['a', 'a {', 'a "b;', '}', 'a b }', ';', 'content_by_lua_block { x = "}" }']) {
      assert.throws(() => parseNginx(text), NginxSyntaxError, text)
    }
  })

  it('is read as it was written', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9/._$~^=*-]{1,8}$/)
    const directive: fc.Memo<Directive> = fc.memo((depth) => {
      const plain = fc.record({ name: word, args: fc.array(word, { maxLength: 3 }) })
      const simple = plain.map((one) => ({ ...one, line: 0, start: 0, end: 0 }))
      if (depth <= 1) return simple
      return fc.oneof(
        simple,
        fc
          .tuple(plain, fc.array(directive(), { maxLength: 3 }))
          .map(([one, block]) => ({ ...one, line: 0, start: 0, end: 0, block })),
      )
    })
    const text = (directives: readonly Directive[]): string =>
      directives
        .map(({ name, args, block }) => {
          const head = [name, ...args].join('\t')
          return block ? `${head} {\n${text(block)}}\n` : `${head} ;\n`
        })
        .join('# x {\n')
    void fc.assert(
      fc.property(fc.array(directive(3), { maxLength: 4 }), (directives) => {
        assert.deepEqual(shape(parseNginx(text(directives))), shape(directives))
      }),
    )
  })
})
