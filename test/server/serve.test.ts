import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { createClient } from '../../src/server/client.js'
import type { Job } from '../../src/server/store/jobs.js'
import { temporaryFolder } from './temporary.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** How long a server may take to come to rest, on a busy machine. */
const PATIENCE_MS = 60_000
/** After how many milliseconds the server is killed, once a push has been seen, or not yet. */
const KILLS = [0, 60, 150, 300, 450, 600, 800, 1100]

describe('the server, killed while processes of its own deploy', () => {
  const folder = temporaryFolder()
  const [repo, data, log] = ['repo', 'data', 'log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const client = createClient({ socket: join(data, 'server.sock') })
  const running = new Set<ChildProcess>()
  // As it is shipped: one file, without a loader.
  const program = join(folder, 'child.cjs')
  buildSync({
    ...{ entryPoints: [join(HERE, '../../src/server/jobs/child.ts')], outfile: program },
    ...{ bundle: true, platform: 'node', format: 'cjs' },
  })
  after(() => {
    for (const child of running) child.kill('SIGKILL')
  })

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
      cwd: repo,
      encoding: 'utf8',
    }).trim()
  const push = (text: string) => {
    writeFileSync(join(repo, 'slipway.config.ts'), `// ${text}\n`)
    git('add', '-A')
    git('commit', '-q', '-m', text)
    return git('rev-parse', 'HEAD')
  }
  const start = async () => {
    const words = [
      join(HERE, 'serve-here.ts'),
      data,
      repo,
      '47811',
      program,
      process.execPath,
      join(HERE, 'deploy-nothing.mjs'),
      log,
    ]
    const child = spawn(process.execPath, ['--import', 'tsx', ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    const ended = once(child, 'exit').then(() => assert.fail('the server ended'))
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => undefined)
    return child
  }
  const kill = async (child: ChildProcess) => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const jobs = async () => (await client.get<{ jobs: Job[] }>('/api/v1/jobs?limit=100')).jobs
  const rest = async (commit: string) => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
      const newest = (await jobs())[0]
      if (newest?.commit === commit && newest.endedAt !== null) return newest
    }
    throw new Error(`no rest: ${JSON.stringify(await jobs())}`)
  }

  it('loses no push and deploys none twice', async () => {
    mkdirSync(repo)
    git('init', '-q', '-b', 'main')
    let commit = push('first')
    writeFileSync(log, '')
    for (const [round, ms] of KILLS.entries()) {
      const child = await start()
      if (round > 0) {
        commit = push(`round ${round}`)
        await client.post('/api/v1/sources/forum/look')
      }
      await sleep(ms)
      await kill(child)
    }
    const child = await start()
    await client.post('/api/v1/sources/forum/look')
    const last = await rest(commit)
    assert.ok(last.state === 'deployed' || last.state === 'unchanged', JSON.stringify(last))

    const said = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const confirmed = said.filter(([what]) => what === 'confirmed').map(([, id]) => id)
    assert.equal(confirmed.at(-1), commit)
    assert.deepEqual([...new Set(confirmed)], confirmed, 'none was deployed twice')
    // Each that begins comes to its own end before another begins: there were never two.
    for (const [index, [what, id]] of said.entries()) {
      if (what !== 'begun') continue
      const next = said[index + 1]
      assert.equal(next?.[1], id, 'two at once')
      assert.notEqual(next?.[0], 'begun')
    }
    for (const { state, reason } of await jobs()) {
      assert.ok(['deployed', 'unchanged', 'superseded'].includes(state), `${state}: ${reason}`)
    }
    // Nobody else can reach it, or read what it keeps.
    assert.equal(statSync(data).mode & 0o777, 0o700)
    assert.equal(existsSync(join(data, 'work', String(last.id))), false)
    await kill(child)
  })

  it('takes no folder that another one has, and none that others can enter', async () => {
    const first = await start()
    const second = spawn(
      process.execPath,
      ['--import', 'tsx', join(HERE, 'serve-here.ts'), data, repo, '47812', 'x', 'x'],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    )
    let said = ''
    second.stderr.on('data', (piece) => {
      said += piece
    })
    const [code] = await once(second, 'exit')
    assert.notEqual(code, 0)
    assert.match(said, /another server works with/)
    await kill(first)
    execFileSync('chmod', ['755', data])
    const third = spawn(process.execPath, [
      '--import',
      'tsx',
      join(HERE, 'serve-here.ts'),
      data,
      repo,
      '47812',
      'x',
    ])
    third.stderr.on('data', (piece) => {
      said += piece
    })
    await once(third, 'exit')
    assert.match(said, /is open to others/)
  })
})
