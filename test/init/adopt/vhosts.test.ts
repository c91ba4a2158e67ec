import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServerSurvey } from '../../../src/contract/survey.js'
import { understand } from '../../../src/init/adopt/understand.js'
import { DIGEST, server, survey, unit } from './samples.js'

const FILE = '/etc/nginx/sites-enabled/a'
const PROXY = 'location / { proxy_pass http://127.0.0.1:3001'
const PAIR = [
  'ssl_certificate /etc/letsencrypt/live/a.example/fullchain.pem',
  'ssl_certificate_key /etc/letsencrypt/live/a.example/privkey.pem',
]

/** Server blocks of one file, one below the other. */
function below(...servers: ServerSurvey[]): ServerSurvey[] {
  return servers.map((one, index) => ({
    ...one,
    line: one.line + index * 100,
    directives: one.directives.map((inner) => ({ ...inner, line: inner.line + index * 100 })),
    blocks: one.blocks.map((inner) => ({ ...inner, line: inner.line + index * 100 })),
  }))
}

function of(...servers: ServerSurvey[]) {
  const [service] = understand(survey({ units: [unit()], servers: below(...servers) })).services
  const [vhost, ...others] = service?.vhosts ?? []
  assert.ok(service && vhost)
  assert.deepEqual(others, [])
  return { ...vhost, found: service.routes.map(({ value }) => value) }
}

