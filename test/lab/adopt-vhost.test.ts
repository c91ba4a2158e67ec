import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import {
  allOf,
  type ByHand,
  beginSigning,
  DOMAIN,
  endSigning,
  handedBack,
  hostByHand,
  lookAt,
  moveOver,
  OVERRIDE,
  page,
  writeConfig,
} from './by-hand.js'
import { cleanups } from './cleanups.js'
import type { LabHost } from './host.js'
import type { Project } from './project.js'

const HOST = 't-adopt-vhost'
const LIVE = `/etc/letsencrypt/live/${DOMAIN}`
const RENEWAL = `/etc/letsencrypt/renewal/${DOMAIN}.conf`
const VHOST = '/etc/nginx/sites-available/guestbook'
/** How many entries the guestbook's page shows, the newest first. */
const SHOWN = 50

const certificate = `openssl req -x509 -newkey rsa:2048 -nodes -days 80 -subj /CN=${DOMAIN} -addext subjectAltName=DNS:${DOMAIN},DNS:www.${DOMAIN} -keyout ${LIVE}/privkey.pem -out ${LIVE}/fullchain.pem 2>/dev/null`

/** As certbot leaves it: the vhost, its certificate, what renews that; and a database in the working directory. */
const WITH_CERTBOT: ByHand = {
  database: '/var/www/guestbook/current/guestbook.db',
  url: `https://${DOMAIN}`,
  curl: ['-k', '--resolve', `${DOMAIN}:443:127.0.0.1`],
  before: `mkdir -p ${LIVE} /etc/letsencrypt/renewal; ${certificate}
printf '[renewalparams]\\nauthenticator = nginx\\ninstaller = nginx\\n' >${RENEWAL}
printf 'ssl_protocols TLSv1.2 TLSv1.3;\\n' >/etc/letsencrypt/options-ssl-nginx.conf`,
  vhost: `# by hand
server {
    server_name ${DOMAIN};
    client_max_body_size 4m;
    location / {
        proxy_pass http://127.0.0.1:3001;
        proxy_set_header Host $host;
    }
    listen 443 ssl; # managed by Certbot
    ssl_certificate ${LIVE}/fullchain.pem; # managed by Certbot
    ssl_certificate_key ${LIVE}/privkey.pem; # managed by Certbot
    include /etc/letsencrypt/options-ssl-nginx.conf; # managed by Certbot
}
server {
    if ($host = ${DOMAIN}) {
        return 301 https://$host$request_uri;
    } # managed by Certbot
    listen 80;
    server_name ${DOMAIN};
    return 404; # managed by Certbot
}
server {
    listen 80;
    server_name www.${DOMAIN};
    return 301 https://${DOMAIN}$request_uri;
}
`,
}

