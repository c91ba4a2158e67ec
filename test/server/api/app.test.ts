import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { createApp } from '../../../src/server/api/app.js'
import { ROUTES } from '../../../src/server/api/routes.js'
import type { Source } from '../../../src/server/config/load.js'
import type { Role } from '../../../src/server/store/tokens.js'
import { temporaryStore } from '../temporary.js'

const SECRET = 'a secret of the forge'
const NAME = '127.0.0.1:4780'
const source = (name: string): Source => ({
  ...{ name, repo: `/srv/${name}`, branch: 'main', path: '.', services: [name], pollMs: 1, deadlineMs: 1 },
  ...{ env: undefined, webhook: { forge: 'github', secret: SECRET } },
})

function served() {
  const { store, clock } = temporaryStore()
  const sources = [source('forum'), source('wiki')]
  const changes = { n: 0 }
  const app = createApp({
    store,
    sources,
    names: [NAME],
    onChange: () => {
      changes.n += 1
    },
  })
  for (const name of ['forum', 'wiki']) {
    store.sources.looked(name, 1, 'a'.repeat(40))
    store.jobs.add({ source: name, kind: 'deploy', commit: 'a'.repeat(40), cause: 'branch', actor: 'server' })
    const job = store.jobs.claim(9)
    if (job) store.jobs.end(job, 'deployed')
  }
  const token = (name: string, role: Role, only: string[] | null = null) =>
    store.tokens.add({ name, role, sources: only, expiresAt: null }) ?? ''
  const ask = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
    socket = false,
  ) => {
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body)
    const init = { method, headers: { host: NAME, ...headers }, ...(text !== undefined && { body: text }) }
    const response = await app.request(path, init, { socket })
    const said = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: said.startsWith('{') ? JSON.parse(said) : said,
    }
  }
  const as = (value: string, more: Record<string, string> = {}) => ({
    authorization: `Bearer ${value}`,
    ...more,
  })
  return { store, clock, ask, as, token, changes }
}

/** What each route is asked with where its body has to say something. */
const BODIES: Record<string, object> = {
  'POST /api/v1/sources/:source/rollback': { service: 'forum' },
  'POST /api/v1/tokens': { name: 'new', role: 'viewer' },
}
const RANKS: Role[] = ['viewer', 'deployer', 'admin']
const filled = (path: string, name: string, job: number) =>
  path.replace(':source', name).replace(':job', String(job)).replace(':name', 'other')

describe('every route', () => {
  for (const { method, path, role, about } of ROUTES) {
    const key = `${method} ${path}`
    const body = method === 'GET' ? undefined : (BODIES[key] ?? {})

    for (const asking of RANKS) {
      const may = RANKS.indexOf(asking) >= RANKS.indexOf(role)
      it(`${key} ${may ? 'answers' : 'refuses'} a ${asking}`, async () => {
        const { ask, as, token, store } = served()
        token('other', 'viewer')
        const before = store.audit.list(100).length
        const answer = await ask(method, filled(path, 'forum', 1), as(token('me', asking)), body)
        if (may)
          assert.ok(
            [200, 201, 409].includes(answer.status),
            `${answer.status} ${JSON.stringify(answer.body)}`,
          )
        else assert.equal(answer.status, 403)
        // What is asked for is in the log, and what is refused changed nothing.
        const written = store.audit.list(100).length - before
        assert.equal(written, may && method !== 'GET' ? 1 : 0)
        assert.equal(store.audit.broken(), undefined)
      })
    }

    it(`${key} answers nobody without a token, with one that is none, or with one that was taken back`, async () => {
      const { ask, as, token, store } = served()
      const old = token('old', 'admin')
      store.tokens.remove('old')
      const path_ = filled(path, 'forum', 1)
      const others: Record<string, string>[] = [{}, { authorization: old }, { cookie: `token=${old}` }]
      for (const headers of [...others, as('x'), as(old)]) {
        assert.equal((await ask(method, path_, headers, body)).status, 401)
      }
    })

    it(`${key} refuses a page of another site, and another name`, async () => {
      const { ask, as, token } = served()
      const me = token('me', 'admin')
      const elsewhere: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { host: 'evil.example' },
        { host: 'evil.example:4780' },
      ]
      for (const headers of elsewhere) {
        assert.equal((await ask(method, filled(path, 'forum', 1), as(me, headers), body)).status, 403)
      }
    })

    if (about !== 'seen') {
      it(`${key} is the same to whoever is for another source as where there is none`, async () => {
        const { ask, as, token } = served()
        const me = as(token('me', about === 'all' ? 'admin' : 'deployer', ['wiki']))
        const other = await ask(method, filled(path, 'forum', 1), me, body)
        const none = await ask(method, filled(path, 'nothing', 99), me, body)
        assert.deepEqual([other.status, other.body], [404, { problem: 'there is no such thing' }])
        if (about !== 'all') assert.deepEqual(other.body, none.body)
      })
    }
  }

  it('lists only what somebody may see', async () => {
    const { ask, as, token } = served()
    const me = as(token('me', 'viewer', ['wiki']))
    const names = (list: { source?: string; name?: string }[]) => [
      ...new Set(list.map((row) => row.source ?? row.name)),
    ]
    assert.deepEqual(names((await ask('GET', '/api/v1/state', me)).body.sources), ['wiki'])
    assert.deepEqual(names((await ask('GET', '/api/v1/jobs', me)).body.jobs), ['wiki'])
    assert.deepEqual(names((await ask('GET', '/api/v1/jobs?source=forum', me)).body.jobs), [])
    assert.deepEqual(names((await ask('GET', '/api/v1/activity', me)).body.events), ['wiki'])
    assert.doesNotMatch((await ask('GET', '/metrics', me)).body, /forum/)
  })
})

