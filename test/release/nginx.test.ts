import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Listen } from '../../src/contract/service.js'
import { DOMAIN_HEADERS } from '../../src/release/domain-headers.js'
import { endpointsOf } from '../../src/release/listen.js'
import { renderProxyLocations } from '../../src/release/nginx.js'
import { forwarded } from '../../src/release/nginx-forwarded.js'
import { renderSiteLocations } from '../../src/release/nginx-site.js'
import { type Proxied, renderUpstreams, withoutIpv6 } from '../../src/release/nginx-upstreams.js'
import { renderOwnPages } from '../../src/release/own-pages.js'
import { nginxFolder, testNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, released, staticSite } from './samples.js'

type AppInput = NonNullable<Parameters<typeof app>[0]>

/** The routes of a service's config. */
function routes(...given: NonNullable<AppInput['routes']>) {
  return app({ listen: 'port', routes: given }).routes
}

/** How a service on two picked ports is reached. */
const PROXIED: Proxied = {
  service: 'web',
  endpoints: endpointsOf('web', { mode: 'port' }, [20_000, 20_001]),
  queued: false,
}

/** Whether the service is closed, for all that follows in the server block. */
const MAINTENANCE = `set $slipway_closed_web '';
if (-e /var/lib/slipway/maintenance/web) { set $slipway_closed_web $request_uri; }
`

/** The locations of a service whose routes are given, without what each domain has before and after them. */
function locations(...given: NonNullable<AppInput['routes']>): Record<string, string> {
  const rendered = renderProxyLocations(
    PROXIED,
    app({ listen: 'port', health: { path: '/up' }, routes: given }),
  )
  for (const [domain, text] of Object.entries(rendered)) {
    assert.ok(text.startsWith(MAINTENANCE))
    assert.ok(text.endsWith(renderOwnPages('web')))
    rendered[domain] = text.slice(MAINTENANCE.length, -renderOwnPages('web').length)
  }
  return rendered
}

/** Whether a request may pass, and where to. */
const choice = (
  health: string | undefined,
) => `  if ($slipway_closed_web ~ "^${health === undefined ? '' : `(?!${health}(\\?|$))`}.") { return 503; }
  open_file_cache off;
  set $slipway_upstream slipway_web_blue;
  if (-e /var/lib/slipway/services/web/current/green/$slipway_die) { set $slipway_upstream slipway_web_green; }`

/** What is told of a request; nginx knows the scheme only where nothing in front of it ends TLS. */
const told = (scheme: 'https' | '$scheme', prefix = '') =>
  ['', ...forwarded(scheme, prefix)].join('\n  ').slice(1)

const ERRORS = `  error_page 502 504 @slipway_down_web;
  error_page 503 @slipway_closed_web;
  absolute_redirect off;
  proxy_http_version 1.1;`

const LIMITS = `  proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset;
  proxy_read_timeout 300000ms;
  proxy_send_timeout 300000ms;
  client_max_body_size 67108864;
  proxy_buffer_size 32768;
  proxy_buffers 8 8192;
  proxy_busy_buffers_size 32768;
  proxy_max_temp_file_size 67108864;`

/** What a route of a part of a domain does not say for all of it. */
const OF_A_PART = DOMAIN_HEADERS.map((name) => `  proxy_hide_header ${name};`).join('\n')

const DOTS = '  if ($slipway_dots) { rewrite "(?s)^(.*)$" $1 break; }'

describe('forwarded', () => {
  const lines = forwarded('https', '/forum')

  it('tells what nginx knows itself', () => {
    assert.deepEqual(
      lines.filter((line) => line.startsWith('proxy_set_header') && !line.endsWith(' "";')),
      [
        'proxy_set_header Host $host$slipway_port;',
        'proxy_set_header X-Real-IP $remote_addr;',
        'proxy_set_header X-Forwarded-For $remote_addr;',
        'proxy_set_header X-Forwarded-Host $host$slipway_port;',
        'proxy_set_header X-Forwarded-Proto https;',
        'proxy_set_header X-Forwarded-Prefix "/forum";',
        'proxy_set_header Upgrade $slipway_upgrade;',
        'proxy_set_header Connection $slipway_connection;',
      ],
    )
  })

  it('names no header twice', () => {
    const names = lines.flatMap((line) => /^proxy_set_header (\S+)/.exec(line)?.[1]?.toLowerCase() ?? [])
    assert.deepEqual([...new Set(names)], names)
  })
})

