import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { difficultWords } from '../release/words.js'
import { shellCommand, shellQuote } from '../src/shell-quote.js'

describe('shellQuote', () => {
  for (const [word, quoted] of [
    ['plain', 'plain'],
    ['--port=3000', '--port=3000'],
    ['/nix/store/abc-x_1.0+b,c:d@e%', '/nix/store/abc-x_1.0+b,c:d@e%'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$HOME', "'$HOME'"],
    ["it's", "'it'\\''s'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
    ['é', "'é'"],
  ] as const) {
    it(`writes ${JSON.stringify(word)} as ${quoted}`, () => assert.equal(shellQuote(word), quoted))
  }
})

describe('shellCommand', () => {
  const words = ['', '*', '~', '-n', 'a=b', '!', ...difficultWords(500)]

  /** The words that a shell passes to a program. */
  function passed(shell: string[], command: string): string[] {
    const [program = 'sh', ...args] = shell
    return execFileSync(program, [...args, command], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1)
  }

  for (const shell of [
    ['sh', '-c'],
    ['bash', '-c'],
    ['bash', '--posix', '-c'],
  ]) {
    it(`is read back by ${shell.join(' ')} word by word`, () => {
      assert.deepEqual(passed(shell, shellCommand(['printf', '%s\\0', ...words])), words)
    })
  }

  it('may be a word of another command', () => {
    const inner = shellCommand(['printf', '%s\\0', ...words])
    assert.deepEqual(passed(['sh', '-c'], shellCommand(['sh', '-c', inner])), words)
  })
})
