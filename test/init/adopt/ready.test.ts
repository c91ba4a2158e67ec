import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../../src/config/load.js'
import type { Config } from '../../../src/config/resolved.js'
import type { Survey } from '../../../src/contract/survey.js'
import { adoptedConfig } from '../../../src/init/adopt/config-file.js'
import { claimsOf, unready } from '../../../src/init/adopt/ready.js'
import { understand } from '../../../src/init/adopt/understand.js'
import { server, survey, unit } from './samples.js'

const SURVEY = survey({
  units: [unit({ environmentFiles: [{ path: '/etc/notes.env', names: ['REGION', 'TOKEN'] }] })],
  servers: [
    server('server_name a.example', 'root /srv/a', 'location /notes/ { proxy_pass http://127.0.0.1:3001/'),
    {
      ...server('listen 443 ssl', 'server_name blog.example', 'root /var/www/blog'),
      file: '/etc/nginx/sites-enabled/b',
    },
  ],
  unread: [{ file: '/etc/nginx/x', why: "a\n'b" }],
})
const HOST = { name: 'web', ssh: 'root@example.com', project: 'me/notes' }

function written(of: Survey = SURVEY): string {
  return adoptedConfig(understand(of), HOST)
}

async function load(text: string): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-adopt-'))
  try {
    await writeFile(join(folder, 'slipway.config.ts'), text)
    return await loadConfig(join(folder, 'slipway.config.ts'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function problems(text: string): Promise<string[]> {
  const [adopted] = understand(SURVEY).services
  const [service] = (await load(text)).services
  assert.ok(adopted && service)
  return unready(adopted, service)
}

describe('the config of a host that was set up by hand', () => {
  it('is one that slipway takes, with where each line was found', async () => {
    assert.equal(
      written(),
      `import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  project: 'me/notes',
  hosts: { web: 'root@example.com' }, // as told
  services: {
    // /etc/systemd/system/notes.service:1; \`slipway adopt web --service notes\` moves it over
    notes: service({
      package: '.#default', // a guess: Nix built server-0.1.0, which runs there
      run: 'server', // /etc/systemd/system/notes.service:6
      listen: { port: 3001 }, // /etc/systemd/system/notes.service:8: notes.service listens there
      routes: [
        { url: 'http://a.example/notes/', server: 'existing' }, // /etc/nginx/sites-enabled/a:4
      ],
      env: {
        NOTES_DB_PATH: '/var/lib/notes/notes.db', // /etc/systemd/system/notes.service:7: was /var/www/notes/data/notes.db
        NOTES_PORT: ':3001', // /etc/systemd/system/notes.service:8
        // REGION: '', // to set: /etc/notes.env
      },
      // secrets: ['TOKEN'], // to set: /etc/notes.env
      state: true, // /var/lib/notes: /etc/systemd/system/notes.service:6: /var/www/notes/data is copied there
      assets: ['views'], // /etc/systemd/system/notes.service:5: /var/www/notes/current has it
      // the server block of a.example stays: it serves files of /srv/a beside it (/etc/nginx/sites-enabled/a:3)
    }),
    // /etc/nginx/sites-enabled/b:4; \`slipway adopt web --service blog\` moves it over
    blog: site({
      package: '.#default', // a guess: /var/www/blog has its files, and nothing tells what makes them
      routes: [
        { url: 'https://blog.example/', server: 'existing' }, // /etc/nginx/sites-enabled/b:4
      ],
      // the server block of blog.example stays: it has not one pair of a certificate and a key, in the block itself and by plain paths (/etc/nginx/sites-enabled/b:1)
      // /var/www/blog stays
    }),
  },
  // What stays as it is there:
  // /etc/nginx/x: it was not read: a 'b
})
`,
    )
    assert.deepEqual(
      (await load(written())).services.map(({ name, kind }) => [name, kind]),
      [
        ['notes', 'service'],
        ['blog', 'site'],
      ],
    )
  })

  it('says what would be lost before a service moves', async () => {
    const set = written()
      .replace("// REGION: ''", "REGION: 'eu'")
      .replace("// secrets: ['TOKEN']", "secrets: { TOKEN: { from: { env: 'TOKEN' } } }")
    assert.deepEqual(await problems(set), [])
    assert.deepEqual(await problems(written()), [
      '/etc/notes.env sets REGION, and the config does not: add it to env or secrets',
      '/etc/notes.env sets TOKEN, and the config does not: add it to env or secrets',
    ])
    assert.deepEqual(await problems(set.replace('state: true', 'state: false')), [
      'it keeps /var/www/notes/data: it needs `state: true`',
    ])
    assert.deepEqual(await problems(set.replace('/var/lib/notes/notes.db', '/var/www/notes/data/notes.db')), [
      'NOTES_DB_PATH is /var/www/notes/data/notes.db still, which is copied to /var/lib/notes',
    ])
    assert.deepEqual(await problems(set.replace("a.example/notes/'", "a.example/n/'")), [
      'http://a.example/notes/ would lead nowhere: add it to its routes',
    ])
    assert.deepEqual(await problems(set.replace(", server: 'existing'", '')), [
      "a.example can't leave its server block: it serves files of /srv/a beside it (/etc/nginx/sites-enabled/a:3); or keep that, with server: 'existing'",
    ])
  })

  const WHOLE = survey({
    units: [unit()],
    servers: [
      {
        ...server(
          ...['listen 443 ssl', 'server_name a.example'],
          'ssl_certificate /etc/letsencrypt/live/a.example/fullchain.pem',
          'ssl_certificate_key /etc/letsencrypt/live/a.example/privkey.pem',
          'location / { proxy_pass http://127.0.0.1:3001',
        ),
        file: '/etc/nginx/conf.d/a.conf',
      },
      server('listen 80', 'server_name a.example', 'return 301 https://$host$request_uri'),
      {
        ...server('listen 80', 'server_name www.a.example', 'return 301 https://a.example$request_uri'),
        file: '/etc/nginx/conf.d/www.conf',
      },
    ],
  })
  const renewed = (authenticator: string, ...webroots: string[]) => ({
    ...WHOLE,
    renewals: [
      { name: 'a.example', file: '/etc/letsencrypt/renewal/a.example.conf', authenticator, webroots },
    ],
  })
  const answer = async (of: Survey, text = written(of)) => {
    const [adopted] = understand(of).services
    const [service] = (await load(text)).services
    assert.ok(adopted && service)
    const { directives, servers = [], certificates = [] } = claimsOf(adopted, service)
    return {
      problems: unready(adopted, service),
      claims: [directives.length, servers.length, certificates.map(({ domain }) => domain)],
    }
  }

  it('has server blocks give way whole, and keeps their certificates', async () => {
    const text = written(WHOLE)
    for (const line of [
      `'a.example': { certificate: '/etc/letsencrypt/live/a.example/fullchain.pem', key: '/etc/letsencrypt/live/a.example/privkey.pem' }, // /etc/nginx/conf.d/a.conf:4`,
      `{ url: 'https://a.example/', redirectFrom: ['www.a.example'] }, // /etc/nginx/conf.d/a.conf:6`,
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`)
    }
    assert.deepEqual(await answer(WHOLE), { problems: [], claims: [0, 3, ['a.example']] })
  })

  it('leaves them to the host where the config says so, and says what neither has', async () => {
    const text = written(WHOLE)
    const existing = text
      .replace("redirectFrom: ['www.a.example']", "server: 'existing'")
      .replace(/ {2}certificates: \{[\s\S]*?\n {2}\},\n/, '')
    assert.deepEqual(await answer(WHOLE, existing), { problems: [], claims: [1, 0, []] })
    assert.deepEqual((await answer(WHOLE, text.replace(", redirectFrom: ['www.a.example']", ''))).problems, [
      'www.a.example, which leads to a.example, would lead nowhere: add it to redirectFrom of its route',
    ])
    const plain = existing.replace(
      "url: 'https://a.example/', server: 'existing'",
      "url: 'http://a.example/', redirectFrom: ['www.a.example']",
    )
    assert.deepEqual((await answer(WHOLE, plain)).problems, [
      'https://a.example/ would be served over HTTP alone: write https:// in its routes',
    ])
  })

  it('does not have a renewal end in silence', async () => {
    for (const of of [renewed('nginx'), renewed('webroot', '/var/www/html')]) {
      assert.match(
        String((await answer(of)).problems),
        /^certbot renews a.example by what that server block serves/,
      )
      assert.match(written(of), /\/\/ before it can be moved: certbot renews a.example/)
      const ours = written(of).replace(/^ +'a.example': \{ certificate.*\n/m, '')
      assert.deepEqual(await answer(of, ours), { problems: [], claims: [0, 3, ['a.example']] })
    }
    for (const of of [
      renewed('dns-hetzner'),
      renewed('standalone'),
      renewed('webroot', '/var/lib/slipway/certificates/webroot'),
    ]) {
      assert.deepEqual((await answer(of)).problems, [])
    }
  })
})
