import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { routeProbes, statusIsHealthy } from '../../src/release/route-probe.js'
import { app, staticSite } from './samples.js'

describe('routeProbes', () => {
  it('asks for the health path on each route', () => {
    const routes = ['https://a.example', 'http://b.example/forum']
    assert.deepEqual(
      routeProbes(app({ listen: 'port', health: { path: '/up', status: [200, 204] }, routes })),
      [
        {
          url: 'https://a.example/up',
          domain: 'a.example',
          path: '/up',
          any: false,
          status: [200, 204],
        },
        {
          url: 'http://b.example/forum/up',
          domain: 'b.example',
          path: '/forum/up',
          any: false,
          status: [200, 204],
        },
      ],
    )
  })

  it('takes any answer of a route where health is told otherwise', () => {
    const [probe] = routeProbes(
      app({ listen: 'port', health: { run: 'check' }, routes: ['http://b.example/forum'] }),
    )
    assert.deepEqual([probe?.path, probe?.any], ['/forum/', true])
  })

  it('asks a site for the route itself', () => {
    assert.deepEqual(routeProbes(staticSite({ routes: ['https://a.example/docs'] })), [
      { url: 'https://a.example/docs/', domain: 'a.example', path: '/docs/', any: false, status: undefined },
    ])
  })

  it('asks nothing of what has no routes', () => assert.deepEqual(routeProbes(app()), []))

  // Route, whether its prefix is stripped, health path: what is asked, and whether any answer will do.
  for (const [url, strip, health, path, any] of [
    ['http://a.example', true, '/', '/', false],
    ['http://a.example', true, '/up', '/up', false],
    ['http://a.example', false, '/up', '/up', false],
    ['http://a.example/x/y', true, '/', '/x/y/', false],
    ['http://a.example/x/y', true, '/x/up', '/x/y/x/up', false],
    ['http://a.example/x', false, '/x/up', '/x/up', false],
    ['http://a.example/x', false, '/x/', '/x/', false],
    ['http://a.example/x', false, '/', '/x/', true],
    ['http://a.example/x', false, '/x', '/x/', true],
    ['http://a.example/x', false, '/xy/up', '/x/', true],
  ] as const) {
    it(`asks ${url} for ${path}${any ? ' and takes any answer' : ''}: ${strip ? '' : 'not '}stripped, health at ${health}`, () => {
      const [probe] = routeProbes(app({ listen: 'port', health: { path: health }, routes: [{ url, strip }] }))
      assert.deepEqual([probe?.path, probe?.url, probe?.any], [path, `http://a.example${path}`, any])
    })
  }
})

describe('statusIsHealthy', () => {
  const CASES: [number, number[] | undefined, boolean][] = [
    [0, undefined, false],
    [100, undefined, false],
    [199, undefined, false],
    [200, undefined, true],
    [399, undefined, true],
    [400, undefined, false],
    [500, undefined, false],
    [401, [200, 401], true],
    [204, [200, 401], false],
    [404, [200], false],
  ]

  for (const [status, allowed, healthy] of CASES) {
    it(`says ${healthy} to ${status}${allowed ? ` where ${allowed.join(' and ')} are` : ''}`, () => {
      assert.equal(statusIsHealthy(status, allowed), healthy)
    })
  }
})
