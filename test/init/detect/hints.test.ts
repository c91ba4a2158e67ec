import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyHints } from '../../../src/init/detect/hints/apply.js'
import type { Detection, Program, SiteBuild } from '../../../src/init/detect/project.js'
import { initialise, textTree } from './corpus.js'

const AT = { file: 'main.go', line: 1 }
const program = (name: string, more: Partial<Program> = {}): Program => ({
  name,
  kind: 'service',
  serves: false,
  assets: [],
  variables: [],
  processes: [],
  notes: [],
  ...more,
})

/** The first project of a detection with some programs, beside some files. */
function hinted(files: Record<string, string>, ...programs: Program[]) {
  const build: SiteBuild = { kind: 'html', pname: 'x', themes: [], plugins: [], folder: '' }
  const project = {
    dir: '',
    name: 'x',
    description: undefined,
    what: 'x',
    at: AT,
    build,
    programs,
    facts: [],
    notes: [],
  }
  const detection: Detection = { name: 'x', nix: undefined, projects: [project], others: [], unread: [] }
  const [found] = applyHints(textTree(files), detection).projects
  assert.ok(found)
  return found
}

describe('a Procfile', () => {
  it('runs its processes beside the web process', () => {
    const text =
      'web: bin/api --verbose\nqueue: ENV=1 ./bin/worker -n 2\nclock: celery beat\nrelease: bin/migrate\n'
    const { programs, notes, facts } = hinted({ Procfile: text }, program('worker'), program('api'))
    assert.deepEqual(
      programs.map(({ name, serves, processes }) => [name, serves, processes]),
      [
        [
          'api',
          true,
          [{ name: 'queue', run: 'worker -n 2', env: { ENV: '1' }, at: { file: 'Procfile', line: 2 } }],
        ],
      ],
    )
    assert.deepEqual(
      facts.map(({ text: fact }) => fact),
      ['queue: ENV=1 ./bin/worker -n 2'],
    )
    assert.deepEqual(notes, [
      'Procfile:3 has a process clock, `celery beat`: add it to `processes` once the package has a program for it',
      "Procfile:4 runs `bin/migrate` before a release: a deploy doesn't",
    ])
  })
})

describe('a Dockerfile', () => {
  const files = { Dockerfile: 'FROM x\nENV MODE=fast\nEXPOSE 9000/tcp\nCMD ["/app"]\n' }

  it('is shown, and offers its port where the source tells none', () => {
    const { programs, facts } = hinted(files, program('app'))
    assert.deepEqual(
      facts.map(({ text, at }) => `${at?.line} ${text}`),
      ['3 EXPOSE 9000', '2 ENV MODE=fast', '4 CMD ["/app"]'],
    )
    assert.deepEqual(programs[0]?.listenHint, {
      value: { listen: { port: 9000 }, env: {}, why: 'EXPOSE in the Dockerfile' },
      at: { file: 'Dockerfile', line: 3 },
    })
  })

  it('is no more than a hint', () => {
    const listen = { value: { listen: 'port' as const, env: {}, why: 'reads $PORT' }, at: AT }
    assert.equal(hinted(files, program('app', { listen })).programs[0]?.listenHint, undefined)
  })
})

describe('an example of the environment', () => {
  const state = { value: { path: undefined, variable: 'DATABASE_URL' }, at: AT }

  it('tells where the database lies', () => {
    const { programs } = hinted(
      { '.env.example': 'export DATABASE_URL="sqlite://app.db"\n' },
      program('app', { state }),
    )
    assert.equal(programs[0]?.state?.value.path, 'sqlite://app.db')
  })

  it('tells that it is no SQLite', () => {
    const { programs } = hinted(
      { '.env.example': 'DATABASE_URL=postgres://localhost/app\n' },
      program('app', { state }),
    )
    assert.equal(programs[0]?.state, undefined)
    assert.deepEqual(programs[0]?.variables, [{ value: 'DATABASE_URL', required: false, at: AT }])
  })
})

describe('what a repository tells other hosts', () => {
  const notesOf = (files: Record<string, string>) =>
    initialise(textTree({ 'index.html': '', ...files }), undefined).detection.projects.flatMap(
      ({ notes }) => notes,
    )

  it('is not read, and said', () => {
    assert.deepEqual(notesOf({ _redirects: '/* /index.html 200\n', 'netlify.toml': '' }), [
      '_redirects is for another host, and is not read: redirects are `http.redirects` of the route, a rewrite of all paths is `fallback`',
      'netlify.toml is for another host, and is not read: redirects are `http.redirects` of the route, headers `http.headers`',
    ])
  })

  it('is not what other tools have by the same name', () => {
    assert.deepEqual(notesOf({ 'app.json': '{ "expo": { "name": "a" } }', 'app.yaml': 'color: red\n' }), [])
    assert.equal(
      notesOf({ 'app.json': '{ "formation": { "web": {} } }', 'app.yaml': 'runtime: go\n' }).length,
      2,
    )
  })
})
