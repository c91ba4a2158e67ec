import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { copyProgram } from './program-copy.js'

const program = copyProgram()
after(() => program.remove())

/** What a script prints that has all functions of the host's program at hand. */
function prints(script: string): string {
  const { status, stdout, stderr } = program.functions(`set -eu\n${script}`)
  assert.equal(status, 0, stderr)
  return stdout
}

function holds(command: string): boolean {
  return prints(`if ${command}; then echo yes; else echo no; fi`) === 'yes\n'
}

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(program.root, path)), { recursive: true })
    writeFileSync(join(program.root, path), text)
  }
}

/** The server blocks of a domain, without what every TLS block has, and as if there were no IPv6. */
function blocks(domain: string, version: string): string[] {
  return prints(`nginx_version=${version}; nginx_server "$ROOT/tree" ${domain}`)
    .replaceAll(program.root, '')
    .split('\n')
    .filter((line) => line !== '' && !/\[::\]|ssl_(protocols|ciphers|prefer|session)/.test(line))
    .map((line) => line.trim())
}

const CHALLENGE =
  'location ^~ /.well-known/acme-challenge/ { root /certificates/webroot; default_type text/plain; open_file_cache off; }'

const locations = (domain: string) => [
  'open_file_cache max=100;',
  'open_file_cache_valid 1s;',
  'open_file_cache_errors on;',
  `include /nginx/locations/${domain}/*.conf;`,
]

describe('server blocks', () => {
  write({
    'tree/domains/plain.example': '',
    'tree/locations/plain.example/web.conf': '',
    'tree/tls/new.example/web': 'from=local\nhsts=0\n',
    'tree/locations/new.example/web.conf': '',
    'tree/tls/a.example/web': 'from=local\nhsts=60\n',
    'tree/locations/a.example/web.conf': '',
    'certificates/domains/a.example/current/fullchain.pem': '',
    'tree/redirects/www.a.example/web': 'https://a.example\n',
    'tree/tls/www.a.example/web': 'from=local\nhsts=0\n',
    'tree/redirects/www.new.example/web': 'https://new.example\n',
    'tree/tls/www.new.example/web': 'from=local\nhsts=0\n',
  })

  it('serve a domain without https routes over HTTP alone', () => {
    assert.deepEqual(blocks('plain.example', '1.26.3'), [
      'server {',
      'listen 80;',
      'server_name plain.example;',
      ...locations('plain.example'),
      '}',
    ])
  })

  it('serve a domain over HTTP until it has a certificate', () => {
    assert.deepEqual(blocks('new.example', '1.26.3'), [
      'server {',
      'listen 80;',
      'server_name new.example;',
      CHALLENGE,
      ...locations('new.example'),
      '}',
    ])
  })

  const secure = (listen: string[]) => [
    'server {',
    'listen 80;',
    'server_name a.example;',
    CHALLENGE,
    'location / { return 308 https://a.example$request_uri; }',
    '}',
    'server {',
    ...listen,
    'server_name a.example;',
    'ssl_certificate /certificates/domains/a.example/current/fullchain.pem;',
    'ssl_certificate_key /certificates/domains/a.example/current/key.pem;',
    'set $slipway_hsts "max-age=60";',
    'add_header Strict-Transport-Security $slipway_hsts always;',
    ...locations('a.example'),
    '}',
  ]

  it('lead to HTTPS once it has one', () => {
    assert.deepEqual(blocks('a.example', '1.26.3'), secure(['listen 443 ssl;', 'http2 on;']))
  })

  it('ask for HTTP/2 in the words of an older nginx', () => {
    assert.deepEqual(blocks('a.example', '1.22.1'), secure(['listen 443 ssl http2;']))
  })

  it('redirect over HTTP where neither has a certificate, and to where one has', () => {
    assert.match(blocks('www.new.example', '1.26.3').join(), /return 308 http:\/\/new\.example\$request_uri/)
    assert.match(blocks('www.a.example', '1.26.3').join(), /return 308 https:\/\/a\.example\$request_uri/)
  })
})

describe('nginx_at_least', () => {
  for (const [version, is] of [
    ['1.25.1', true],
    ['1.26.0', true],
    ['2.0.0', true],
    ['1.25.0', false],
    ['1.9.15', false],
  ] as const) {
    it(`1.25.1 is ${is} of ${version}`, () =>
      assert.equal(holds(`nginx_version=${version}; nginx_at_least 1 25 1`), is))
  }
})

describe('private_address', () => {
  for (const [address, is] of [
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.31.255.1', true],
    ['192.168.1.1', true],
    ['100.64.0.1', true],
    ['fd00::1', true],
    ['172.32.0.1', false],
    ['100.128.0.1', false],
    ['203.0.113.1', false],
    ['2001:db8::1', false],
  ] as const) {
    it(`is ${is} of ${address}`, () => assert.equal(holds(`private_address ${address}`), is))
  }
})

describe('certificate_due', () => {
  const DAY = 86_400
  const now = Math.floor(Date.now() / 1000)
  /** Of a certificate with so many days behind and before it. */
  const due = (behind: number, left: number, asked = '', from = 'local') =>
    holds(
      `tls_from=local tls_server= cert_from=${from} cert_server= cert_revoked= cert_not_before=${now - behind * DAY} cert_not_after=${now + left * DAY}; certificate_due '${asked}'`,
    )

  it('is so with a third of its time left', () => {
    assert.equal(due(59, 31), false)
    assert.equal(due(61, 29), true)
  })
  it('is so when it has expired', () => assert.equal(due(90, -1), true))
  it('is so when it is from elsewhere', () => assert.equal(due(1, 89, '', 'acme'), true))
  it('is so when somebody insists, and not when they only ask', () => {
    assert.equal(due(1, 89, 'asked'), false)
    assert.equal(due(1, 89, 'force'), true)
  })
})

describe('a failed attempt', () => {
  /** Hours until the next attempt at an ACME server after so many failures. */
  const pause = (failures: number, kind: string, until = 0, from = 'acme') => {
    const text = prints(
      `tls_from=${from} tls_server=s run_tired= cert_dir=$ROOT cert_failures=${failures}; certificate_failed a.example ${kind} ${until} why 2>/dev/null; cat "$ROOT/failure"`,
    )
    const next = Number(/^next=(.*)$/m.exec(text)?.[1])
    return next === 0 ? 0 : Math.round((next - Date.now() / 1000) / 3600)
  }

  it('is followed by longer and longer pauses, up to a day', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 50].map((failures) => pause(failures, 'challenge')),
      [1, 2, 4, 8, 16, 24, 24],
    )
  })

  it('waits as long as the server says', () => {
    assert.equal(pause(0, 'rate-limit', Math.round(Date.now() / 1000) + 100 * 3600), 100)
  })

  it('that bothered no server is followed by none', () => {
    assert.equal(pause(3, 'dns'), 0)
    assert.equal(pause(3, 'file', 0, 'files'), 0)
    assert.equal(pause(0, 'file'), 1)
  })
})
