import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDump } from '../../../src/agent/nginx/dump.js'

/** What `nginx -T` prints of some files. */
function dump(files: Record<string, string>) {
  return Object.entries(files)
    .map(([path, text]) => `# configuration file ${path}:\n${text}\n`)
    .join('\n')
}

const MAIN = `user www-data;
worker_processes auto;
include /etc/nginx/modules-enabled/*.conf;
http {
  include mime.types;
  include "/etc/nginx/conf.d/*.conf"; include /etc/nginx/sites-enabled/*;
  # include /etc/nginx/never/*;
}`

describe('readDump', () => {
  const found = readDump(
    dump({
      '/etc/nginx/nginx.conf': MAIN,
      '/etc/nginx/mime.types': 'types { text/html html; }',
      '/etc/nginx/conf.d/slipway.conf': 'include /var/lib/slipway/nginx/http.conf;',
      '/var/lib/slipway/nginx/http.conf': 'include /var/lib/slipway/nginx/servers/*.conf;',
      '/var/lib/slipway/nginx/servers/own.example.conf':
        'server { include /var/lib/slipway/nginx/locations/own.example/*.conf; }',
      '/etc/nginx/sites-enabled/old': `server {
  include /var/lib/slipway/nginx/locations/old.example/*.conf;
  # include /var/lib/slipway/nginx/locations/not.example/*.conf;
}
server { include /var/lib/slipway/nginx/locations/alt.example/*.conf; user nobody; }`,
    }),
  )

  it('names the files that are not ours', () => {
    assert.deepEqual(found.files, [
      '/etc/nginx/nginx.conf',
      '/etc/nginx/mime.types',
      '/etc/nginx/conf.d/slipway.conf',
      '/etc/nginx/sites-enabled/old',
    ])
  })

  it('names the folders where there may be more, be they empty', () => {
    assert.deepEqual([...found.folders].sort(), [
      '/etc/nginx',
      '/etc/nginx/conf.d',
      '/etc/nginx/modules-enabled',
      '/etc/nginx/sites-enabled',
    ])
  })

  it('tells that it includes ours, and where else our locations are included', () => {
    assert.equal(found.includesOurs, true)
    assert.deepEqual(found.domains, ['alt.example', 'old.example'])
  })

  it('tells whom workers run as', () => {
    assert.deepEqual([found.user, found.group], ['www-data', undefined])
    const as = (text: string) => {
      const { user, group } = readDump(dump({ '/etc/nginx/nginx.conf': text }))
      return [user, group]
    }
    assert.deepEqual(as('user web web2;\nhttp {\n}'), ['web', 'web2'])
    assert.deepEqual(as('  user "web";\nhttp {\n}'), ['web', undefined])
    assert.deepEqual(as('# user web;\nhttp {\n}'), [undefined, undefined])
    assert.deepEqual(as('http {\n user web;\n}'), [undefined, undefined])
  })

  it('knows nothing of what was not printed', () => {
    assert.deepEqual(readDump(''), {
      files: [],
      folders: [],
      user: undefined,
      group: undefined,
      includesOurs: false,
      domains: [],
      namesHash: false,
      defaultServer: undefined,
      brotli: false,
    })
    assert.equal(
      readDump(dump({ '/etc/nginx/nginx.conf': '# include /var/lib/slipway/nginx/http.conf;' })).includesOurs,
      false,
    )
  })

  const withHttp = (text: string) => readDump(dump({ '/etc/nginx/nginx.conf': `http {\n${text}\n}` }))

  it('tells whether the size of the hash of names is set', () => {
    assert.equal(withHttp('  server_names_hash_bucket_size 64;').namesHash, true)
    for (const text of ['# server_names_hash_bucket_size 64;', '  server_names_hash_max_size 64;', '']) {
      assert.equal(withHttp(text).namesHash, false, text)
    }
  })

  for (const place of ['80', '*:80', '[::]:80', '192.0.2.1:80', '192.0.2.1', '[2001:db8::1]']) {
    it(`finds the default server that listens at ${place}`, () => {
      const text = `server { listen ${place} reuseport default_server; } # listen 80 default_server;`
      assert.equal(withHttp(text).defaultServer, '/etc/nginx/nginx.conf')
    })
  }

  for (const text of [
    'server { listen 443 ssl default_server; }',
    'server { listen [::]:8080 default_server; }',
    'server { listen unix:/run/80 default_server; }',
    'server { listen 80; }',
    '# listen 80 default_server;',
  ]) {
    it(`finds no default server for port 80 in ${text}`, () =>
      assert.equal(withHttp(text).defaultServer, undefined))
  }

  it('tells whether a module for brotli is loaded', () => {
    const text = 'load_module modules/ngx_http_brotli_filter_module.so;'
    assert.equal(readDump(dump({ '/etc/nginx/nginx.conf': text })).brotli, true)
    assert.equal(readDump(dump({ '/etc/nginx/nginx.conf': `# ${text}` })).brotli, false)
  })
})
