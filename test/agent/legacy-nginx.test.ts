import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { legacyPart, splitOnce } from '../../src/agent/legacy-nginx.js'

describe('legacyPart', () => {
  it('takes over snippets as they are', () => {
    const files = { 'upstreams/web.conf': 'upstream …\n', 'locations/a.example/web.conf': 'location …\n' }
    assert.deepEqual(legacyPart(files), { files, domains: {} })
  })

  it('reads domains, with where they lead', () => {
    const part = legacyPart({
      'domains/a.example': '',
      'domains/www.a.example': '',
      'redirects/www.a.example/web': 'https://a.example\n',
    })
    assert.deepEqual(part, {
      files: {},
      domains: {
        'a.example': { tls: null, path: '/', redirectTo: null },
        'www.a.example': { tls: null, path: '/', redirectTo: 'https://a.example' },
      },
    })
  })

  const tls = (text: string) =>
    legacyPart({ 'domains/a.example': '', 'tls/a.example/web': text }).domains['a.example']?.tls

  it('reads how certificates are got', () => {
    assert.deepEqual(tls('from=local\nhsts=7776000\n'), { from: 'local', hstsSeconds: 7_776_000 })
    assert.deepEqual(tls('from=files\nhsts=0\ncertificate=/etc/a=b.pem\nkey=/etc/k.pem\n'), {
      from: 'files',
      hstsSeconds: 0,
      certificate: '/etc/a=b.pem',
      key: '/etc/k.pem',
    })
    assert.deepEqual(tls('from=acme\nhsts=0\nserver=https://acme.example/d?a=b\nemail=\nchallenge=http\n'), {
      from: 'acme',
      hstsSeconds: 0,
      server: 'https://acme.example/d?a=b',
      challenge: 'http',
    })
    assert.deepEqual(
      tls(
        'from=acme\nhsts=0\nserver=s\nemail=a@b.example\nchallenge=dns\nprovider=hetzner\npropagation=no\n',
      ),
      {
        from: 'acme',
        hstsSeconds: 0,
        server: 's',
        email: 'a@b.example',
        challenge: { dns: 'hetzner', propagation: false },
      },
    )
  })

  it('does not guess where one comes from somewhere that it does not know', () => {
    assert.throws(
      () => tls('from=elsewhere\n'),
      /tls\/a\.example\/web: certificates do not come from "elsewhere"/,
    )
    assert.throws(() => tls(''), /certificates do not come from ""/)
  })
})

describe('splitOnce', () => {
  it('splits at the first separator', () => {
    assert.deepEqual(splitOnce('a=b=c', '='), ['a', 'b=c'])
    assert.deepEqual(splitOnce('a', '='), ['a', ''])
    assert.deepEqual(splitOnce('', '='), ['', ''])
  })
})