describe('renderUpstreams', () => {
  it('is one for each slot, with the other for a spare', () => {
    assert.equal(
      renderUpstreams(PROXIED),
      `upstream slipway_web_blue {
  server 127.0.0.1:20000 max_fails=0;
  server 127.0.0.1:20001 max_fails=0 backup;
  keepalive 32;
  keepalive_timeout 1s;
}
upstream slipway_web_green {
  server 127.0.0.1:20001 max_fails=0;
  server 127.0.0.1:20000 max_fails=0 backup;
  keepalive 32;
  keepalive_timeout 1s;
}
`,
    )
  })

  it('tries both addresses of an instance before the other slot', () => {
    const listen: Listen = { mode: 'network', port: 3000, reach: [] }
    const endpoints = endpointsOf('web', listen, [20_000, 20_001])
    const [blue = ''] = renderUpstreams({ ...PROXIED, endpoints }).split('upstream slipway_web_green')
    assert.deepEqual(blue.match(/(?<= {2}server ).*(?=;)/g), [
      '198.18.156.65:3000 max_fails=0',
      '[fd5c:91b7:e0a4::9c41]:3000 max_fails=0 weight=65535 backup',
      '198.18.156.67:3000 max_fails=0 backup',
      '[fd5c:91b7:e0a4::9c43]:3000 max_fails=0 backup',
    ])
  })

  it('names no address that a kernel without IPv6 can not ask', () => {
    const endpoints = endpointsOf('web', { mode: 'network', port: 3000, reach: [] }, [20_000, 20_001])
    const upstreams = withoutIpv6(renderUpstreams({ ...PROXIED, endpoints }))
    assert.deepEqual(upstreams.match(/(?<= {2}server )\S+/g), [
      '198.18.156.65:3000',
      '198.18.156.67:3000',
      '198.18.156.67:3000',
      '198.18.156.65:3000',
    ])
    assert.equal(withoutIpv6(renderUpstreams(PROXIED)), renderUpstreams(PROXIED))
  })

  it('leads to sockets', () => {
    const endpoints = endpointsOf('web', { mode: 'socket' }, null)
    assert.deepEqual(renderUpstreams({ ...PROXIED, endpoints }).match(/(?<= {2}server ).*(?=;)/g), [
      'unix:/run/slipway-sockets/web@blue.sock max_fails=0',
      'unix:/run/slipway-sockets/web@green.sock max_fails=0 backup',
      'unix:/run/slipway-sockets/web@green.sock max_fails=0',
      'unix:/run/slipway-sockets/web@blue.sock max_fails=0 backup',
    ])
  })

  it('has a queue for a spare where there is room for one instance only', () => {
    const endpoints = endpointsOf('web', { mode: 'fixed', port: 3000 }, null)
    assert.equal(
      renderUpstreams({ service: 'web', endpoints, queued: true }),
      `upstream slipway_web_blue {
  server 127.0.0.1:3000 max_fails=0;
  server unix:/run/web@queue.sock max_fails=0 backup;
  keepalive 32;
  keepalive_timeout 1s;
}
upstream slipway_web_queue {
  server unix:/run/web@queue.sock max_fails=0;
  server 127.0.0.1:3000 max_fails=0 backup;
}
`,
    )
  })
})

