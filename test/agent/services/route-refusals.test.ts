import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredRelease } from '../../../src/agent/services/releases.js'
import { conflictsAmong, type RouteCandidate } from '../../../src/agent/services/route-refusals.js'
import { layoutOf } from '../../../src/release/layout.js'
import { nginxPartOf } from '../../../src/release/nginx-part.js'
import type { Holder } from '../../../src/release/owners.js'
import { manifestOf, staticSite } from '../../plan/samples.js'

function stored(name: string, url: string, project: string): StoredRelease {
  const manifest = manifestOf({ ...staticSite({ routes: [url] }), name }, { project })
  return {
    ...{ number: 1, dir: '', manifest, commit: null },
    layout: layoutOf(manifest),
    nginx: nginxPartOf(manifest),
  }
}

function holder(release: StoredRelease, name: string): Holder {
  return { name, routes: release.manifest?.service.routes ?? [], project: release.manifest?.project }
}

function candidate(release: StoredRelease, own: Partial<RouteCandidate> = {}): RouteCandidate {
  return { release, current: undefined, takeOver: false, ...own }
}

describe('conflictsAmong', () => {
  const www = stored('www', 'http://a.example', 'one')

  it('refuses what another service has, as things stand on the host', () => {
    const web = candidate(stored('web', 'http://a.example', 'one'))
    const refusals = conflictsAmong([holder(www, 'www')], new Map([['web', web]]))
    assert.match(refusals.get('web') ?? '', /^web: a\.example\/ is served by www; .*slipway remove www/)
  })

  it('lets a URL move between services that are deployed together', () => {
    const candidates = new Map([
      ['web', candidate(stored('web', 'http://a.example', 'one'))],
      ['www', candidate(stored('www', 'http://b.example', 'one'), { current: www })],
    ])
    assert.deepEqual([...conflictsAmong([holder(www, 'www')], candidates)], [])
  })

  it('lets a service keep what it has', () => {
    const forum = stored('forum', 'http://a.example/forum/', 'two')
    const login = stored('web', 'http://a.example/forum/login/', 'one')
    const among = (own: Partial<RouteCandidate>) =>
      conflictsAmong([holder(forum, 'forum')], new Map([['web', candidate(login, own)]])).size
    assert.equal(among({}), 1)
    assert.equal(among({ takeOver: true }), 0)
    assert.equal(among({ current: login }), 0)
  })
})
