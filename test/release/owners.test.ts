import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRoute } from '../../src/config/route.js'
import type { Route, Tls } from '../../src/contract/service.js'
import { conflictText, foreignText } from '../../src/release/owner-text.js'
import { conflictsOf, domainOwner, type Holder } from '../../src/release/owners.js'
import { app, released } from './samples.js'

const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }

function route(url: string, own: Partial<Route> = {}): Route {
  const parsed = parseRoute(url)
  assert.ok(!('problem' in parsed))
  return { ...parsed, ...own }
}

function holder(name: string, urls: (string | Route)[], project?: string): Holder {
  return { name, routes: urls.map((url) => (typeof url === 'string' ? route(url) : url)), project }
}

/** `kind place by holder` of each conflict. */
function found(own: Holder, others: Holder[], options?: Parameters<typeof conflictsOf>[2]): string[] {
  return conflictsOf(own, others, options).map((one) => `${one.kind} ${one.place} by ${one.holder.name}`)
}

describe('domainOwner', () => {
  it('is who has all of it, else the shortest path, in whatever order they are named', () => {
    const main = holder('main', ['http://a.example'])
    const forum = holder('forum', ['http://a.example/forum/'])
    const blog = holder('blog', ['http://a.example/b/'])
    const owner = (...holders: Holder[]) => domainOwner('a.example', holders)?.holder.name
    assert.equal(owner(forum, main, blog), 'main')
    assert.equal(owner(blog, main, forum), 'main')
    assert.equal(owner(forum, blog), 'blog')
    assert.equal(owner(blog, forum), 'blog')
    assert.equal(owner(), undefined)
    const www = holder('www', [route('http://b.example', { redirectFrom: ['a.example'] })])
    assert.equal(owner(forum, www), 'www')
  })
})

describe('conflictsOf', () => {
  it('is the same URL, whoever has it', () => {
    const www = holder('www', ['http://a.example/blog/'], 'me/shop')
    assert.deepEqual(found(holder('web', ['http://a.example/blog'], 'me/shop'), [www]), [
      'same a.example/blog/ by www',
    ])
    assert.deepEqual(found(holder('web', ['http://a.example/blog'], 'other'), [www], { takeOver: true }), [
      'same a.example/blog/ by www',
    ])
    assert.deepEqual(found(holder('web', ['http://b.example/blog', 'http://a.example']), [www]), [])
  })

  it('is a path inside what another project has', () => {
    const forum = holder('forum', ['http://a.example/forum/'], 'me/forum')
    const evil = ['http://a.example/forum/login/']
    assert.deepEqual(found(holder('web', evil, 'other'), [forum]), ['within a.example/forum/login/ by forum'])
    assert.deepEqual(found(holder('web', evil, 'other'), [forum], { takeOver: true }), [])
    assert.deepEqual(found(holder('web', evil, 'me/forum'), [forum]), [])
    const free = ['http://a.example/forums/', 'http://a.example']
    assert.deepEqual(found(holder('web', free, 'other'), [forum]), [])
  })

  it('is none inside the rest of a domain: all of it is nobody’s alone', () => {
    const main = holder('main', ['http://a.example'], 'me/main')
    assert.deepEqual(found(holder('web', ['http://a.example/shop/'], 'other'), [main]), [])
  })

  it('is a redirect of a domain on which others have something', () => {
    const forum = holder('forum', ['http://www.a.example/forum/'], 'one')
    const redirecting = (to: string) =>
      holder('main', [route(to, { redirectFrom: ['www.a.example'] })], 'one')
    assert.deepEqual(found(redirecting('http://a.example'), [forum]), ['redirect www.a.example/ by forum'])
    assert.deepEqual(found(forum, [redirecting('http://a.example')]), [
      'redirect www.a.example/forum/ by main',
    ])
    assert.deepEqual(found(redirecting('http://a.example'), [redirecting('http://b.example')]), [
      'redirect www.a.example/ by main',
    ])
    assert.deepEqual(found(redirecting('http://a.example'), [redirecting('http://a.example/x/')]), [])
  })

  it('audit 11: is TLS on a domain whose owner, another project’s, has none', () => {
    const main = holder('main', ['http://a.example'], 'me/main')
    const secure = route('https://a.example/forum/', { tls: { 'a.example': LOCAL } })
    assert.deepEqual(found(holder('app', [secure], 'other'), [main]), ['tls a.example/forum/ by main'])
    assert.deepEqual(found(holder('app', [secure], 'me/main'), [main]), [])
    assert.deepEqual(found(holder('app', [secure], 'other'), [main], { takeOver: true }), [])
    const both = holder('main', [route('https://a.example', { tls: { 'a.example': LOCAL } })], 'me/main')
    assert.deepEqual(found(holder('app', [secure], 'other'), [both]), [])
  })

  it('is nothing that the service has already', () => {
    const forum = holder('forum', ['http://a.example/forum/'], 'me/forum')
    const own = holder('web', ['http://a.example/forum/login/', 'http://a.example/forum/new/'], 'other')
    const served = [route('http://a.example/forum/login/')]
    assert.deepEqual(found(own, [forum], { served }), ['within a.example/forum/new/ by forum'])
  })

  it('names no project where one is not known', () => {
    const old = holder('old', ['http://a.example/forum/'])
    assert.deepEqual(found(holder('web', ['http://a.example/forum/x/'], 'other'), [old]), [])
  })
})

describe('conflictText', () => {
  it('says whose it is, and the ways out', () => {
    const [text] = conflictsOf(holder('node5-www', ['http://a.example'], 'me/shop'), [
      holder('www', ['http://a.example'], 'me/shop'),
    ]).map(conflictText)
    assert.equal(text?.problem, 'node5-www: a.example/ is served by www')
    assert.match(text?.fix ?? '', /^`slipway rename www node5-www` .*`slipway remove www`$/)
    const [other] = conflictsOf(holder('web', ['http://a.example'], 'me/shop'), [
      holder('www', ['http://a.example'], 'ann/site'),
    ]).map(conflictText)
    assert.equal(other?.problem, 'web: a.example/ is served by www of the project ann/site')
    assert.match(other?.fix ?? '', /another URL/)
  })
})

describe('foreignText', () => {
  it('says who deployed it, from where and when, and three ways out', () => {
    const { manifest } = released(app(), { project: 'ann/site' })
    const { problem, fix } = foreignText(manifest, 1_700_000_000)
    assert.equal(
      problem,
      'web is the service of another project: ann@laptop deployed it from the project ann/site on 2023-11-14 22:13 UTC',
    )
    assert.match(fix, /another name .*`project: 'ann\/site'` .*--take-over/)
    assert.doesNotMatch(foreignText(manifest, null).problem, / on /)
  })
})
