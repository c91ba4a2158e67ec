import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findHealth } from '../../../src/init/detect/routes.js'
import { source } from './samples.js'

const health = (raw: string) => findHealth([source(raw)]).health?.value

describe('findHealth', () => {
  it('is a route that is named for it', () => {
    assert.deepEqual(health('.route("/", get(index)).route("/healthz", get(ok))'), {
      path: '/healthz',
      guess: false,
    })
    assert.deepEqual(health('mux.HandleFunc("GET /api/health", ok)'), { path: '/api/health', guess: false })
    assert.deepEqual(health('@app.get("/ping")'), { path: '/ping', guess: false })
    assert.deepEqual(health("if (request.url === '/up') return"), { path: '/up', guess: false })
  })

  it('is nothing where / is a route: that is the default', () => {
    assert.equal(health('.route("/", get(index)).route("/items", get(items))'), undefined)
  })

  it('is a guess where neither is', () => {
    assert.deepEqual(health('.route("/items", get(items))'), { path: '/items', guess: true })
    assert.equal(health('http.Handle("/static/", files)'), undefined)
    assert.equal(health('.route("/items/{id}", get(item))'), undefined)
  })

  it('is left to the user where a prefix may come before it', () => {
    const { health: found, note } = findHealth([
      source('Router::new().nest("/api", Router::new().route("/health", get(ok)))'),
    ])
    assert.equal(found, undefined)
    assert.equal(
      note,
      'main:1 has a route /health, perhaps below a prefix: name the whole path with --health',
    )
    assert.deepEqual(health('app.use("/static", express.static("x")); app.get("/health", ok)'), {
      path: '/health',
      guess: false,
    })
    assert.equal(health('app.use("/api", router); app.get("/health", ok)'), undefined)
  })
})
