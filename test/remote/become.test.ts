import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { rootScript } from '../../src/remote/become.js'
import { shellCommand } from '../../src/shell-quote.js'
import { difficultWords } from '../release/words.js'

/** A user that is not root, whoever runs the tests. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** What a login's shell prints for a command line. */
function run(
  command: string,
  { shell = 'sh', as = 'user' }: { shell?: string; as?: 'user' | 'root' } = {},
): string {
  const user = as === 'user' && isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const { status, stdout, stderr } = spawnSync(shell, ['-c', command], {
    encoding: 'utf8',
    cwd: '/',
    // Over a socket, bash reads root's .bashrc.
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

describe('rootScript', () => {
  const become = ['env', 'BECAME=root', 'BY=env']
  const show = `exec "$@" sh -c 'echo "\${BECAME-nobody} \${BY-}"'`

  for (const shell of ['sh', 'bash']) {
    it(`puts the words before what must run as root, for a login with ${shell}`, () => {
      assert.equal(run(rootScript({ become }, show), { shell }), 'root env\n')
    })
  }

  it('puts nothing before it for root’s own login', { skip: isRoot ? false : 'needs root' }, () => {
    assert.equal(run(rootScript({ become }, show), { as: 'root' }), 'nobody \n')
  })

  it('leaves the rest of the script to the login', () => {
    assert.equal(run(rootScript({ become }, `echo "\${BECAME-nobody}"; ${show}`)), 'nobody\nroot env\n')
  })

  it('keeps the words of a script as they are', () => {
    const words = ["it's", '$HOME', '*', '~', '-n', '', ...difficultWords(100)]
    const printed = run(rootScript({ become }, `exec "$@" ${shellCommand(['printf', '%s\\0', ...words])}`))
    assert.deepEqual(printed.split('\0').slice(0, -1), words)
  })

  it('keeps the words that are put before as they are', () => {
    const words = ["it's", '$HOME', '*', '', ...difficultWords(100)]
    const printed = run(rootScript({ become: ['printf', '%s\\0', ...words] }, '"$@" last'))
    assert.deepEqual(printed.split('\0').slice(0, -1), [...words, 'last'])
  })

  it('ends as the script does', () => {
    const { status } = spawnSync('sh', ['-c', rootScript({ become }, 'exec "$@" sh -c "exit 90"')])
    assert.equal(status, 90)
  })
})
