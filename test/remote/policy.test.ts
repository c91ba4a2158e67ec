import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Service } from '../../src/index.js'
import { composeRelease, type Release } from '../../src/release/compose.js'
import { app, ingredients, PACKAGE, staticSite } from '../release/samples.js'

const POLICY = fileURLToPath(new URL('../../host/policy.nix', import.meta.url))
const skip = spawnSync('nix', ['--version']).status === 0 ? false : 'needs Nix'
const PORTS = [20_000, 20_001] as const
const REQUEST = 'service web 2 1 deploy no\n'

/** What the policy says of an archive's files. */
function judge(
  files: Record<string, string>,
  { routes = ['example.com /'], approved = {} as Record<string, string> } = {},
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-policy-'))
  try {
    const write = (at: string, entries: Record<string, string>) => {
      for (const [path, text] of Object.entries(entries)) {
        mkdirSync(dirname(join(at, path)), { recursive: true })
        writeFileSync(join(at, path), text)
      }
    }
    write(join(folder, 'sent'), files)
    write(join(folder, 'approved'), approved)
    const granted = routes.map((route) => JSON.stringify(route)).join(' ')
    const expression = `import ${POLICY} { folder = ${folder}/sent; service = "web"; approved = ${folder}/approved; nginxGroup = "www-data"; routes = [ ${granted} ]; }`
    const args = ['eval', '--extra-experimental-features', 'nix-command', '--raw', '--impure', '--expr']
    const { status, stdout, stderr } = spawnSync('nix', [...args, expression], { encoding: 'utf8' })
    if (status !== 0) return [`not read: ${stderr}`]
    return stdout.split('\n').filter(Boolean)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The files of an archive that brings a release. */
function archive(
  { files }: Release,
  changes: Record<string, string | undefined> = {},
): Record<string, string> {
  const all: Record<string, string | undefined> = {
    request: REQUEST,
    settings: '',
    nonce: '',
    'releases/web/2/package-path': `${PACKAGE}\n`,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`releases/web/2/${path}`, text])),
    ...Object.fromEntries(Object.entries(changes).map(([path, text]) => [`releases/web/2/${path}`, text])),
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

const release = (fields: Partial<Service> = {}) =>
  composeRelease(
    app({ listen: 'port', routes: ['http://example.com'], ...fields }),
    ingredients({ ports: fields.listen === undefined || fields.listen === 'port' ? PORTS : undefined }),
  )

/** A release with another text for a file, said in its manifest too, as somebody who means harm would. */
function forged(
  path: string,
  change: (text: string) => string,
  fields: Partial<Service> = {},
): Record<string, string> {
  const { manifest, files } = release(fields)
  const text = change(files[path] ?? '')
  assert.notEqual(text, files[path])
  const lie = structuredClone(manifest)
  if (path === 'spec') lie.spec = text
  if (path.startsWith('units/')) lie.units[path.slice('units/'.length)] = text
  if (path.startsWith('nginx/')) lie.nginx[path.slice('nginx/'.length)] = text
  return archive({ manifest, files }, { [path]: text, 'release.json': `${JSON.stringify(lie)}\n` })
}

const UNIT = 'units/web@.service'
const UPSTREAM = 'nginx/upstreams/web.conf'
const LOCATION = 'nginx/locations/example.com/web.conf'
const add = (line: string) => (text: string) => `${text}${line}\n`
const into = (line: string) => (text: string) => text.replace('{\n', `{\n${line}\n`)
const inService = (line: string) => (text: string) => text.replace('[Service]\n', `[Service]\n${line}\n`)

describe('the policy: what slipway makes by itself is allowed', { skip }, () => {
  const cases: Record<string, [Release, string[]?]> = {
    'a port': [release()],
    'a socket': [release({ listen: 'socket', state: true })],
    'a unix socket': [release({ listen: 'unix', assets: ['views'] })],
    'a hard-coded port': [release({ listen: { port: 3000 } })],
    'a newer systemd': [composeRelease(app({ listen: 'unix' }), ingredients({ systemd: 257 }))],
    'a worker': [composeRelease(app({ run: ['bin', 'a "b" $c; d', "it's", '%n'] }), ingredients())],
    'all the rest': [
      release({
        routes: [
          'https://example.com/a/b.c/',
          { url: 'http://example.com/kept', strip: false, server: 'existing' },
        ],
        health: { path: '/health?x=1', status: [200, 204], interval: '75ms' },
        env: { LEVEL: 'a "b"\n$c' },
        before: [{ run: ['migrate', "it's", '$HOME;'] }],
        after: 'tell all',
        processes: { worker: { run: 'work', env: { Q: '1' } } },
        timers: { nightly: { run: 'clean', calendar: 'Mon..Fri *-*-* 03:00' } },
        unit: { MemoryMax: '512M', CPUQuota: '50%', TimeoutStartSec: 90, Environment: ['A=b c', 'D=e'] },
        watch: '5s',
      }),
    ],
    secrets: [
      composeRelease(app({ run: 'bin', secrets: { TOKEN: {}, CERT: { as: 'file' } } }), {
        ...ingredients(),
        secrets: { TOKEN: '0123abcd', CERT: '4567.cred' },
      }),
    ],
    'a site': [composeRelease(staticSite({ dir: 'public', notFound: 'errors/404.html' }), ingredients())],
    'a site below a path': [
      composeRelease(staticSite({ routes: ['http://example.com/docs/'] }), ingredients()),
      ['example.com /docs/'],
    ],
  }
  for (const [name, [made, routes]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(judge(archive(made), routes ? { routes } : {}), []))
  }

  it('a rollback, which brings nothing', () =>
    assert.deepEqual(judge({ request: 'service web 1 2 rollback no\n' }), []))
})

describe('the policy: requests', { skip }, () => {
  for (const request of [
    'service blog 1 - deploy no\n',
    'system web /nix/store/x deploy - switch root yes yes - system\n',
    `${REQUEST}service blog 1 - deploy no\n`,
    'service web ../1 - deploy no\n',
    'service web 1 - remove no\n',
    'service web 2 1 deploy no',
    '',
  ]) {
    it(`refuses ${JSON.stringify(request)}`, () => {
      const [found = ''] = judge({ request })
      assert.match(found, /this key deploys web, and nothing else|not read/)
    })
  }
  it('refuses another release than it asks for', () =>
    assert.deepEqual(judge({ ...archive(release()), request: 'service web 3 1 deploy no\n' }), [
      'it brings another release than it asks for',
    ]))
})

describe('the policy: units', { skip }, () => {
  const attacks: [string, (text: string) => string, Partial<Service>?][] = [
    ['another user', inService('User=root')],
    ['root instead', (text) => text.replace('User=web', 'User=root')],
    ['no user at all', (text) => text.replace('User=web\n', '')],
    [
      'a user where systemd passes over it',
      (text) => text.replace('User=web\n', '').replace('[Unit]\n', '[Unit]\nUser=web\n'),
    ],
    ['the sandbox in another section', (text) => text.replace('[Install]', '[Install]\n[Service]')],
    ['a command with all rights', inService('ExecStartPre=+/bin/sh -c id')],
    ['the same, quoted', inService('ExecStartPre="+/bin/sh" -c id')],
    ['the same, escaped', inService('ExecStartPre="\\x2b/bin/sh" -c id')],
    ['the same, as a second command', inService('ExecStartPre=/bin/true ; +/bin/sh -c id')],
    ['a command without the sandbox', inService('ExecStartPre=!/bin/sh -c id')],
    ['a folder to write to', inService('ReadWritePaths=/etc')],
    ['a mount', inService('BindPaths=/root:/mnt')],
    ['variables from a file of root', inService('EnvironmentFile=/etc/shadow')],
    ['input from a file of root', inService('StandardInput=file:/etc/shadow')],
    ['a credential from a file of root', inService('LoadCredential=x:/etc/shadow')],
    ['a group', inService('SupplementaryGroups=shadow')],
    ['a capability', (text) => text.replace('AmbientCapabilities=\n', 'AmbientCapabilities=CAP_SYS_ADMIN\n')],
    ['less sandbox', (text) => text.replace('NoNewPrivileges=yes\n', '')],
    [
      'a filter turned round',
      (text) => text.replace(/(SystemCallFilter=@.*\n)(SystemCallFilter=~.*\n)/, '$2$1'),
    ],
    ['a line that goes on', inService('Environment=A=b \\')],
    ['another unit stopped', (text) => text.replace('[Unit]\n', '[Unit]\nConflicts=ssh.service\n')],
    ['enabled elsewhere', (text) => text.replace('WantedBy=multi-user.target', 'WantedBy=../../x')],
    ['a first line that is not ours', (text) => text.replace('service web;', 'service blog;')],
    ['no line break at the end', (text) => `${text}User=root`],
  ]
  for (const [name, change, fields] of attacks) {
    it(`refuses ${name}`, () => {
      const found = judge(forged(UNIT, change, fields))
      assert.match(found[0] ?? 'nothing was found', /^a line of its unit web@\.service is not allowed/)
    })
  }

  it('refuses other contents of the units that root runs', () => {
    const folder = 'units/web@folder.service'
    for (const change of [
      (text: string) => text.replace('/run/web', '/etc'),
      (text: string) => text.replace('-g www-data', '-g shadow'),
      add('ExecStart=/bin/sh -c id'),
    ]) {
      assert.match(
        judge(forged(folder, change, { listen: 'unix' }))[0] ?? '',
        /unit web@folder\.service is not allowed/,
      )
    }
    const socket = forged('units/web@.socket', add('ExecStartPre=/bin/sh'), { listen: 'socket' })
    assert.match(judge(socket)[0] ?? '', /unit web@\.socket is not allowed/)
    const queue = forged('units/web@queue-blue.service', (text) => text.replace('done; exit 1', 'done; id'), {
      listen: { port: 3000 },
    })
    assert.match(judge(queue)[0] ?? '', /unit web@queue-blue\.service is not allowed/)
  })

  it('refuses units of other names', () => {
    for (const name of ['ssh.service', 'blog.service', 'web@.timer', 'web.mount']) {
      const { files } = release()
      assert.match(judge(forged(`units/${name}`, () => files[UNIT] ?? ''))[0] ?? '', /not allowed/)
    }
  })

  it('allows what an administrator has deployed, and no more than that', () => {
    const opened = { unit: { SupplementaryGroups: 'video', PrivateDevices: false } }
    const approved = { 'web@.service': release(opened).files[UNIT] ?? '' }
    const next = { unit: { ...opened.unit, MemoryMax: '1G' } }
    assert.deepEqual(judge(archive(release(next)), { approved }), [])
    assert.deepEqual(judge(archive(release()), { approved }), [])
    assert.match(
      judge(archive(release({ unit: { ...opened.unit, User: 'root' } })), { approved })[0] ?? '',
      /User=root/,
    )
  })
})

describe('the policy: nginx', { skip }, () => {
  const attacks: [string, (text: string) => string][] = [
    ['files of the host', into('  root /etc;')],
    [
      'files beside the package',
      into('  root /var/lib/slipway/services/web/current/release/package/../../../../x;'),
    ],
    ['an alias', into('  alias /etc/shadow;')],
    ['another place to go to', into('  proxy_pass http://127.0.0.1:22;')],
    ['an include', into('  include /etc/shadow;')],
    ['a log', into('  access_log /etc/cron.d/x;')],
    ['two directives in a line', into('  internal; root /etc;')],
    ['a second location', add('location /etc/ {\n  root /etc;\n}')],
    ['a pattern for a location', add('location ~ .* {\n}')],
    ['another domain’s block', add('}\nserver {')],
  ]
  for (const [name, change] of attacks) {
    it(`refuses ${name}`, () =>
      assert.match(
        judge(forged(LOCATION, change))[0] ?? 'nothing was found',
        /^a line for nginx is not allowed/,
      ))
  }

  it('refuses domains and paths that the key was not given', () => {
    const other = archive(release({ routes: ['http://other.example'] }))
    assert.match(judge(other)[0] ?? '', /this key may not serve other\.example/)
    const [found = ''] = judge(archive(release()), { routes: ['example.com /web/'] })
    assert.match(found, /a line for nginx is not allowed: location \/ \{/)
    assert.deepEqual(
      judge(archive(release({ routes: ['http://example.com/web/x/'] })), { routes: ['example.com /web/'] }),
      [],
    )
  })

  it('refuses certificates from files of the host, unless an administrator has named them', () => {
    const tls = 'nginx/tls/example.com/web'
    const https: Partial<Service> = { routes: ['https://example.com'] }
    const text = 'from=files\nhsts=0\ncertificate=/etc/ssl/a.pem\nkey=/etc/shadow\n'
    const sent = forged(tls, () => text, https)
    assert.match(judge(sent)[0] ?? '', /a line for certificates is not allowed: from=files/)
    assert.deepEqual(judge(sent, { approved: { 'tls/example.com/web': text } }), [])
    const elsewhere = forged('nginx/redirects/example.com/web', () => 'https://evil.example\n', https)
    assert.match(judge(elsewhere)[0] ?? '', /may not redirect example\.com elsewhere/)
  })

  it('refuses upstreams that lead elsewhere', () => {
    for (const server of ['127.0.0.1:22', '192.0.2.1:80', 'unix:/run/blog/blue.sock']) {
      const found = judge(forged(UPSTREAM, (text) => text.replace('127.0.0.1:20000', server)))
      assert.match(found[0] ?? '', /a line for nginx is not allowed/)
    }
    const { files } = release()
    assert.match(
      judge(forged('nginx/upstreams/blog.conf', () => files[UPSTREAM] ?? ''))[0] ?? '',
      /another service/,
    )
    assert.match(
      judge(forged('nginx/locations/example.com/blog.conf', () => '}\n'))[0] ?? '',
      /another service/,
    )
    assert.match(judge(forged('nginx/http.conf', () => 'x\n'))[0] ?? '', /nginx has no use/)
  })
})

describe('the policy: certificates', { skip }, () => {
  const TLS = 'nginx/tls/example.com/web'
  const https: Partial<Service> = {
    routes: [{ url: 'https://example.com', redirectFrom: ['www.example.com'] }],
  }
  const routes = ['example.com /', 'www.example.com /']
  const line = (added: string) => (text: string) => `${text}${added}\n`

  it('allows those of Let’s Encrypt, and redirects to the key’s own domains', () => {
    assert.deepEqual(judge(archive(release(https)), { routes }), [])
    assert.match(judge(archive(release(https)))[0] ?? '', /www\.example\.com/)
  })

  it('allows how an administrator has them made', () => {
    const { files } = release(https)
    const changed = files[TLS]?.replace(/server=.*/, 'server=https://acme.example/directory') ?? ''
    const sent = forged(TLS, () => changed, https)
    assert.deepEqual(judge(sent, { routes, approved: { 'tls/example.com/web': changed } }), [])
    assert.match(judge(sent, { routes })[0] ?? '', /not allowed: server=https:\/\/acme\.example/)
  })

  for (const [name, path, change] of [
    ['keys of others', TLS, line('key=/etc/ssl/private/other.pem')],
    ['credentials for DNS', TLS, line('provider=exec')],
    ['certificates of another service', 'nginx/tls/example.com/blog', () => 'from=local\n'],
    ['certificates of another domain', 'nginx/tls/other.example/web', () => 'from=local\n'],
    ['redirects elsewhere', 'nginx/redirects/www.example.com/web', () => 'https://evil.example\n'],
    ['redirects from elsewhere', 'nginx/redirects/other.example/web', () => 'https://example.com\n'],
    [
      'what is no redirect',
      'nginx/redirects/www.example.com/web',
      () => 'https://example.com\nhttps://example.com\n',
    ],
  ] as [string, string, (text: string) => string][]) {
    it(`refuses ${name}`, () =>
      assert.match(judge(forged(path, change, https), { routes })[0] ?? 'nothing was found', /not/))
  }
})

describe('the policy: spec and manifest', { skip }, () => {
  for (const line of [
    'before=10 no $(id)',
    'before=10 no sh; id',
    'before=10 no `id`',
    "before=10 no 'a",
    'process=ssh.service',
    'process=web-none.service',
    'drain=a[$(id)]',
    'user=root',
    'unix_blue=/run/docker.sock',
    'health_attempt=5 -o /etc/x',
    'verify=other.example / any',
    'calendar=--help',
    'surprise=yes',
  ]) {
    it(`refuses ${line}`, () =>
      assert.match(judge(forged('spec', add(line)))[0] ?? 'nothing was found', /its spec|may not serve/))
  }

  it('refuses a manifest that says something else', () => {
    const made = release()
    const saying = (change: object) =>
      judge(archive(made, { 'release.json': `${JSON.stringify({ ...made.manifest, ...change })}\n` }))[0] ??
      ''
    assert.match(saying({ service: 'blog' }), /does not say what the release is: service/)
    assert.match(saying({ spec: '' }), /: spec/)
    assert.match(saying({ by: '\u001b[2J' }), /: by/)
    assert.match(saying({ units: {} }), /: units/)
    assert.match(saying({ more: 1 }), /other fields/)
    assert.match(judge(archive(made, { 'release.json': '{"a":1},{"b":2}\n' }))[0] ?? '', /^not read/)
  })

  it('refuses files that a release does not have, and what is no package', () => {
    assert.match(judge(archive(release(), { good: '1\n' }))[0] ?? '', /a release has no good/)
    assert.match(judge(archive(release(), { 'package-path': '/etc\n' }))[0] ?? '', /that is no package/)
    assert.match(
      judge(archive(release(), { 'package-path': `${PACKAGE}.drv\n` }))[0] ?? '',
      /that is no package/,
    )
    assert.match(
      judge(archive(release(), { 'package-path': `${PACKAGE}/../..\n` }))[0] ?? '',
      /that is no package/,
    )
  })
})
