import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { UnitSurvey } from '../../../src/contract/survey.js'
import { understand } from '../../../src/init/adopt/understand.js'
import { file, folder, server, survey, unit } from './samples.js'

const PROXY = 'proxy_pass http://127.0.0.1:3001 | proxy_set_header Host $host'

/** What one unit comes to, beside a vhost. */
function one(more: Partial<UnitSurvey> = {}, ...servers: ReturnType<typeof server>[]) {
  const [service] = understand(survey({ units: [unit(more)], servers })).services
  assert.ok(service)
  return service
}

describe('a host that was set up by hand', () => {
  it('has a service for a unit, with what leads to it and what it keeps', () => {
    const service = one(
      {},
      server('listen 443 ssl', 'server_name notes.example www.notes.example', `location / { ${PROXY}`),
    )
    assert.equal(service.name, 'notes')
    assert.deepEqual(service.run?.value, ['server'])
    assert.equal(service.listen?.value, 3001)
    assert.deepEqual(
      service.routes.map(({ value }) => value),
      [{ url: 'https://notes.example/', strip: true, existing: true, redirectFrom: [] }],
    )
    assert.match(String(service.vhosts[0]?.hindrances), /it has not one pair of a certificate and a key/)
    assert.equal(service.env.NOTES_DB_PATH?.value, '/var/lib/notes/notes.db')
    assert.equal(service.env.NOTES_PORT?.value, ':3001')
    assert.deepEqual(
      service.assets.map(({ value }) => value),
      ['views'],
    )
    assert.deepEqual(service.claims, {
      unit: 'notes.service',
      state: [{ from: '/var/www/notes/data', to: '' }],
      directives: [
        { domain: 'notes.example', file: '/etc/nginx/sites-enabled/a', line: 4, text: 'location /' },
      ],
    })
    assert.deepEqual(service.hindrances, [])
  })

  it('has routes below a path, with the prefix or without', () => {
    const routes = (location: string, pass: string) => {
      const { routes, hindrances } = one(
        {},
        server('listen 80', 'server_name a.example', `location ${location} { proxy_pass ${pass}`),
      )
      return [
        ...routes.map(({ value: { url, strip } }) => ({ url, strip })),
        ...hindrances.map((text) => text.replace(/^.*?: /, '')),
      ]
    }
    const url = 'http://a.example/notes/'
    assert.deepEqual(routes('/notes/', 'http://127.0.0.1:3001/'), [{ url, strip: true }])
    assert.deepEqual(routes('/notes/', 'http://localhost:3001'), [{ url, strip: false }])
    assert.deepEqual(routes('^~ /notes', 'http://[::1]:3001'), [{ url, strip: false }])
    assert.match(
      String(routes('/notes/', 'http://127.0.0.1:3001/app/')[1]),
      /leads to \/app\/ of the program/,
    )
    assert.match(String(routes('~ \\.cgi$', 'http://127.0.0.1:3001')[1]), /no pattern/)
    assert.match(String(routes('= /x', 'http://127.0.0.1:3001')[1]), /no pattern/)
  })

  it('is followed through an upstream of one server', () => {
    const servers = [server('server_name a.example', 'location / { proxy_pass http://notes')]
    const at = { file: '/etc/nginx/conf.d/up.conf', line: 1 }
    const upstream = { name: 'notes', servers: ['127.0.0.1:3001 max_fails=0'], ...at }
    const read = (servers_: string[]) =>
      understand(survey({ units: [unit()], servers, upstreams: [{ ...upstream, servers: servers_ }] }))
    assert.equal(read(upstream.servers).services[0]?.routes.length, 1)
    assert.match(String(read(['127.0.0.1:3001', '127.0.0.1:3002']).left[0]?.why), /several servers/)
  })

  it('loses no line of a location without a word', () => {
    const service = one(
      {},
      server('server_name a.example', `location / { ${PROXY} | auth_basic "x" | include proxy_params`),
    )
    assert.equal(service.hindrances.length, 1)
    assert.match(String(service.hindrances[0]), /`auth_basic "x"` \(.*:3\) would be lost/)
  })

  it('tells what stays, each with its reason', () => {
    const left = (more: Partial<UnitSurvey>) => understand(survey({ units: [unit(more)] })).left[0]?.why ?? ''
    assert.match(left({ name: 'app@1.service' }), /instance of a template/)
    assert.match(left({ exec: [['/usr/bin/docker', 'run', 'x']] }), /a container/)
    assert.match(left({ type: 'oneshot' }), /runs once/)
    assert.match(left({ type: 'oneshot', triggeredBy: ['backup.timer'] }), /job of backup.timer/)
    assert.match(left({ type: 'forking' }), /background/)
    assert.match(left({ triggeredBy: ['notes.socket'] }), /notes.socket starts it/)
    assert.match(left({ dynamicUser: true }), /DynamicUser/)
    assert.match(left({ linked: '/nix/store/x/notes.service' }), /NixOS/)
    assert.match(left({ active: 'inactive', enabled: 'disabled' }), /neither runs/)
    assert.match(left({ active: 'failed' }), /does not run now/)
    const reasons = understand(
      survey({
        servers: [
          server('server_name php.example', 'location ~ \\.php$ { fastcgi_pass unix:/run/php/fpm.sock'),
          server('server_name var.example', 'location / { proxy_pass http://$backend'),
          server('server_name far.example', 'location / { proxy_pass http://10.0.0.7:80'),
          server('server_name tls.example', 'location / { proxy_pass https://127.0.0.1:8443'),
          server('server_name _', 'location / { proxy_pass http://127.0.0.1:3001'),
          server('server_name box.example', 'location / { proxy_pass http://127.0.0.1:8080'),
          server('server_name _', 'root /var/www/html'),
        ],
        listeners: [
          { port: 5432, program: 'docker-proxy', unit: 'docker.service' },
          { port: 8080, program: 'docker-proxy', unit: 'docker.service' },
        ],
        unread: [{ file: '/etc/nginx/x.conf', why: 'line 1: content_by_lua_block holds a program' }],
        renewals: [
          {
            ...{ name: 'a.example', file: '/etc/letsencrypt/renewal/a.example.conf' },
            ...{ authenticator: 'nginx', webroots: [] },
          },
        ],
      }),
    ).left.map(({ what, why }) => `${what}: ${why}`)
    for (const reason of [
      /FastCGI, such as a pool of PHP-FPM/,
      /http:\/\/\$backend` has a variable/,
      /leads to another host/,
      /speaks TLS to the program/,
      /no name that a URL could have/,
      /http:\/\/box.example\/ .*: it leads to port 8080 of docker-proxy, docker.service/,
      /\/var\/www\/html .*: it is served under no name of its own/,
      /port 5432 \(docker-proxy\): a container/,
      /x.conf: it was not read: line 1: content_by_lua_block/,
      /certbot's certificate a.example .*\(nginx\)/,
    ]) {
      assert.ok(
        reasons.some((text) => reason.test(text)),
        `${reason}\n${reasons.join('\n')}`,
      )
    }
  })

  it('has no secret in its config', () => {
    const environment = [
      { name: 'STRIPE_KEY', value: 'sk_live' },
      { name: 'DATABASE_URL', value: 'postgres://me:pw@db/x' },
      { name: 'LEVEL', value: 'info' },
    ]
    const environmentFiles = [{ path: '/etc/notes.env', names: ['SMTP_PASSWORD', 'REGION'] }]
    const service = one({ environment, environmentFiles })
    assert.deepEqual(Object.keys(service.env), ['LEVEL'])
    assert.deepEqual(
      service.open.map(({ name, secret }) => [name, secret]),
      [
        ['STRIPE_KEY', true],
        ['DATABASE_URL', true],
        ['SMTP_PASSWORD', true],
        ['REGION', false],
      ],
    )
  })

  it('keeps what a unit needs and a service would not have', () => {
    const text = `${unit().text.replace('[Install]', 'ExecStartPre=/bin/migrate\nAmbientCapabilities=CAP_NET_RAW\nLimitNOFILE=9\n[Install]')}`
    const service = one({ text })
    assert.equal(service.hindrances.length, 1)
    assert.match(String(service.hindrances[0]), /AmbientCapabilities= .*:10\) is not taken over/)
    assert.deepEqual(
      service.notes.map((note) => note.replace(/ \(.*/, '')),
      ['not taken over: ExecStartPre=/bin/migrate', 'not taken over: LimitNOFILE=9'],
    )
  })

  it('has a site for a server of files alone', () => {
    const servers = [
      server('listen 80', 'server_name blog.example', 'return 301 https://blog.example$request_uri'),
      server(
        'listen 443 ssl',
        'server_name blog.example',
        'root /var/www/blog/current/public',
        'location / { try_files $uri $uri/ /index.html',
      ),
    ]
    const [site, ...others] = understand(survey({ servers })).services
    assert.deepEqual(others, [])
    assert.deepEqual([site?.name, site?.kind, site?.fallback?.value], ['blog', 'site', 'index.html'])
    assert.deepEqual(
      site?.claims.directives.map(({ text }) => text),
      ['location /'],
    )
  })
})

describe('the state of a unit', () => {
  const kept = (more: Partial<UnitSurvey>) => {
    const { claims, env, hindrances } = one(more)
    return { state: claims.state, env: Object.values(env).map(({ value }) => value), hindrances }
  }
  const values = (...given: string[]) => given.map((value, index) => ({ name: `V${index}`, value }))

  it('is in a URL, an option, or several places', () => {
    const paths = [
      file('/srv/n/db/a.db', 'sqlite'),
      folder('/srv/n/db', { 'a.db': 'sqlite' }),
      folder('/srv/n/up', {}),
    ]
    assert.deepEqual(kept({ paths, environment: values('sqlite:////srv/n/db/a.db?mode=rw', '/srv/n/up') }), {
      state: [
        { from: '/srv/n/db', to: 'db' },
        { from: '/srv/n/up', to: 'up' },
      ],
      env: ['sqlite:////var/lib/notes/db/a.db?mode=rw', '/var/lib/notes/up'],
      hindrances: [],
    })
    const exec = [['/x/server', '--db=/srv/n/db/a.db']]
    assert.deepEqual(one({ exec, paths, environment: [] }).run?.value, ['server', '--db=/var/lib/notes/a.db'])
  })

  it('is a file alone where others share its folder', () => {
    const paths = [file('/srv/a.db', 'sqlite'), folder('/srv', { 'a.db': 'sqlite', other: 'folder' })]
    assert.deepEqual(kept({ paths, environment: values('/srv/a.db') }).state, [
      { from: '/srv/a.db', to: 'a.db' },
    ])
  })

  it('is in the working directory, where no variable names it', () => {
    const workingDirectory = '/srv/notes'
    const paths = [
      folder(workingDirectory, { 'a.db': 'sqlite', data: 'folder', src: 'folder' }),
      folder('/srv/notes/data', { 'b.db': 'sqlite' }),
    ]
    assert.deepEqual(kept({ workingDirectory, paths, environment: [] }), {
      state: [
        { from: '/srv/notes/a.db', to: 'a.db' },
        { from: '/srv/notes/data', to: 'data' },
      ],
      env: [],
      hindrances: [],
    })
    const beside = [folder(workingDirectory, { 'a.db': 'sqlite', views: 'folder' })]
    assert.match(
      String(kept({ workingDirectory, paths: beside, environment: [] }).hindrances),
      /have a variable say/,
    )
  })

  it('is where the state directory is already', () => {
    const paths = [file('/var/lib/notes/a.db', 'sqlite'), folder('/var/lib/notes', { 'a.db': 'sqlite' })]
    const service = one({ paths, environment: values('/var/lib/notes/a.db') })
    assert.deepEqual(service.claims.state, [{ from: '/var/lib/notes', to: '' }])
    assert.equal(service.adopt?.value, true)
  })

  it('is nothing of the system’s', () => {
    const paths = [file('/etc/notes.toml', 'file'), folder('/etc', {}), folder('/tmp', {})]
    const service = one({ paths, environment: values('/etc/notes.toml', '/tmp') })
    assert.deepEqual(service.claims.state, [])
    assert.deepEqual(service.notes, ['it reads /etc/notes.toml, which stays', 'it reads /tmp, which stays'])
  })
})