/** Why a block can't give way, without where. */
function kept(...servers: ServerSurvey[]): string[] {
  const { hindrances, found } = of(...servers)
  assert.equal(
    hindrances.length === 0,
    found.every(({ existing }) => !existing),
  )
  return hindrances.map((one) => one.replace(/ \(\/etc.*/, ''))
}

describe('the server blocks of a service', () => {
  it('give way whole, as certbot leaves them, with their certificate and those that lead to them', () => {
    const vhost = of(
      server(
        'server_name a.example b.example',
        'listen [::]:443 ssl ipv6only=on',
        'listen 443 ssl',
        'http2 on',
        ...PAIR,
        'include /etc/letsencrypt/options-ssl-nginx.conf',
        'ssl_dhparam /etc/letsencrypt/ssl-dhparams.pem',
        'client_max_body_size 4m',
        'access_log /var/log/nginx/a.log',
        PROXY,
        'location ^~ /.well-known/acme-challenge/ { root /var/www/html',
      ),
      server(
        'if ($host = b.example) { return 301 https://$host$request_uri',
        'if ($host = a.example) { return 301 https://$host$request_uri',
        'listen 80',
        'server_name a.example b.example',
        'return 404',
      ),
      server('listen 80', 'server_name www.a.example', 'return 301 https://a.example$request_uri'),
      server('listen 80', 'server_name other.example', 'root /srv/other'),
    )
    assert.deepEqual(vhost.hindrances, [])
    assert.deepEqual(vhost.found, [
      { url: 'https://a.example/', strip: true, existing: false, redirectFrom: ['www.a.example'] },
      { url: 'https://b.example/', strip: true, existing: false, redirectFrom: [] },
    ])
    assert.deepEqual(
      vhost.servers,
      [1, 101, 201].map((line) => ({ file: FILE, line, digest: DIGEST })),
    )
    assert.deepEqual(
      vhost.certificates.map(({ value }) => value),
      ['a.example', 'b.example'].map((domain) => ({
        domain,
        certificate: '/etc/letsencrypt/live/a.example/fullchain.pem',
        key: '/etc/letsencrypt/live/a.example/privkey.pem',
      })),
    )
  })

  it('give way over HTTP alone, too, and where one block has both', () => {
    assert.deepEqual(kept(server('server_name a.example', PROXY)), [])
    assert.deepEqual(
      kept(
        server(
          ...['listen 80', 'listen 443 ssl', 'server_name a.example', ...PAIR],
          ...['if ($scheme = http) { return 301 https://$host$request_uri', PROXY],
        ),
      ),
      [],
    )
  })

  it('stay where anything in them is not of the service', () => {
    assert.deepEqual(
      kept(server('server_name a.example', PROXY, 'location /other/ { proxy_pass http://127.0.0.1:4000')),
      ['`location /other/`'],
    )
    assert.deepEqual(kept(server('server_name a.example', PROXY, 'location = /robots.txt { return 200 x')), [
      '`location = /robots.txt`',
    ])
    assert.deepEqual(
      kept(server('server_name a.example', 'root /srv/a', 'location /b/ { proxy_pass http://127.0.0.1:3001')),
      ['it serves files of /srv/a beside it'],
    )
    assert.deepEqual(
      kept(
        server('server_name a.example', PROXY),
        server('listen 443 ssl', 'server_name a.example', ...PAIR, 'root /srv/b'),
      ),
      ['another server block has its name'],
    )
  })

  it('stay where a part of them leads to another port of the program', () => {
    const listens = [3001, 3002].map((port) => ({ address: '::', port }))
    const servers = [
      server('server_name a.example', PROXY, 'location /admin/ { proxy_pass http://127.0.0.1:3002'),
    ]
    const [service] = understand(survey({ units: [unit({ listens })], servers })).services
    assert.match(String(service?.vhosts[0]?.hindrances), /^`location \/admin\/` .* is not of this service$/)
  })

  it('stay where a line of them would be lost', () => {
    for (const line of [
      'listen 8080',
      'listen 192.0.2.1:80',
      'listen 80 default_server',
      'listen 80 proxy_protocol',
      'client_max_body_size 1g',
      'client_max_body_size 0',
      'add_header X-Frame-Options DENY',
      'ssl_client_certificate /etc/ca.pem',
      'ssl_verify_client on',
      'auth_basic x',
      'allow 10.0.0.0/8',
      'error_page 502 /oops.html',
      'include snippets/own.conf',
      'rewrite ^/old /new permanent',
      'return 301 https://b.example$request_uri',
    ]) {
      const lost = kept(server('server_name a.example', line, PROXY))
      assert.ok(lost.length > 0, line)
      assert.ok(lost[0]?.includes(`\`${line}\``), `${line}: ${lost}`)
    }
    assert.deepEqual(kept(server('server_name a.example ~^(.*)[.]x$', PROXY)), [
      "a route can't have its name ~^(.*)[.]x$",
    ])
    assert.deepEqual(
      kept(
        server('server_name a.example', 'include /var/lib/slipway/nginx/locations/a.example/*.conf', PROXY),
      ),
      ["other services have routes in it by server: 'existing'"],
    )
  })

  it('stay where their names lead elsewhere as well, or in a circle', () => {
    const main = server('listen 443 ssl', 'server_name a.example', ...PAIR, PROXY)
    const with_ = (...lines: string[]) => kept(main, server('server_name a.example', ...lines))
    assert.deepEqual(with_('return 301 https://c.example$request_uri'), [
      'a.example is served, and leads to c.example as well',
    ])
    assert.deepEqual(with_('return 301 https://a.example/new'), ['another server block has its name'])
    assert.deepEqual(
      kept(
        server('server_name a.example', PROXY),
        server('listen 81', 'server_name a.example', 'return 301 https://$host$request_uri'),
      ),
      ['a.example leads to itself', '`listen 81`'],
    )
  })

  it('need one pair of a certificate and a key, named by plain paths', () => {
    for (const pair of [
      [],
      ['ssl_certificate a.pem', 'ssl_certificate_key a.key'],
      [...PAIR, 'ssl_certificate /etc/ecdsa.pem'],
      ['ssl_certificate /etc/$host.pem', 'ssl_certificate_key /etc/$host.key'],
      ['ssl_certificate /etc/a/../b.pem', 'ssl_certificate_key /etc/b.key'],
    ]) {
      assert.deepEqual(
        kept(server('listen 443 ssl', 'server_name a.example', ...pair, PROXY)),
        ['it has not one pair of a certificate and a key, in the block itself and by plain paths'],
        String(pair),
      )
    }
  })
})
