import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parseNode, takesValue } from '../../../../src/init/detect/node/node-options.js'
import { parseScript } from '../../../../src/init/detect/script.js'

function node(line: string): unknown {
  const script = parseScript(line)
  if ('problem' in script) return script.problem
  const parsed = parseNode(script.commands[0]?.words.slice(1) ?? [])
  if ('problem' in parsed) return parsed.problem
  const args = parsed.args.map(({ text }) => text)
  if ('script' in parsed) return { script: parsed.script, args }
  const options = parsed.options.map(({ name, value }) => [name, value?.text])
  return { options: Object.fromEntries(options), entry: parsed.entry.text, args }
}

describe("Node's command line", () => {
  it('has the options with a value that this Node has', () => {
    const help = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' })
    // `  -r, --require=...        module to preload`
    const valued = [...help.matchAll(/^ {2}((?:-\w, )?(?:--[\w-]+, )*--[\w-]+)=\.\.\./gm)]
    assert.ok(valued.length > 30)
    const names = valued.flatMap(([, all = '']) => all.split(', '))
    assert.deepEqual(
      names.filter((name) => !takesValue(name)),
      [],
    )
    // `-p` prints, and takes its script as the program's first argument.
    for (const flag of ['--enable-source-maps', '--no-warnings', '--inspect', '--watch', '--expose-gc']) {
      assert.equal(takesValue(flag), false, flag)
    }
  })

  it('takes values for values', () => {
    assert.deepEqual(node('node --import ./a.js -r b --conditions=dev server.js --port 1'), {
      options: { '--import': './a.js', '-r': 'b', '--conditions': 'dev' },
      entry: 'server.js',
      args: ['--port', '1'],
    })
    assert.deepEqual(node('node --max-old-space-size=4096 --env_file .env -- --odd.js -x'), {
      options: { '--max-old-space-size': '4096', '--env-file': '.env' },
      entry: '--odd.js',
      args: ['-x'],
    })
    assert.deepEqual(node('node --run start -- --port 1'), { script: 'start', args: ['--', '--port', '1'] })
  })

  it('says where Node runs no file', () => {
    assert.equal(node('node'), 'node is given no file')
    assert.equal(node('node -'), 'node is given no file')
    assert.equal(node('node --import ./a.js'), 'node is given no file')
    assert.equal(node('node --test'), 'with --test node runs no file')
    assert.equal(node('node "$MAIN"'), 'the file that node runs depends on a variable')
  })
})

describe('a script', () => {
  const commands = (line: string) => {
    const script = parseScript(line)
    if ('problem' in script) return script.problem
    return script.commands.map(({ env, words, pipedTo }) => [env, words.map(({ text }) => text), pipedTo])
  }

  it('is what a shell reads', () => {
    assert.deepEqual(commands(`A=1 B='x y' node "my app.js" a\\ b && echo done | cat -n`), [
      [{ A: '1', B: 'x y' }, ['node', 'my app.js', 'a b'], undefined],
      [{}, ['echo', 'done'], 'cat -n'],
    ])
    assert.deepEqual(commands('node a.js >log 2>&1; node b.js'), [
      [{}, ['node', 'a.js'], undefined],
      [{}, ['node', 'b.js'], undefined],
    ])
  })

  it('keeps variables for later', () => {
    const script = parseScript('node a.js --at "$HOST:$PORT" --name "\\"x"')
    assert.ok('commands' in script)
    assert.deepEqual(script.commands[0]?.words.slice(3), [
      { text: '$HOST:$PORT', variables: true },
      { text: '--name', variables: false },
      { text: '"x', variables: false },
    ])
  })

  it('says what it can not be read as', () => {
    assert.equal(commands('a & b'), 'it leaves a program in the background (`&`)')
    assert.equal(commands('a || b'), 'what it runs depends on what fails (`||`)')
    assert.equal(commands('(a; b)'), 'it groups commands')
    assert.equal(commands('a `b`'), 'it takes the output of a command')
    assert.equal(commands('a $(b)'), 'it takes the output of a command')
    assert.equal(commands(`a 'b`), 'a shell could not read it')
    assert.equal(commands('PORT=$OTHER a'), 'it sets PORT by another variable')
  })
})