describe('server blocks that were set up by hand, with their certificate', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let found = ''
  let untouched = ''

  /** What port 443 shows for the domain, and what the file has. */
  const shown = () =>
    host.run(
      `openssl s_client -connect 127.0.0.1:443 -servername ${DOMAIN} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`,
    )
  const onDisk = () => host.run(`openssl x509 -noout -fingerprint -in ${LIVE}/fullchain.pem`)
  const noneFailed = async (signed: Awaited<ReturnType<typeof endSigning>>, said: string) => {
    assert.deepEqual(
      signed.filter(({ status }) => status !== '303'),
      [],
      said,
    )
    const entries = await page(host, WITH_CERTBOT)
    assert.deepEqual(
      signed.slice(-SHOWN).filter(({ message }) => !entries.includes(message)),
      [],
    )
    assert.ok(signed.length > 5, String(signed.length))
  }

  before(async () => {
    ;({ host, app } = await hostByHand(HOST, after, WITH_CERTBOT))
    found = await lookAt(host, app)
    untouched = await allOf(host)
  })

  it('are written down as what slipway would serve, and what ends with them', async () => {
    const at = '/etc/nginx/sites-enabled/guestbook'
    for (const line of [
      `'${DOMAIN}': { certificate: '${LIVE}/fullchain.pem', key: '${LIVE}/privkey.pem' }, // ${at}:10`,
      `{ url: 'https://${DOMAIN}/', redirectFrom: ['www.${DOMAIN}'] }, // ${at}:5`,
      "GUESTBOOK_DB: '/var/lib/guestbook/guestbook.db', // /etc/systemd/system/guestbook.service:8: was /var/www/guestbook/current/guestbook.db",
    ]) {
      assert.ok(found.includes(`${line}\n`), `${line}\n${found}`)
    }
    const refused = await app.slipway(...moveOver(host))
    assert.equal(refused.code, 2, refused.text)
    assert.match(refused.text, /certbot renews guestbook.example.test by what that server block serves/)
    assert.equal(await allOf(host), untouched)
  })

  it('are handed back where the new release is not healthy, and no request fails', async () => {
    // As `certbot reconfigure` would have it.
    await host.run(
      `printf '[renewalparams]\\nauthenticator = webroot\\nwebroot_path = /var/lib/slipway/certificates/webroot,\\n' >${RENEWAL}`,
    )
    await writeConfig(app, found, false)
    await beginSigning(host, WITH_CERTBOT)
    const failed = await app.slipway(...moveOver(host))
    const signed = await endSigning(host)
    assert.equal(failed.code, 3, failed.text)
    await handedBack(host)
    assert.equal(await allOf(host), untouched, failed.text)
    await noneFailed(signed, failed.text)
    assert.equal(await shown(), await onDisk())
  })

  it('give way, and no request fails', async () => {
    await writeConfig(app, found, true)
    const told = await app.slipway(...moveOver(host), '--dry-run')
    assert.match(
      told.text,
      /sites-enabled\/guestbook:2: its server block gives way to slipway's own/,
      told.text,
    )
    assert.match(
      told.text,
      /live\/guestbook.example.test\/fullchain.pem: guestbook.example.test goes on being served/,
    )
    await beginSigning(host, WITH_CERTBOT)
    const moved = await app.slipway(...moveOver(host))
    const signed = await endSigning(host)
    assert.equal(moved.code, 0, moved.text)
    await noneFailed(signed, moved.text)
    assert.equal(await host.run(`tr -d '\\n' <${VHOST}`), '# by hand')
    assert.equal(await shown(), await onDisk())
    const plain = await host.get(DOMAIN, '/x')
    assert.deepEqual([plain.status, plain.headers.get('location')], [308, `https://${DOMAIN}/x`])
    const www = await host.get(`www.${DOMAIN}`, '/x')
    // By way of its own HTTPS, once it has a certificate.
    assert.equal(www.status, 308)
    assert.match(www.headers.get('location') ?? '', /^https:\/\/(www\.)?guestbook.example.test\/x$/)
    const planned = await app.slipway('plan', ...OVERRIDE)
    assert.match(planned.text, /guestbook: unchanged/, planned.text)
  })

  it('have what renews the certificate prove itself, and serve what it got', async () => {
    await host.run(
      `f=/var/lib/slipway/certificates/webroot/.well-known/acme-challenge; mkdir -p $f; echo proof >$f/token; ${certificate}`,
    )
    assert.equal((await host.get(DOMAIN, '/.well-known/acme-challenge/token')).body, 'proof\n')
    const renewed = await app.slipway('certificates', 'renew', DOMAIN)
    assert.equal(renewed.code, 0, renewed.text)
    assert.equal(await shown(), await onDisk())
  })

  it('get a certificate of slipway’s once the config says no other', async () => {
    const config = await readFile(join(app.folder, 'slipway.config.ts'), 'utf8')
    const own = config.replace(/^ +'guestbook.example.test': \{ certificate.*\n/m, '')
    assert.notEqual(own, config)
    await app.write('slipway.config.ts', own)
    const deployed = await app.slipway('deploy', ...OVERRIDE)
    assert.equal(deployed.code, 0, deployed.text)
    const renewed = await app.slipway('certificates', 'renew', DOMAIN)
    assert.equal(renewed.code, 0, renewed.text)
    assert.notEqual(await shown(), await onDisk())
    assert.match(await page(host, WITH_CERTBOT), /signed-\d+/)
  })
})
