import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Source } from '../../../src/server/config/load.js'
import { foldersOf } from '../../../src/server/folders.js'
import { createRunner, wordsOf } from '../../../src/server/jobs/runner.js'
import { fetchBranch } from '../../../src/server/sources/git.js'
import type { Job } from '../../../src/server/store/jobs.js'
import { temporaryFolder, temporaryStore } from '../temporary.js'

const SOURCE: Source = {
  ...{
    name: 'forum',
    repo: '/srv/forum',
    branch: 'main',
    path: '.',
    env: undefined,
    services: ['forum', 'mail'],
  },
  ...{ pollMs: 1, deadlineMs: 1, webhook: undefined },
}

function job(more: Partial<Job> = {}): Job {
  const { store } = temporaryStore()
  const made = store.jobs.add({
    source: 'forum',
    kind: 'deploy',
    commit: 'a',
    cause: 'branch',
    actor: 'server',
  })
  return { ...made, ...more }
}

describe('the command line of a job', () => {
  it("names the source's own services, whatever else the config has", () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'slipway.config.ts'), '')
    const config = join(folder, 'slipway.config.ts')
    assert.deepEqual(wordsOf(job(), SOURCE, folder), [
      ...['deploy', '--json-stream', '--wait', '--config', config, '--', 'forum', 'mail'],
    ])
    assert.deepEqual(wordsOf(job(), { ...SOURCE, env: 'staging' }, folder).slice(5, 7), ['--env', 'staging'])
    const rollback = { kind: 'rollback', service: 'forum', release: '3' } as const
    assert.deepEqual(wordsOf(job(rollback), SOURCE, folder).slice(-3), ['--', 'forum', '3'])
    assert.deepEqual(wordsOf(job({ ...rollback, release: null }), SOURCE, folder).slice(-2), ['--', 'forum'])
  })
})

describe('the checkout of a job', () => {
  /** The folder of the config that a job of a repository with these files has. */
  const checkedOut = async (make: (repo: string) => void, path: string) => {
    const folder = temporaryFolder()
    const repo = join(folder, 'repo')
    mkdirSync(repo)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
        cwd: repo,
        encoding: 'utf8',
      })
    git('init', '-q', '-b', 'main')
    make(repo)
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'x')
    const folders = foldersOf(join(folder, 'data'))
    const source = { ...SOURCE, repo, path }
    await fetchBranch(folders.mirror('forum'), repo, 'main')
    const runner = createRunner({
      ...{ folders, sources: [source], child: [], slipway: [], env: {} },
      onEnd: () => {},
    })
    return runner
      .checkout(job({ commit: git('rev-parse', 'HEAD').trim() }))
      .then((found) => found.replace(folder, ''))
  }
  const config = (folder: string) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'slipway.config.ts'), '')
  }

  it('is the folder that the source says', async () => {
    assert.match(await checkedOut((repo) => config(repo), '.'), /^\/data\/work\/\d+$/)
    assert.match(await checkedOut((repo) => config(join(repo, 'web/app')), 'web/app'), /\/web\/app$/)
  })

  it('has a config of its own: one above it is not meant', async () => {
    await assert.rejects(
      checkedOut((repo) => config(repo), 'web'),
      /has no slipway\.config\.ts in web/,
    )
    await assert.rejects(
      checkedOut((repo) => {
        config(repo)
        mkdirSync(join(repo, 'web'))
        writeFileSync(join(repo, 'web/x'), '')
      }, 'web'),
      /has no slipway\.config\.ts in web/,
    )
  })

  it('is never where a link of the repository leads to', async () => {
    const elsewhere = temporaryFolder()
    config(elsewhere)
    const linked = (repo: string) => symlinkSync(elsewhere, join(repo, 'web'))
    await assert.rejects(checkedOut(linked, 'web'), /is a link out of the repository/)
  })

  it('is that of a source that there is', async () => {
    const folders = foldersOf(temporaryFolder())
    const runner = createRunner({
      ...{ folders, sources: [], child: [], slipway: [], env: {} },
      onEnd: () => {},
    })
    await assert.rejects(runner.checkout(job()), /there is no source forum any more/)
  })
})
