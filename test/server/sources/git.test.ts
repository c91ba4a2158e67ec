import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkout, fetchBranch, hasCommit, headOf } from '../../../src/server/sources/git.js'
import { temporaryFolder } from '../temporary.js'

/** A repository with a commit on main, and git in it. */
function repository(folder = join(temporaryFolder(), 'repo')) {
  mkdirSync(folder)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
      ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    }).trim()
  git('init', '-q', '-b', 'main')
  const commit = (path: string, text: string) => {
    writeFileSync(join(folder, path), text)
    git('add', '-A')
    git('commit', '-q', '-m', path)
    return git('rev-parse', 'HEAD')
  }
  return { folder, git, commit, first: commit('a', 'one') }
}

describe('a branch', () => {
  it('is known by its newest commit, and by its whole name', async () => {
    const { folder, git, commit, first } = repository()
    assert.equal(await headOf(folder, 'main'), first)
    // git would give refs that only end like this, too.
    git('branch', 'x/refs/heads/other')
    assert.equal(await headOf(folder, 'other'), undefined)
    git('tag', 'v1')
    assert.equal(await headOf(folder, 'v1'), undefined)
    const second = commit('b', 'two')
    assert.equal(await headOf(folder, 'main'), second)
  })

  it('that is not there is not one that could not be asked for', async () => {
    const { folder } = repository()
    assert.equal(await headOf(folder, 'gone'), undefined)
    await assert.rejects(headOf('/nonexistent/repo', 'main'), /can't be looked at/)
    await assert.rejects(headOf('ssh://127.0.0.1:1/x', 'main'), /can't be looked at/)
    await assert.rejects(headOf('ext::sh -c touch% /tmp/slipway-ext', 'main'), /can't be looked at/)
    assert.equal(existsSync('/tmp/slipway-ext'), false)
  })

  it('never is an option', async () => {
    const { folder } = repository()
    const marker = join(temporaryFolder(), 'ran')
    for (const branch of [`--upload-pack=touch ${marker}`, '../x', '-x']) {
      assert.equal(await headOf(folder, branch).catch(() => undefined), undefined)
    }
    await assert.rejects(headOf(`--upload-pack=touch ${marker}`, 'main'))
    assert.equal(existsSync(marker), false)
  })
})

describe('a mirror', () => {
  it('follows a branch that is pushed to, and one that is forced back', async () => {
    const { folder, git, commit, first } = repository()
    const mirror = join(temporaryFolder(), 'mirror')
    assert.equal(await hasCommit(mirror, first), false)
    const second = commit('b', 'two')
    await fetchBranch(mirror, folder, 'main')
    assert.deepEqual([await hasCommit(mirror, first), await hasCommit(mirror, second)], [true, true])
    git('reset', '-q', '--hard', first)
    const other = commit('c', 'three')
    await fetchBranch(mirror, folder, 'main')
    assert.ok(await hasCommit(mirror, other))
  })

  it('that was broken is made anew', async () => {
    const { folder, first } = repository()
    const mirror = join(temporaryFolder(), 'mirror')
    await fetchBranch(mirror, folder, 'main')
    // What a fetch leaves that was killed, and a disk that was full.
    writeFileSync(join(mirror, 'refs/heads/main.lock'), '')
    truncateSync(join(mirror, 'HEAD'))
    await fetchBranch(mirror, folder, 'main')
    assert.ok(await hasCommit(mirror, first))
    assert.equal(existsSync(join(mirror, 'refs/heads/main.lock')), false)
  })

  it('keeps what it has where the repository is gone', async () => {
    const { folder, git } = repository()
    const mirror = join(temporaryFolder(), 'mirror')
    await fetchBranch(mirror, folder, 'main')
    git('checkout', '-q', '-b', 'other')
    git('branch', '-q', '-D', 'main')
    await assert.rejects(fetchBranch(mirror, folder, 'main'), /can't be fetched/)
  })
})

describe('a checkout', () => {
  it("has a commit's files, and the repository's own origin", async () => {
    const { folder, commit, first } = repository()
    commit('b', 'two')
    const [mirror, work] = [join(temporaryFolder(), 'mirror'), join(temporaryFolder(), 'work')]
    await fetchBranch(mirror, folder, 'main')
    await checkout(mirror, work, 'https://example.com/me/forum', first)
    assert.equal(readFileSync(join(work, 'a'), 'utf8'), 'one')
    assert.equal(existsSync(join(work, 'b')), false)
    const origin = execFileSync('git', ['config', 'remote.origin.url'], { cwd: work, encoding: 'utf8' })
    assert.equal(origin.trim(), 'https://example.com/me/forum')
    // What an earlier one left is gone.
    writeFileSync(join(work, 'left'), '')
    await checkout(mirror, work, folder, first)
    assert.equal(existsSync(join(work, 'left')), false)
  })

  it('runs nothing of the repository', async () => {
    const { folder, git, commit } = repository()
    const marker = join(temporaryFolder(), 'ran')
    const hook = join(folder, '.git/hooks/post-checkout')
    mkdirSync(join(folder, '.git/hooks'), { recursive: true })
    writeFileSync(hook, `#!/bin/sh\ntouch ${marker}\n`)
    chmodSync(hook, 0o755)
    git('config', 'filter.evil.smudge', `touch ${marker}`)
    writeFileSync(join(folder, '.gitattributes'), '* filter=evil diff=evil\n')
    symlinkSync('/etc', join(folder, 'link'))
    const head = commit('b', 'two')
    const [mirror, work] = [join(temporaryFolder(), 'mirror'), join(temporaryFolder(), 'work')]
    await fetchBranch(mirror, folder, 'main')
    await checkout(mirror, work, folder, head)
    assert.equal(existsSync(marker), false)
  })

  it('never is of objects that git takes for an attack', async () => {
    const { folder, commit } = repository()
    const marker = join(temporaryFolder(), 'ran')
    writeFileSync(
      join(folder, '.gitmodules'),
      `[submodule "x"]\n\tpath = x\n\turl = -x\n\tupdate = !touch ${marker}\n`,
    )
    commit('b', 'two')
    await assert.rejects(fetchBranch(join(temporaryFolder(), 'mirror'), folder, 'main'), /can't be fetched/)
    assert.equal(existsSync(marker), false)
  })

  it('of a commit that the mirror lacks fails, and says so', async () => {
    const { folder } = repository()
    const [mirror, work] = [join(temporaryFolder(), 'mirror'), join(temporaryFolder(), 'work')]
    await fetchBranch(mirror, folder, 'main')
    await assert.rejects(checkout(mirror, work, folder, 'f'.repeat(40)), /can't be checked out/)
  })
})
