import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { asgi, SlipwayError, type WsgiOptions, wsgi } from '../../src/index.js'
import { problems, resolved } from './samples.js'

const blog = (fields: Partial<WsgiOptions> = {}) => wsgi({ package: '.#blog', module: 'blog:app', ...fields })
const config = (web: unknown) => ({ hosts: { nixie: 'root@nixie' }, services: { web } })

describe('wsgi()', () => {
  it('is a service under uWSGI, spoken to by its own protocol', () => {
    assert.deepEqual(blog({ workers: 3, threads: 1, harakiri: 10, args: ['--lazy-apps'] }), {
      kind: 'service',
      package: { python: '.#blog', server: 'uwsgi' },
      listen: 'socket',
      protocol: 'uwsgi',
      run: [
        ...['uwsgi', '--master', '--need-app', '--die-on-term', '--enable-threads'],
        ...['--processes', '3', '--threads', '1', '--harakiri', '10'],
        ...[
          '--buffer-size',
          '32768',
          '--disable-logging',
          '--log-5xx',
          '--module',
          'blog:app',
          '--lazy-apps',
        ],
      ],
    })
  })

  it('serves folders of its package by uWSGI, from the store alone', () => {
    const { run } = blog({ static: { '/static': 'blog/static', '/a/b': 'c' } })
    const words = Array.isArray(run) ? run.join(' ') : ''
    const maps = '--static-map /static=%(site-packages)/blog/static --static-map /a/b=%(site-packages)/c'
    assert.ok(words.includes(` --offload-threads 1 --static-safe /nix/store ${maps} --module `), words)
    for (const [path, folder] of [
      ['static', 'a'],
      ['/', 'a'],
      ['/a=b', 'c'],
      ['/a', '../../etc'],
      ['/a', '/etc'],
      ['/a', ''],
      ['/a', '%(plugin)'],
    ] as const) {
      assert.throws(() => blog({ static: { [path]: folder } }), SlipwayError, `${path}=${folder}`)
    }
    assert.throws(() => blog({ server: 'gunicorn', static: { '/static': 'a' } }), SlipwayError)
  })

  it('or under gunicorn, by HTTP', () => {
    const { package: built, protocol, run } = blog({ server: 'gunicorn', package: { file: './blog.nix' } })
    assert.deepEqual(built, { python: { file: './blog.nix' }, server: 'gunicorn' })
    assert.equal(protocol, undefined)
    assert.deepEqual(run, [
      ...['gunicorn', '--workers', '2', '--threads', '2', '--timeout', '60'],
      ...['--forwarded-allow-ips', '*', 'blog:app'],
    ])
  })

  it('has all other fields of a service', () => {
    const [web] = resolved(config(blog({ routes: ['https://blog.example'], keep: 3 }))).services
    assert.ok(web?.kind === 'service')
    assert.deepEqual([web.keep, web.routes.length, web.gateway?.protocol], [3, 1, 'uwsgi'])
    assert.deepEqual(web.package, { flake: '.#blog', server: 'uwsgi' })
    const odd = { package: '.#blog', module: 'blog:app', wrkers: 3 } as unknown as WsgiOptions
    assert.match(problems(config(wsgi(odd)))[0] ?? '', /wrkers/)
  })

  it('makes databases before its own hooks', () => {
    const { before, state } = blog({ sqlite: ['blog.db'], before: { run: 'migrate' } })
    assert.equal(state, true)
    const runs = [before ?? []].flat().map((hook) => typeof hook === 'object' && [hook.run].flat()[0])
    assert.deepEqual(runs, ['python3', 'migrate'])
  })

  it('refuses what names no application, and files elsewhere', () => {
    for (const module of ['blog', 'blog:', '--help', 'blog:app --ini', undefined]) {
      assert.throws(() => blog({ module: module as string }), SlipwayError, module)
    }
    for (const file of ['/etc/passwd', '../other.db', 'a/../../b', '']) {
      assert.throws(() => blog({ sqlite: [file] }), SlipwayError, file)
    }
  })
})

describe('asgi()', () => {
  it('is a service under uvicorn or hypercorn', () => {
    const clock = asgi({ package: '.#clock', module: 'clock:app', workers: 1 })
    assert.deepEqual(clock.run, [
      ...['uvicorn', '--fd', '3', '--workers', '1', '--forwarded-allow-ips', '*', '--no-access-log'],
      'clock:app',
    ])
    assert.equal(clock.protocol, undefined)
    const { run } = asgi({ package: '.#clock', module: 'clock:app', server: 'hypercorn' })
    assert.deepEqual(run, ['hypercorn', '--bind', 'fd://3', '--workers', '2', 'clock:app'])
  })
})

const WITHOUT_PYTHON =
  spawnSync('python3', ['-c', 'import sqlite3']).status === 0 ? false : 'python3 is not installed'

describe('what makes SQLite files', { skip: WITHOUT_PYTHON }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-sqlite-'))
  after(() => rmSync(folder, { recursive: true }))
  const [assets, state] = [join(folder, 'assets'), join(folder, 'state')]
  mkdirSync(assets)
  mkdirSync(state)
  writeFileSync(join(assets, 'create.sql'), 'CREATE TABLE a (n); INSERT INTO a VALUES (1);')
  writeFileSync(join(assets, 'wrong.sql'), 'CREATE TABLE a (n); nonsense;')

  function make(files: string[], init?: string) {
    const { before } = blog({ sqlite: files, ...(init !== undefined && { init }) })
    const [hook] = Array.isArray(before) ? before : []
    assert.ok(typeof hook === 'object' && Array.isArray(hook.run))
    const [program = '', ...args] = hook.run
    return spawnSync(program, args, {
      cwd: assets,
      env: { ...process.env, STATE_DIRECTORY: state },
      encoding: 'utf8',
    })
  }
  const rows = (file: string) =>
    spawnSync(
      'python3',
      [
        '-c',
        'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT n FROM a").fetchall())',
        join(state, file),
      ],
      { encoding: 'utf8' },
    ).stdout.trim()

  it('makes each that is missing, once', () => {
    assert.equal(make(['one.db', 'below/two.db'], 'create.sql').status, 0)
    assert.deepEqual([rows('one.db'), rows('below/two.db')], ['[(1,)]', '[(1,)]'])
    writeFileSync(join(assets, 'create.sql'), 'CREATE TABLE a (n); INSERT INTO a VALUES (2);')
    const again = make(['one.db', 'three.db'], 'create.sql')
    assert.equal(again.status, 0, again.stderr)
    assert.deepEqual([rows('one.db'), rows('three.db')], ['[(1,)]', '[(2,)]'])
  })

  it('fails with nothing in place where the SQL is wrong or missing, and works the next time', () => {
    assert.notEqual(make(['four.db'], 'wrong.sql').status, 0)
    assert.equal(existsSync(join(state, 'four.db')), false)
    const missing = make(['four.db'], 'nowhere.sql')
    assert.match(missing.stderr, /there is no nowhere\.sql in /)
    assert.equal(make(['four.db'], 'create.sql').status, 0)
    assert.equal(rows('four.db'), '[(2,)]')
    assert.deepEqual(readdirSync(state).sort(), ['below', 'four.db', 'one.db', 'three.db'])
  })

  it('leaves a link alone, wherever it leads', () => {
    spawnSync('ln', ['-s', '/nowhere', join(state, 'link.db')])
    assert.equal(make(['link.db'], 'create.sql').status, 0)
    assert.equal(existsSync('/nowhere'), false)
  })
})
