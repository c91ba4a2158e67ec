import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { CertificateReport } from '../../src/contract/report.js'
import { GATEWAY } from '../../src/rehearse/network.js'
import { type Acme, LONG_LIVED_SECONDS, startAcme } from './acme.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { fields, LAB_ENV, NIXPKGS, type Project, project } from './project.js'
import { startTlsLoad } from './tls-load.js'

const APP = 'app.example.test'
/** Shorter than any pause after a failure. */
const HALF_AN_HOUR = 1800
/** Longer than an order takes, so that there is something to see. */
const SHORT_LIVED_SECONDS = 12

describe('certificates', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let acme: Acme
  let folder: string

  /** Two services that share a domain; the second has what else a test needs. */
  const configure = (routes: string[] = [], domains = '') =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'
const common = { package: { file: './default.nix' }, listen: 'port' as const }
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  certificates: { server: '${acme.directory}', email: 'admin@example.test', hsts: '90d', domains: { ${domains} } },
  services: {
    one: service({ ...common, routes: [{ url: 'https://${APP}', redirectFrom: ['www.${APP}'] }] }),
    two: service({ ...common, routes: [${['https://app.example.test/two/', ...routes].map((url) => `'${url}'`).join(', ')}] }),
  },
})
`,
    )
  const deploys = async () => {
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
    return ended
  }
  const certificate = async (domain = APP) => {
    const { certificates } = JSON.parse((await app.slipway('status', '--json')).stdout) as {
      certificates: CertificateReport[]
    }
    const found = certificates.find((one) => one.domain === domain)
    assert.ok(found, `status tells of ${domain}`)
    return found
  }
  const renew = (...words: string[]) => app.slipway('certificates', 'renew', ...words)
  /** A GET as a browser that trusts one authority does it. */
  const browse = async (url: string, authority: string) => {
    const { hostname } = new URL(url)
    const ca = join(folder, 'trusted.pem')
    await writeFile(ca, authority)
    const to = [80, 443].flatMap((port) => ['--resolve', `${hostname}:${port}:${host.address}`])
    const { stdout, exitCode, stderr } = await execa('curl', ['-sS', '-i', '--cacert', ca, ...to, url], {
      reject: false,
    })
    const [head = '', body = ''] = stdout.split(/\r?\n\r?\n/, 2)
    return { exitCode, stderr, head, body }
  }
  const handshake = async (domain: string, ...options: string[]) => {
    const given = ['s_client', '-connect', `${host.address}:443`, '-servername', domain, ...options]
    return (await execa('openssl', given, { reject: false, input: '', all: true })).all
  }
  const serial = async (domain = APP) =>
    (await execa('openssl', ['x509', '-noout', '-serial'], { input: await handshake(domain) })).stdout
  const dnsManagementHook = () =>
    `#!/bin/sh
case $1 in
  present) curl -sSf -d "{\\"host\\":\\"$2\\",\\"value\\":\\"$3\\"}" ${acme.dnsManagement}/set-txt ;;
  cleanup) curl -sSf -d "{\\"host\\":\\"$2\\"}" ${acme.dnsManagement}/clear-txt ;;
