import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { composeRelease } from '../../src/release/compose.js'
import { renderProxyLocations, renderSiteLocations, renderUpstream } from '../../src/release/nginx.js'
import { nginxFolder, testNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, ingredients, staticSite } from './samples.js'

type AppInput = NonNullable<Parameters<typeof app>[0]>

/** The routes of a service's config. */
function routes(...given: NonNullable<AppInput['routes']>) {
  return app({ listen: 'port', routes: given }).routes
}

/** What is told of a request; nginx knows the scheme only where nothing in front of it ends TLS. */
const told = (scheme: 'https' | '$scheme') => `  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Forwarded-Proto ${scheme};`

const PROXY = told('https')

const CONNECTION = `  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $slipway_connection;
  proxy_read_timeout 5m;
  client_max_body_size 64m;`

describe('renderUpstream', () => {
  it('leads to a port on loopback', () => {
    assert.equal(
      renderUpstream('web', { tcp: 3000 }),
      'upstream slipway_web {\n  server 127.0.0.1:3000;\n  keepalive 32;\n}\n',
    )
  })

  it('leads to a socket', () => {
    assert.equal(
      renderUpstream('web', { unix: '/run/web.sock' }),
      'upstream slipway_web {\n  server unix:/run/web.sock;\n  keepalive 32;\n}\n',
    )
  })
})

describe('renderProxyLocations', () => {
  it('passes everything on at the root', () => {
    assert.deepEqual(renderProxyLocations('web', routes('https://example.com')), {
      'example.com': `location / {
  proxy_pass http://slipway_web;
${PROXY}
  proxy_set_header X-Forwarded-Prefix "";
${CONNECTION}
}
`,
    })
  })

  it('takes the prefix away below one', () => {
    assert.deepEqual(renderProxyLocations('web', routes('https://example.com/my.forum')), {
      'example.com': `location = /my.forum {
  absolute_redirect off;
  return 301 /my.forum/$is_args$args;
}
location /my.forum/ {
  set $slipway_uri $request_uri;
  if ($request_uri ~ "^/my\\.forum(?<slipway_rest>/.*)$") { set $slipway_uri $slipway_rest; }
  proxy_pass http://slipway_web$slipway_uri;
${PROXY}
  proxy_set_header X-Forwarded-Prefix "/my.forum";
${CONNECTION}
}
`,
    })
  })

  it('keeps the prefix where the service wants it', () => {
    assert.deepEqual(
      renderProxyLocations('web', routes({ url: 'https://example.com/forum/', strip: false })),
      {
        'example.com': `location = /forum {
  absolute_redirect off;
  return 301 /forum/$is_args$args;
}
location /forum/ {
  proxy_pass http://slipway_web;
${PROXY}
  proxy_set_header X-Forwarded-Prefix "";
${CONNECTION}
}
`,
      },
    )
  })

  it('tells the scheme that nginx sees where the config promises no TLS', () => {
    assert.deepEqual(renderProxyLocations('web', routes('http://example.com')), {
      'example.com': `location / {
  proxy_pass http://slipway_web;
${told('$scheme')}
  proxy_set_header X-Forwarded-Prefix "";
${CONNECTION}
}
`,
    })
  })

  it('tells the scheme of each route of a domain', () => {
    const given = routes('https://example.com', 'http://example.com/plain')
    assert.deepEqual(
      renderProxyLocations('web', given)['example.com']?.match(/(?<=X-Forwarded-Proto ).*(?=;)/g),
      ['https', '$scheme'],
    )
  })

  it('gathers the locations of each domain', () => {
    const given = routes('https://a.example', 'https://b.example', 'https://a.example/api')
    const rendered = renderProxyLocations('web', given)
    assert.deepEqual(Object.keys(rendered), ['a.example', 'b.example'])
    assert.deepEqual(rendered['a.example']?.match(/^location .*(?= \{)/gm), [
      'location /',
      'location = /api',
      'location /api/',
    ])
  })
})

describe('renderSiteLocations', () => {
  const files = { root: '/nix/store/abc-site/public', notFound: '404.html', etag: 'abc' }
  const FILES = `  charset utf-8;
  gzip on;
  gzip_types text/css text/plain text/xml application/javascript application/json application/xml image/svg+xml;
  etag off;
  add_header Last-Modified "";
  if_modified_since off;
  add_header ETag '"abc"';
  add_header Cache-Control $slipway_cache_control;
  add_header X-Content-Type-Options nosniff;
  if ($http_if_none_match = '"abc"') { return 304; }`

  it('serves a folder at the root', () => {
    assert.deepEqual(renderSiteLocations(files, routes('https://example.com')), {
      'example.com': `location / {
  root /nix/store/abc-site/public;
  index index.html;
  error_page 404 /404.html;
${FILES}
}
`,
    })
  })

  it('serves a folder below a prefix', () => {
    assert.deepEqual(renderSiteLocations(files, routes('https://example.com/docs')), {
      'example.com': `location = /docs {
  absolute_redirect off;
  return 301 /docs/$is_args$args;
}
location /docs/ {
  alias /nix/store/abc-site/public/;
  index index.html;
  error_page 404 /docs/404.html;
${FILES}
}
`,
    })
  })
})

describe('what nginx says to a release', () => {
  const all: AppInput['routes'] = [
    'https://example.com',
    'https://example.com/a.b-c_d~e',
    { url: 'https://example.com/kept', strip: false },
    'http://www.example.com/one',
    'https://xn--bcher-kva.example/two/three',
  ]
  const releases = {
    'a service on a port': composeRelease(
      app({ listen: 'port', routes: all }),
      ingredients({ port: 20_000 }),
    ),
    'a service on a fixed port': composeRelease(app({ listen: { port: 3000 }, routes: all }), ingredients()),
    'a service on its own socket': composeRelease(app({ listen: 'unix', routes: all }), ingredients()),
    'a service on a socket of systemd’s': composeRelease(
      app({ listen: 'socket', routes: all }),
      ingredients(),
    ),
    'a site': composeRelease(staticSite({ dir: 'public', routes: all }), ingredients()),
  }

  for (const [what, { manifest }] of Object.entries(releases)) {
    it(`accepts ${what}`, { skip: WITHOUT_NGINX }, () => {
      const folder = nginxFolder(manifest.nginx)
      try {
        const { status, output } = testNginx(folder)
        assert.equal(status, 0, output)
        assert.doesNotMatch(output, /\[(warn|emerg)\]/)
      } finally {
        folder.remove()
      }
    })
  }
})