describe('tokens', () => {
  it('count until they expire', async () => {
    const { ask, as, store, clock } = served()
    const value =
      store.tokens.add({ name: 'me', role: 'viewer', sources: null, expiresAt: clock.now + 10 }) ?? ''
    assert.equal((await ask('GET', '/api/v1/state', as(value))).status, 200)
    clock.now += 10
    assert.equal((await ask('GET', '/api/v1/state', as(value))).status, 401)
  })

  it('are shown once, and lie nowhere', async () => {
    const { ask, store } = served()
    const key = { 'idempotency-key': 'k' }
    const made = await ask('POST', '/api/v1/tokens', key, { name: 'new', role: 'viewer' }, true)
    assert.match(made.body.token, /^slipway_[\w-]{43}$/)
    assert.equal(
      (await ask('POST', '/api/v1/tokens', key, { name: 'new', role: 'viewer' }, true)).status,
      409,
    )
    for (const table of ['token', 'answer', 'audit', 'event']) {
      assert.doesNotMatch(
        JSON.stringify(store.db.sql(`SELECT * FROM ${table}`).all()),
        new RegExp(made.body.token),
      )
    }
    assert.doesNotMatch(
      JSON.stringify((await ask('GET', '/api/v1/tokens', {}, undefined, true)).body),
      /hash|slipway_/,
    )
  })
})

describe('a request', () => {
  it('with a key is done once, and answered again', async () => {
    const { ask, as, token, store } = served()
    const me = as(token('me', 'deployer'), { 'idempotency-key': 'one' })
    const first = await ask('POST', '/api/v1/sources/forum/deploy', me, {})
    const jobs = store.jobs.list(100).length
    assert.deepEqual(
      await ask('POST', '/api/v1/sources/forum/deploy', me, {}).then(({ body }) => body),
      first.body,
    )
    assert.equal(store.jobs.list(100).length, jobs)
    assert.equal((await ask('POST', '/api/v1/sources/wiki/deploy', me, {})).status, 422)
    // Somebody else's keys are others.
    const other = as(token('you', 'deployer'), { 'idempotency-key': 'one' })
    assert.equal((await ask('POST', '/api/v1/sources/forum/deploy', other, {})).status, 201)
    assert.equal(store.jobs.list(100).length, jobs + 1)
  })

  it('that knows of an older job is refused', async () => {
    const { ask, store } = served()
    const newest = store.jobs.newest('forum')?.id ?? 0
    const deploy = (expect: number) => ask('POST', '/api/v1/sources/forum/deploy', {}, { expect }, true)
    assert.equal((await deploy(newest - 1)).status, 409)
    assert.equal((await deploy(newest)).status, 201)
    assert.equal((await deploy(newest)).status, 409)
  })

  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '5',
    '{"extra":1}',
    `{"release":"--x","service":"forum"}`,
    `"${'x'.repeat(70_000)}"`,
  ]) {
    it(`with a body that is none is refused: ${body.slice(0, 30)}`, async () => {
      const { ask, store } = served()
      const before = store.jobs.list(100).length
      assert.equal((await ask('POST', '/api/v1/sources/forum/rollback', {}, body, true)).status, 400)
      assert.equal(store.jobs.list(100).length, before)
    })
  }

  for (const path of [
    '/api/v1/jobs/1e3',
    '/api/v1/jobs/..%2f1',
    '/api/v1/sources/__proto__/deploy',
    '/api/v1/nothing',
    '/api/v2/state',
  ]) {
    it(`for what there is not is told so: ${path}`, async () => {
      const { ask } = served()
      const method = path.endsWith('deploy') ? 'POST' : 'GET'
      assert.equal((await ask(method, path, {}, method === 'POST' ? {} : undefined, true)).status, 404)
    })
  }
})

