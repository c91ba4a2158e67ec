import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, LAB_ENV, type Project } from './project.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SECRET = 'a secret of the forge'
/** How long a push may take until it serves; a deploy on a busy machine. */
const PATIENCE_MS = 90_000
const OPTIONS = (more = '') =>
  `listen: 'port', health: { path: '/health', timeout: '2s' }, routes: ['http://app.example.test']${more}`

interface Job {
  id: number
  state: string
  step: string
  reason: string | null
}
interface Source {
  head: string
  running: Job | null
  newest: Job | null
  hold: { kind: string } | null
}

describe('a server that follows a branch', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let folder: string
  let port: number
  let server: ReturnType<typeof start>

  const start = () => {
    const node = execaSync('sh', [join(ROOT, 'scripts/server-node.sh')]).stdout
    const running = execa('node', [app.program, 'server', 'dev', '--data', join(folder, 'data')], {
      cwd: folder,
      env: { ...LAB_ENV, HOOK: SECRET, PATH: `${dirname(node)}:${process.env.PATH}` },
      reject: false,
      stdin: 'ignore',
      all: true,
    })
    after(async () => void running.kill('SIGKILL'))
    return running
  }
  const asked = (...words: string[]) => app.slipway(...words, '--data', join(folder, 'data'))
  const state = async (): Promise<Source> => {
    const { stdout } = await asked('server', 'status', '--json')
    return JSON.parse(stdout).sources[0]
  }
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const until = async (what: string, is: () => Promise<boolean>) => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(200)) {
      if (await is().catch(() => false)) return
    }
    assert.fail(`not within ${PATIENCE_MS / 1000} s: ${what}\n${(await asked('activity')).text}`)
  }
  const ended = (commit: string) =>
    until(`the end of ${commit}`, async () => {
      const { newest, running, head } = await state()
      return head === commit && running === null && newest?.state !== 'queued'
    })
  const push = async () => {
    await app.commit()
    await execa('git', ['push', '-q', '--force', join(folder, 'forum.git'), 'HEAD:main'], { cwd: app.folder })
    return (await execa('git', ['rev-parse', 'HEAD'], { cwd: app.folder })).stdout
  }
  const deliver = async (id: string, secret = SECRET) => {
    const body = JSON.stringify({ ref: 'refs/heads/main' })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = {
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-event': 'push',
      'x-github-delivery': id,
    }
    const type = { 'content-type': 'application/json' }
    return fetch(`http://127.0.0.1:${port}/hooks/forum`, {
      method: 'POST',
      headers: { ...headers, ...type },
      body,
    })
  }

  before(async () => {
    host = await labHost('t-server', after)
    app = await appProject(host.name, after, OPTIONS())
    folder = await mkdtemp(join(tmpdir(), 'slipway-server-'))
    after(() => rm(folder, { recursive: true, force: true }))
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await execa('git', ['init', '-q', '--bare', join(folder, 'forum.git')])
    port = await freePort()
    // Looks so seldom that only a webhook can be what it heard of.
    const source = `{ name: 'forum', repo: '${folder}/forum.git', services: ['app'], poll: '1d', webhook: { forge: 'github', secret: { env: 'HOOK' } } }`
    const text = `import { defineServer, source } from 'slipway'\n\nexport default defineServer({ listen: '127.0.0.1:${port}', sources: [source(${source})] })\n`
    await writeFile(join(folder, 'slipway.server.ts'), text)
  })

  it('deploys what the branch has when it starts', async () => {
    const commit = await push()
    server = start()
    await until('the first release', async () => (await message()) === 'one')
    await ended(commit)
    assert.equal((await state()).newest?.state, 'deployed')
  })

  it('deploys what is pushed as soon as a webhook says so, and nothing for one that is forged', async () => {
    await app.write('message', 'two\n')
    const commit = await push()
    assert.equal((await deliver('forged', 'another secret')).status, 401)
    assert.notEqual((await state()).head, commit)
    assert.equal((await deliver('1')).status, 202)
    await until('the push', async () => (await message()) === 'two')
    await ended(commit)
    const { stdout } = await asked('activity')
    for (const line of [
      /webhook push: look/,
      /#2: begins/,
      /#2: ship/,
      /#2: web: app starting/,
      /#2: deployed/,
    ]) {
      assert.match(stdout, line)
    }
    assert.match((await app.slipway('releases')).stdout, new RegExp(commit.slice(0, 8)))
  })

  it('finds a deploy again that goes on without it', async () => {
    await app.write('message', 'three\n')
    const commit = await push()
    await deliver('2')
    await until('a deploy that runs', async () => (await state()).running?.step !== undefined)
    server.kill('SIGKILL')
    await server
    server = start()
    await until('the push', async () => (await message()) === 'three')
    await ended(commit)
    assert.equal((await state()).newest?.state, 'deployed')
    assert.equal((await host.run('ls /var/lib/slipway/services/app/releases')).split('\n').length, 3)
  })

  it('tells of a commit that is put back, and does not try it again by itself', async () => {
    await app.write('message', 'bad\n')
    await app.write('slipway.config.ts', appConfig(host.name, OPTIONS(", env: { HEALTH: '500' }")))
    const commit = await push()
    await deliver('3')
    await ended(commit)
    const failed = (await state()).newest
    assert.equal(failed?.state, 'failed')
    assert.match(failed?.reason ?? '', /app on web: /)
    assert.equal(await message(), 'three')
    await deliver('4')
    await sleep(2000)
    assert.equal((await state()).newest?.id, failed?.id)
  })

  it('keeps to a rollback until it is told to go on', async () => {
    assert.equal((await asked('server', 'rollback', 'forum', 'app')).code, 0)
    await until('the release before', async () => (await message()) === 'two')
    await app.write('message', 'four\n')
    await app.write('slipway.config.ts', appConfig(host.name, OPTIONS()))
    const commit = await push()
    await deliver('5')
    await until('the push seen', async () => (await state()).head === commit)
    await sleep(2000)
    assert.equal(await message(), 'two')
    assert.match(
      (await asked('server', 'status')).stdout,
      /rolled back by owner, so what is pushed is not deployed/,
    )
    assert.equal((await asked('server', 'resume', 'forum')).code, 0)
    await until('what was pushed', async () => (await message()) === 'four')
    await ended(commit)
    assert.equal((await state()).hold, null)
  })
})

/** A port of this machine that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const address = listener.address()
      listener.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