esac
`

  before(async () => {
    host = await labHost('t-tls-acme', after)
    folder = await mkdtemp(join(tmpdir(), 'slipway-acme-'))
    after(() => rm(folder, { recursive: true, force: true }))
    acme = await startAcme(folder, after)
    await host.write('/etc/resolv.conf', `nameserver ${acme.dns}\n`)
    await host.write('/etc/acme-authority.pem', acme.authority)
    app = await project('test/fixtures/app', after)
    await configure()
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await execa('node', [app.program, 'certificates', 'env', 'web'], {
      cwd: app.folder,
      env: LAB_ENV,
      input: 'LEGO_CA_CERTIFICATES=/etc/acme-authority.pem\nEXEC_PATH=/usr/local/bin/dns-hook\n',
    })
    assert.equal(await host.run('stat -c "%a %U" /var/lib/slipway/certificates/env'), '600 root')
    for (const domain of [APP, `www.${APP}`]) await acme.points(domain, GATEWAY)
  })

  it('asks nobody while DNS leads elsewhere, says where, and serves over HTTP', async () => {
    const { stdout } = await deploys()
    assert.match(stdout, /✓ one on web: release 1 serves at https:\/\/app\.example\.test/)
    assert.match(
      stdout,
      new RegExp(
        `! certificate for ${APP} on web: none: DNS leads ${APP} to ${GATEWAY}, which is not this host: it has ${host.address}`,
      ),
    )
    assert.match(
      stdout,
      new RegExp(`next: point ${APP} to this host, then: slipway certificates renew ${APP}`),
    )
    assert.equal(fields((await host.get(APP, '/')).body).message, 'one')
    assert.equal(acme.orders(), 0)
    const { kind, next } = await certificate()
    assert.deepEqual({ kind, next }, { kind: 'dns', next: null })
    const doctor = await app.slipway('doctor')
    assert.equal(doctor.code, 3)
    assert.match(doctor.stdout, new RegExp(`✗ certificate for ${APP}: none: DNS leads`))
  })

  it('asks nobody while port 443 is somebody else’s, says whose, and serves over HTTP', async () => {
    for (const domain of [APP, `www.${APP}`]) await acme.points(domain, host.address)
    // systemd takes two dollars for one.
    const listen = '$$socket = IO::Socket::INET->new(LocalPort => 443, Listen => 1) or die; sleep'
    await host.run(`systemd-run --quiet --unit=elsewhere perl -MIO::Socket::INET -e '${listen}'
      for i in $(seq 100); do ss -Hltn sport = :443 | grep -q . && exit 0; sleep 0.1; done; exit 1`)
    const renewed = await renew()
    await host.run('systemctl stop elsewhere')
    assert.equal(renewed.code, 3)
    assert.match(
      renewed.text,
      /^web +app\.example\.test +- +none: port 443 is taken by perl \(process \d+\); it is served over HTTP/m,
    )
    assert.equal(fields((await host.get(APP, '/')).body).message, 'one')
    assert.equal(acme.orders(), 0)
  })

  it('gets one certificate for a domain that two services share, and one for what is redirected to it', async () => {
    const renewed = await renew()
    assert.equal(renewed.code, 0, renewed.text)
    assert.equal(acme.orders(), 2)
    const root = await acme.root()
    const one = await browse(`https://${APP}/x?q=1`, root)
    assert.match(one.head, /^HTTP\/2 200/, one.stderr)
    assert.match(one.head, /^strict-transport-security: max-age=7776000\r?$/m)
    assert.equal(fields(one.body).uri, '/x?q=1')
    assert.equal(fields(one.body).proto, 'https')
    assert.equal(fields((await browse(`https://${APP}/two/y`, root)).body).uri, '/y')
    const verified = await handshake(APP, '-CAfile', join(folder, 'trusted.pem'), '-verify_hostname', APP)
    assert.match(verified, /Verify return code: 0 \(ok\)/)
  })

  it('leads from HTTP to HTTPS, and from www to the domain, with method, path and query', async () => {
    const root = await acme.root()
    const plain = await browse(`http://${APP}/a%20b?q=1`, root)
    assert.match(plain.head, /^HTTP\/1\.1 308/)
    assert.match(plain.head, new RegExp(`^Location: https://${APP}/a%20b\\?q=1\r?$`, 'm'))
    const www = await browse(`https://www.${APP}/a?q=1`, root)
    assert.match(www.head, /^HTTP\/2 308/)
    assert.match(www.head, new RegExp(`^location: https://${APP}/a\\?q=1\r?$`, 'm'))
  })

  it('promises HTTPS with pages of its own, too', async () => {
    assert.equal((await app.slipway('maintenance', 'on', 'one')).code, 0)
    const closed = await browse(`https://${APP}/`, await acme.root())
    assert.equal((await app.slipway('maintenance', 'off', 'one')).code, 0)
    assert.match(closed.head, /^HTTP\/2 503/)
    assert.match(closed.head, /^strict-transport-security: max-age=7776000\r?$/m)
    assert.match(closed.head, /^retry-after: 60\r?$/m)
  })

  it('speaks TLS as Mozilla’s intermediate profile has it, and no name’s certificate to another’s visitor', async () => {
    const { stdout } = await execa('sslscan', [
      '--no-colour',
      '--no-fallback',
      `--sni-name=${APP}`,
      `${host.address}:443`,
    ])
    const protocols = [...stdout.matchAll(/^(SSLv\d|TLSv1\.\d) +(enabled|disabled)$/gm)].map(
      ([, name, is]) => `${name} ${is}`,
    )
    assert.deepEqual(protocols, [
      'SSLv2 disabled',
      'SSLv3 disabled',
      'TLSv1.0 disabled',
      'TLSv1.1 disabled',
      'TLSv1.2 enabled',
      'TLSv1.3 enabled',
    ])
    const ciphers = [...stdout.matchAll(/^(?:Preferred|Accepted) +(\S+) +\d+ bits +(\S+)/gm)].map(
      ([, version, cipher]) => `${version} ${cipher}`,
    )
    assert.deepEqual(ciphers.sort(), [
      'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256',
      'TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384',
      'TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305',
      'TLSv1.3 TLS_AES_128_GCM_SHA256',
      'TLSv1.3 TLS_AES_256_GCM_SHA384',
      'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256',
    ])
    assert.doesNotMatch(stdout, /vulnerable to heartbleed(?<!not vulnerable to heartbleed)/)
    assert.match(await handshake('other.example.test'), /unrecognized name/)
  })

  it('keeps keys for root, and looks after them by a timer', async () => {
    const modes = await host.run(
      `cd /var/lib/slipway/certificates/domains; stat -c '%a %U' . ${APP}/current/key.pem`,
    )
    assert.equal(modes, '700 root\n600 root')
    assert.equal(await host.run('systemctl is-active slipway-certificates.timer'), 'active')
    const again = await deploys()
    assert.doesNotMatch(again.text, /certificate/, 'what is good is not asked for')
    assert.equal(acme.orders(), 2)
    const status = await app.slipway('status')
    assert.match(
      status.stdout,
      new RegExp(`certificate for ${APP} on web: expires \\d{4}-\\d\\d-\\d\\d \\(in 89 d\\)`),
    )
    assert.equal((await app.slipway('doctor')).code, 0)
  })

  it('renews under load without a failed request', async () => {
    const first = await serial()
    const load = startTlsLoad({
      address: host.address,
      domain: APP,
      ca: await acme.root(),
      workers: { keeping: 8, fresh: 2 },
    })
    await sleep(500)
    for (let count = 0; count < 3; count += 1) {
      const renewed = await renew('--force', APP)
      assert.equal(renewed.code, 0, renewed.text)
    }
    await sleep(500)
    const { answered, failed } = await load.stop()
    assert.deepEqual(failed, [])
    assert.ok(answered > 100, `${answered} answered`)
    assert.notEqual(await serial(), first)
  })

  it('keeps what it has through a power cut, and the timer', async () => {
    const before = await serial()
    await host.powerOff()
    await host.boot()
    await host.write('/etc/resolv.conf', `nameserver ${acme.dns}\n`)
    await host.run(
      'for i in $(seq 100); do curl -ks https://localhost && break; ss -Hltn sport = :443 | grep -q . && break; sleep 0.1; done',
    )
    assert.equal(await serial(), before)
    assert.equal(await host.run('systemctl is-active slipway-certificates.timer'), 'active')
  })

  it('a challenge that fails costs the deploy nothing, and is not tried again at once', async () => {
    await acme.points('shut.example.test', host.address)
    await host.run(
      `nft add table inet shut && nft 'add chain inet shut in { type filter hook input priority 0; }' && nft add rule inet shut in ip saddr ${GATEWAY} tcp dport 80 reject with tcp reset`,
    )
    const orders = acme.orders()
    await configure(['https://shut.example.test'])
    const { stdout } = await deploys()
    assert.match(stdout, /✓ two on web: release 2 serves/)
    assert.match(stdout, /! certificate for shut\.example\.test on web: none: connection ::/)
    assert.equal(acme.orders(), orders + 1)
    await deploys()
    assert.equal(acme.orders(), orders + 1, 'a second deploy does not ask again')
    const { failures, next, kind } = await certificate('shut.example.test')
    assert.deepEqual({ failures, kind }, { failures: 1, kind: 'challenge' })
    assert.ok((next ?? 0) > Date.now() / 1000 + HALF_AN_HOUR)
    await renew('shut.example.test')
    assert.equal(acme.orders(), orders + 2, 'somebody who asks is not kept waiting')
    assert.equal((await certificate('shut.example.test')).failures, 2)
    assert.equal((await certificate()).problem, null)
    await host.run('nft delete table inet shut')
  })

  it('heeds a rate limit, also when somebody asks', async () => {
    const later = new Date(Date.now() + 5 * 3_600_000).toISOString().slice(0, 19)
    acme.mood({
      limit: `too many certificates (5) already issued for this exact set of domains in the last 168h, retry after ${later.replace('T', ' ')} UTC: see https://example.test/limits`,
    })
    const orders = acme.orders()
    const refused = await renew('shut.example.test')
    assert.equal(refused.code, 3)
    assert.match(refused.stdout, /none: rateLimited :: too many certificates/)
    assert.equal(acme.orders(), orders + 1)
    const { kind, next } = await certificate('shut.example.test')
    assert.deepEqual({ kind, next }, { kind: 'rate-limit', next: Date.parse(`${later}Z`) / 1000 })
    acme.mood('good')
    await renew('shut.example.test')
    assert.equal(acme.orders(), orders + 1)
  })

  it('proves a domain by DNS, with what lego’s provider needs kept on the host', async () => {
    await host.write('/usr/local/bin/dns-hook', dnsManagementHook())
    await host.run('chmod 755 /usr/local/bin/dns-hook')
    await acme.points('inside.example.test', GATEWAY)
    await configure(
      ['https://inside.example.test'],
      `'inside.example.test': { challenge: { dns: 'exec', propagation: false } }`,
    )
    const { stdout } = await deploys()
    assert.match(stdout, /✓ certificate for inside\.example\.test on web, expires/)
    assert.match((await browse('https://inside.example.test/', await acme.root())).head, /^HTTP\/2 200/)
  })

  it('serves a certificate that the user brings, follows it, and keeps it where the next is no good', async () => {
    const bring = (domain: string) =>
      host.run(
        `mkdir -p /etc/own && cd /etc/own && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 200 -subj /CN=own -addext subjectAltName=DNS:${domain} -keyout key.pem -out cert.pem 2>/dev/null`,
      )
    const own = `'own.example.test': { certificate: '/etc/own/cert.pem', key: '/etc/own/key.pem' }`
    await configure(['https://own.example.test'], own)
    const missing = await deploys()
    assert.match(
      missing.stdout,
      /! certificate for own\.example\.test on web: none: there is no file \/etc\/own\/cert\.pem/,
    )
    await bring('own.example.test')
    await deploys()
    const first = await serial('own.example.test')
    await bring('own.example.test')
    await host.run('systemctl start slipway-certificates.service')
    const second = await serial('own.example.test')
    assert.notEqual(second, first)
    await bring('wrong.example.test')
    await host.run('systemctl start slipway-certificates.service')
    assert.equal(await serial('own.example.test'), second)
    assert.equal(
      (await certificate('own.example.test')).problem,
      'the certificate is not for own.example.test',
    )
  })

  it('finds out that a certificate was revoked', async () => {
    const lists = createServer((_, answer) => answer.end(list))
    let list = Buffer.of()
    await new Promise<void>((resolve) => lists.listen(0, GATEWAY, resolve))
    after(async () => void lists.close())
    const { port } = lists.address() as AddressInfo
    await host.run(`cd /etc/own && rm -f index && : >index && echo 01 >number && printf '%s\\n' '[ca]' 'default_ca = own' '[own]' 'database = index' 'crlnumber = number' 'default_md = sha256' 'default_crl_days = 9' >ca.conf
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 200 -subj /CN=own -addext subjectAltName=DNS:own.example.test -addext crlDistributionPoints=URI:http://${GATEWAY}:${port}/list -keyout key.pem -out cert.pem 2>/dev/null
      openssl ca -config ca.conf -keyfile key.pem -cert cert.pem -revoke cert.pem 2>/dev/null
      openssl ca -config ca.conf -keyfile key.pem -cert cert.pem -gencrl -out list.pem 2>/dev/null && openssl crl -in list.pem -outform DER -out list`)
    list = Buffer.from(await host.run('base64 -w0 /etc/own/list'), 'base64')
    await host.run(
      'systemctl start slipway-certificates.service && systemctl start slipway-certificates.service',
    )
    const { revoked } = await certificate('own.example.test')
    assert.equal(revoked, true)
    assert.match(
      (await app.slipway('doctor')).stdout,
      /✗ certificate for own\.example\.test: revoked by its issuer/,
    )
  })

  it('uses an authority of the host’s own where it is to', async () => {
    await configure(['https://local.example.test'], `'local.example.test': 'local'`)
    assert.match((await deploys()).stdout, /✓ certificate for local\.example\.test on web, expires/)
    const { stdout } = await app.slipway('certificates', 'authority', 'web')
    assert.match((await browse('https://local.example.test/', `${stdout}\n`)).head, /^HTTP\/2 200/)
  })

  it('goes on with an expired certificate while the server is down or disagrees on the time, and renews it then', async () => {
    await configure()
    await deploys()
    await acme.restart(SHORT_LIVED_SECONDS)
    const short = await renew('--force', APP)
    assert.equal(short.code, 0, short.text)
    const expiring = await serial()
    acme.mood('down')
    await sleep(SHORT_LIVED_SECONDS * 1000)
    await host.run('systemctl start slipway-certificates.service')
    const down = await certificate()
    assert.equal(down.kind, 'unreachable')
    assert.match(down.problem ?? '', /^https:\/\/\S+ does not answer: /)
    acme.mood('clock')
    const status = await renew(APP)
    assert.equal(status.code, 3)
    assert.match(status.stdout, /expired on \S+: this host's clock is 8760 hours ahead of/)
    assert.equal(await serial(), expiring)
    const { stdout, code } = await app.slipway('deploy', 'one')
    assert.equal(code, 0)
    assert.match(stdout, /one on web: unchanged/)
    await acme.restart(LONG_LIVED_SECONDS)
    acme.mood('good')
    const renewed = await renew(APP)
    assert.equal(renewed.code, 0, renewed.text)
    assert.notEqual(await serial(), expiring)
  })

  it('goes back to HTTP, and forward again with the certificate it has', async () => {
    const orders = acme.orders()
    const had = await serial()
    await app.write(
      'slipway.config.ts',
      (await config()).replaceAll(/https:/g, 'http:').replace(/certificates: .*\n/, ''),
    )
    await deploys()
    assert.equal((await host.get(APP, '/')).status, 200)
    await app.slipway('rollback', 'one')
    await app.slipway('rollback', 'two')
    assert.equal((await host.get(APP, '/')).status, 308)
    assert.equal(await serial(), had)
    assert.equal(acme.orders(), orders)
  })

  const config = async () => (await execa('cat', [join(app.folder, 'slipway.config.ts')])).stdout
})
