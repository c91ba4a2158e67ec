import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRoute, routeKey } from '../../src/config/route.js'

/** The route of a text that must have one. */
function route(text: string, options?: Parameters<typeof parseRoute>[1]) {
  const parsed = parseRoute(text, options)
  assert.ok(!('problem' in parsed), 'problem' in parsed ? parsed.problem : '')
  return parsed
}

describe('parseRoute', () => {
  it('reads a bare domain as its root, stripped, in a server block of ours', () => {
    assert.deepEqual(route('https://example.com'), {
      url: 'https://example.com',
      scheme: 'https',
      domain: 'example.com',
      path: '/',
      strip: true,
      server: 'slipway',
    })
  })

  it('gives a path a slash at its end', () => {
    assert.equal(route('http://example.com/a/b').path, '/a/b/')
    assert.equal(route('http://example.com/a/b/').path, '/a/b/')
  })

  it('takes the options as they are given', () => {
    const { strip, server } = route('https://example.com/a/', { strip: false, server: 'existing' })
    assert.deepEqual({ strip, server }, { strip: false, server: 'existing' })
  })

  it('matches domains as nginx does: in lower case, international ones in Punycode', () => {
    assert.equal(route('https://Example.COM').domain, 'example.com')
    assert.equal(route('https://bücher.example').domain, 'xn--bcher-kva.example')
  })

  it('accepts a name without dots', () => assert.equal(route('http://localhost').domain, 'localhost'))

  it('takes the scheme’s own port for none', () => assert.equal(route('https://example.com:443/').path, '/'))

  for (const [text, problem] of [
    [
      'example.com',
      '"example.com" is not a URL that starts with http:// or https://; did you mean "https://example.com"?',
    ],
    [
      'example.com/forum',
      '"example.com/forum" is not a URL that starts with http:// or https://; did you mean "https://example.com/forum"?',
    ],
    ['', '"" is not a URL that starts with http:// or https://'],
    ['https://', '"https://" is not a URL that starts with http:// or https://'],
    ['http://xn--a.example', '"http://xn--a.example" is no valid URL'],
    ['http://a b.example', '"http://a b.example" is no valid URL'],
    ['ftp://example.com', '"ftp://example.com" is not a URL that starts with http:// or https://'],
    [
      'http://example.com:8080',
      '"http://example.com:8080" names a port; nginx serves routes on ports 80 and 443',
    ],
    [
      'https://example.com/?a=1',
      '"https://example.com/?a=1" must be a domain and a path only, without user, query or fragment',
    ],
    [
      'https://example.com/#top',
      '"https://example.com/#top" must be a domain and a path only, without user, query or fragment',
    ],
    [
      'https://me@example.com',
      '"https://me@example.com" must be a domain and a path only, without user, query or fragment',
    ],
    [
      'https://:secret@example.com',
      '"https://:secret@example.com" must be a domain and a path only, without user, query or fragment',
    ],
    ['http://[::1]/', '"[::1]" is not a domain name nginx could match'],
    ['https://a_b.example.com', '"a_b.example.com" is not a domain name nginx could match'],
    ['https://a.*.example.com', '"a.*.example.com" is not a domain name nginx could match'],
    ['https://*', '"*" is not a domain name nginx could match'],
    ['https://a.*.example.com', '"a.*.example.com" is not a domain name nginx could match'],
    ['https://example.com//a', 'the path "//a/" may hold letters, digits and . _ ~ - between its slashes'],
    [
      'https://example.com/a b',
      'the path "/a%20b/" may hold letters, digits and . _ ~ - between its slashes',
    ],
    [
      'https://example.com/{x}',
      'the path "/%7Bx%7D/" may hold letters, digits and . _ ~ - between its slashes',
    ],
  ] as const) {
    it(`refuses "${text}"`, () => assert.deepEqual(parseRoute(text), { problem }))
  }
})

describe('routeKey', () => {
  it('is the same for what nginx can serve only once', () => {
    assert.equal(routeKey(route('https://Example.com/a')), routeKey(route('http://example.com/a/')))
  })
  it('differs with the path', () => {
    assert.notEqual(routeKey(route('https://example.com/a')), routeKey(route('https://example.com/b')))
  })
})