describe('a rollback', () => {
  it('holds its source until it is resumed', async () => {
    const { ask, store } = served()
    const owner = (path: string, body: object = {}) =>
      ask('POST', `/api/v1/sources/forum/${path}`, {}, body, true)
    const { body, status } = await owner('rollback', { service: 'forum', release: '3' })
    assert.equal(status, 201)
    assert.deepEqual([body.job.kind, body.job.service, body.job.release], ['rollback', 'forum', '3'])
    assert.equal(store.sources.holdOf('forum')?.kind, 'rollback')
    assert.equal((await owner('rollback', { service: 'wiki' })).status, 409)
    store.sources.looked('forum', 1, 'b'.repeat(40))
    const resumed = await owner('resume')
    assert.equal(resumed.body.job.commit, 'b'.repeat(40))
    assert.equal((await owner('resume')).status, 409)
  })
})

describe('a webhook', () => {
  const signed = (body: string, id: string) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    ...{ 'x-github-event': 'push', 'x-github-delivery': id, 'content-type': 'application/json' },
  })

  it('is on record before it is answered, and has the branch looked at', async () => {
    const { ask, store, changes } = served()
    const body = JSON.stringify({ ref: 'refs/heads/main' })
    const answer = await ask('POST', '/hooks/forum', signed(body, '1'), body)
    assert.deepEqual([answer.status, answer.body], [202, { verdict: 'look' }])
    assert.equal(store.db.sql('SELECT verdict FROM delivery').get()?.verdict, 'look')
    assert.equal(changes.n, 1)
    assert.equal((await ask('POST', '/hooks/forum', signed(body, '1'), body)).body.verdict, 'seen before')
  })

  it('that is not signed says nothing, not even which sources there are', async () => {
    const { ask, store } = served()
    const answers = await Promise.all([
      ask('POST', '/hooks/forum', {}, '{}'),
      ask('POST', '/hooks/forum', signed('{}', '1'), '{} '),
      ask('POST', '/hooks/nothing', signed('{}', '1'), '{}'),
      ask('POST', '/hooks/__proto__', signed('{}', '1'), '{}'),
    ])
    for (const { status, body } of answers) {
      assert.deepEqual([status, body], [401, { problem: 'no webhook is signed like this' }])
    }
    assert.equal(store.db.sql('SELECT count(*) AS n FROM delivery').get()?.n, 0)
  })

  it('that is too long to be kept is checked all the same, and counts as a push', async () => {
    const { ask } = served()
    const body = JSON.stringify({ ref: 'refs/heads/other', x: 'x'.repeat(2 * 1024 * 1024) })
    assert.equal((await ask('POST', '/hooks/forum', signed(body, '1'), body)).body.verdict, 'look')
    assert.equal((await ask('POST', '/hooks/forum', signed(body, '2'), `${body} `)).status, 401)
    const huge = 'x'.repeat(27 * 1024 * 1024)
    assert.equal((await ask('POST', '/hooks/forum', signed(huge, '3'), huge)).status, 413)
  })

  it('is one of many: none is lost', async () => {
    const { ask, store } = served()
    const body = JSON.stringify({ ref: 'refs/heads/main' })
    const before = store.sources.get('forum').looks_wanted
    const many = Array.from({ length: 500 }, (_, n) =>
      ask('POST', '/hooks/forum', signed(body, String(n)), body),
    )
    assert.deepEqual([...new Set((await Promise.all(many)).map(({ status }) => status))], [202])
    assert.equal(store.db.sql('SELECT count(*) AS n FROM delivery').get()?.n, 500)
    assert.equal(store.sources.get('forum').looks_wanted, before + 500)
  })
})
