import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { runProgram } from '../src/run-program.js'

const sh = (script: string, onErrorLine?: (line: string) => void) =>
  runProgram('sh', ['-c', script], { cwd: tmpdir(), onErrorLine })

describe('runProgram', () => {
  it('gives what it printed, and its exit code', async () => {
    assert.deepEqual(await sh('echo out; echo err >&2; exit 3'), {
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('tells lines of errors as whole ones, the last without an end too', async () => {
    const lines: string[] = []
    await sh("printf 'a\\nb' >&2; sleep 0.05; printf 'c\\n\\nä' >&2", (line) => lines.push(line))
    assert.deepEqual(lines, ['a', 'bc', '', 'ä'])
  })

  it('keeps the end of many errors', async () => {
    const { exitCode, stderr } = await sh('head -c 3000000 /dev/zero | tr "\\0" x >&2; echo end >&2')
    assert.equal(exitCode, 0)
    assert.equal(stderr.length, 1024 * 1024)
    assert.ok(stderr.endsWith('xend\n'))
  })

  it('ends a program that prints without end', async () => {
    const { exitCode, stdout } = await runProgram('yes', [], { cwd: tmpdir() })
    assert.equal(exitCode, 1)
    assert.ok(stdout.length <= 64 * 1024 * 1024)
  })

  it('says that there is no such program, or that it cannot be run', async () => {
    const missing = await runProgram('slipway-no-such-program', [], { cwd: tmpdir() })
    assert.equal(missing.exitCode, null)
    const { exitCode, stderr } = await runProgram(tmpdir(), [], { cwd: tmpdir() })
    assert.equal(exitCode, 1)
    assert.match(stderr, /EACCES/)
  })

  it('gives no input', async () => assert.equal((await sh('cat; echo done')).stdout, 'done\n'))

  it('adds to the environment', async () => {
    const { stdout } = await runProgram('sh', ['-c', 'echo $A $HOME'], { cwd: tmpdir(), env: { A: 'x' } })
    assert.equal(stdout, `x ${process.env.HOME}\n`)
  })
})