describe('renderProxyLocations', () => {
  it('passes everything on at the root', () => {
    assert.deepEqual(locations('https://example.com'), {
      'example.com': `location / {
${choice('/up')}
${DOTS}
  proxy_pass http://$slipway_upstream;
${ERRORS}
${told('https')}
${LIMITS}
}
`,
    })
  })

  it('takes the prefix away below one', () => {
    assert.deepEqual(locations('https://example.com/my.forum'), {
      'example.com': `location = /my.forum {
  absolute_redirect off;
  return 301 /my.forum/$is_args$args;
}
location /my.forum/ {
${choice('/my\\.forum/up')}
  set $slipway_prefix "/my.forum";
  proxy_redirect "~^(?<slipway_origin>(?:https?://example\\.com(?::[0-9]+)?)?)/(?!/|my\\.forum(?:[/?#]|$))(?<slipway_target>.*)$" $slipway_origin/my.forum/$slipway_target;
  proxy_cookie_path "~^/(?!my\\.forum(?:/|$))(?<slipway_cookie_path>.*)$" $slipway_cookie_prefix/$slipway_cookie_path;
  set $slipway_uri '';
  if ($request_uri ~ "^/my\\.forum(?<slipway_rest>/.*)$") { set $slipway_uri $slipway_rest; }
  if ($slipway_dots) { set $slipway_uri ''; }
  rewrite "(?s)^/my\\.forum(/.*)$" $1 break;
  proxy_pass http://$slipway_upstream$slipway_uri;
${ERRORS}
${told('https', '/my.forum')}
${LIMITS}
${OF_A_PART}
}
`,
    })
  })

  it('keeps the prefix where the service wants it; its health may lie elsewhere', () => {
    assert.deepEqual(locations({ url: 'https://example.com/forum/', strip: false }), {
      'example.com': `location = /forum {
  absolute_redirect off;
  return 301 /forum/$is_args$args;
}
location /forum/ {
${choice(undefined)}
${DOTS}
  proxy_pass http://$slipway_upstream;
${ERRORS}
${told('https')}
${LIMITS}
${OF_A_PART}
}
`,
    })
  })

  it('tells the scheme that nginx sees where the config promises no TLS', () => {
    assert.deepEqual(locations('http://example.com'), {
      'example.com': `location / {
${choice('/up')}
${DOTS}
  proxy_pass http://$slipway_upstream;
${ERRORS}
${told('$scheme')}
${LIMITS}
}
`,
    })
  })

  for (const [what, path, url, excepted] of [
    ['the health path', '/up', 'https://example.com', '^(?!/up(\\?|$)).'],
    ['the health path below a prefix', '/up', 'https://example.com/a', '^(?!/a/up(\\?|$)).'],
    ['the health path without its query', '/up?full=1', 'https://example.com', '^(?!/up(\\?|$)).'],
    [
      'what a health path says, not what it means as a pattern',
      '/a.b+(c)',
      'https://example.com',
      '^(?!/a\\.b\\+\\(c\\)(\\?|$)).',
    ],
    ['nothing where the health path is the route’s own', '/', 'https://example.com', '^.'],
    ['nothing where it is the route’s own below a prefix', '/', 'https://example.com/a', '^.'],
  ] as const) {
    it(`excepts from maintenance ${what}`, () => {
      const web = app({ listen: 'port', health: { path }, routes: [url] })
      const rendered = renderProxyLocations(PROXIED, web)['example.com']
      assert.deepEqual(rendered?.match(/(?<=slipway_closed_web ~ ").*(?=")/g), [excepted])
    })
  }

  it('lets requests wait where there is room for one instance only', () => {
    const web = app({ listen: { port: 3000 }, routes: ['https://example.com'] })
    const endpoints = endpointsOf('web', { mode: 'fixed', port: 3000 }, null)
    const rendered = renderProxyLocations({ service: 'web', endpoints, queued: true }, web)
    assert.deepEqual(rendered['example.com']?.match(/^.*slipway_upstream.*$/gm), [
      '  set $slipway_upstream slipway_web_blue;',
      '  if (-e /run/slipway-hold/web) { set $slipway_upstream slipway_web_queue; }',
      '  proxy_pass http://$slipway_upstream;',
    ])
  })

  it('tells the scheme of each route of a domain', () => {
    const rendered = locations('https://example.com', 'http://example.com/plain')
    assert.deepEqual(rendered['example.com']?.match(/(?<=X-Forwarded-Proto ).*(?=;)/g), ['https', '$scheme'])
  })

  it('gathers the locations of each domain, with one set of pages', () => {
    const rendered = renderProxyLocations(
      PROXIED,
      app({ listen: 'port', routes: ['https://a.example', 'https://b.example', 'https://a.example/api'] }),
    )
    assert.deepEqual(Object.keys(rendered), ['a.example', 'b.example'])
    assert.deepEqual(rendered['a.example']?.match(/^location .*(?= \{)/gm), [
      'location /',
      'location = /api',
      'location /api/',
      'location @slipway_down_web',
      'location @slipway_closed_web',
    ])
  })
})

describe('renderSiteLocations', () => {
  const files = { service: 'web', root: '/nix/store/abc-site/public', notFound: '404.html' }
  const FILES = `  if ($uri ~ "/\\.(?!well-known(?:/|$))") { return 404; }
  charset utf-8;
  include /var/lib/slipway/nginx/compress.conf;
  etag off;
  add_header Last-Modified "";
  if_modified_since off;
  add_header ETag $slipway_etag;
  add_header Cache-Control $slipway_cache_control;
  add_header X-Content-Type-Options nosniff;
  if ($http_if_none_match = $slipway_etag) { return 304; }
  if ($http_if_none_match = "W/$slipway_etag") { return 304; }
  add_header Strict-Transport-Security $slipway_hsts always;`

  it('serves a folder at the root', () => {
    assert.deepEqual(renderSiteLocations(files, routes('https://example.com')), {
      'example.com': `location / {
  open_file_cache off;
  root /nix/store/abc-site/public;
  index index.html;
  absolute_redirect off;
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
  open_file_cache off;
  alias /nix/store/abc-site/public/;
  index index.html;
  absolute_redirect off;
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
    'a service on a port': released(
      app({ listen: 'port', health: { path: '/a.b+(c)?full=1' }, routes: all }),
      { ports: [20_000, 20_001] },
    ),
    'a service on a fixed port': released(app({ listen: { port: 3000 }, routes: all })),
    'a service on its own socket': released(app({ listen: 'unix', routes: all })),
    'a service on a socket of systemd’s': released(app({ listen: 'socket', routes: all })),
    'a site': released(staticSite({ dir: 'public', routes: all })),
  }

  function accepts({ nginx }: ReturnType<typeof released>): void {
    const folder = nginxFolder(nginx.files)
    try {
      const { status, output } = testNginx(folder)
      assert.equal(status, 0, output)
      assert.doesNotMatch(output, /\[(warn|emerg)\]/)
    } finally {
      folder.remove()
    }
  }

  for (const [what, release] of Object.entries(releases)) {
    it(`accepts ${what}`, { skip: WITHOUT_NGINX }, () => accepts(release))
  }

  for (const path of ['/up?deep=1&a=b', '/a%20b/~c', '//up', '/(up|down)+*.[x]', '/é']) {
    it(`accepts a service whose health is at ${path}`, { skip: WITHOUT_NGINX }, () => {
      accepts(released(app({ listen: 'unix', health: { path }, routes: all })))
    })
  }
})
