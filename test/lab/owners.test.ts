import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { assertNothingLost, startLoad } from '../load/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { fields, NIXPKGS, type Project, project } from './project.js'

const HOST = 't-owners'
/** How long traffic goes on before and after something happens. */
const PHASE_MS = 1000
const KINDS = { keepAlive: { workers: 10, rate: 100 }, fresh: { workers: 3, rate: 15 } }

/** A site of one page. */
function siteNix(text: string): string {
  return `{ pkgs ? import <nixpkgs> { } }:\npkgs.runCommand "site" { } "mkdir -p $out; echo ${text} >$out/index.html"\n`
}

/** A config of some services; `more` are other fields of it. */
function config(services: string, more = ''): string {
  return `import { defineConfig, service, site } from 'slipway'
const page = { package: { file: './site.nix' } }
const program = { package: { file: './default.nix' } }
export default defineConfig({
  hosts: { web: 'rehearse:${HOST}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  ${more}
  services: { ${services} },
})
`
}

describe('owners', () => {
  const after = cleanups()
  let host: LabHost

  /** A project of its own, with a site whose page is its name. */
  const made = async (name: string): Promise<Project> => {
    const one = await project('test/fixtures/app', after)
    await one.write('site.nix', siteNix(name))
    await one.commit()
    await execa('git', ['remote', 'add', 'origin', `git@git.example.test:me/${name}.git`], {
      cwd: one.folder,
    })
    return one
  }
  const run = async (one: Project, services: string, words: string[], more?: string) => {
    await one.write('slipway.config.ts', config(services, more))
    return one.slipway(...words)
  }
  const well = async (...args: Parameters<typeof run>) => {
    const ended = await run(...args)
    assert.equal(ended.code, 0, ended.text)
    return ended.text
  }
  const page = async (domain: string, path = '/') => (await host.get(domain, path)).body.trim()

  before(async () => {
    host = await labHost(HOST, after)
    const first = await made('setup')
    assert.equal((await run(first, '', ['setup', 'web'])).code, 0)
  })

  it('a service of another project is refused with who deployed it, and taken over where somebody says so', async () => {
    const [one, two] = [await made('first'), await made('second')]
    const services = (domain: string) => `www: site({ ...page, routes: ['http://${domain}'] })`
    const told = await well(one, services('a.example.test'), ['deploy'])
    assert.match(told, /its project is me\/first, by git's remote; `project: 'me\/first'`/)
    for (const command of ['plan', 'deploy']) {
      const refused = await run(two, services('b.example.test'), [command])
      assert.equal(refused.code, 3, refused.text)
      assert.match(
        refused.text,
        /www is the service of another project: \S+@\S+ deployed it from the project me\/first on \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
      )
      assert.match(refused.text, /--take-over/)
    }
    // What is asked of a service by its name alone is another project's as well.
    for (const words of [
      ['restart', 'www'],
      ['rollback', 'www', '1'],
    ]) {
      assert.notEqual((await two.slipway(...words)).code, 0)
    }
    const restarted = await two.slipway('restart', 'www')
    assert.match(restarted.text, /www is the service of another project/)
    assert.equal(await page('a.example.test'), 'first')

    const planned = await well(two, services('b.example.test'), ['plan', '--take-over'])
    assert.match(planned, /taken over from the project me\/first/)
    assert.match(planned, /project me\/first → me\/second/)
    await well(two, services('b.example.test'), ['deploy', '--take-over'])
    assert.equal(await page('b.example.test'), 'second')
    // Once is enough, and now it is the other one's turn to be refused.
    await well(two, services('c.example.test'), ['deploy'])
    assert.equal((await run(one, services('a.example.test'), ['deploy'])).code, 3)
    await well(two, services('c.example.test'), ['remove', 'www', '--yes'])
  })

  it('a URL of another service is refused in the plan, and nothing of it stays', async () => {
    const one = await made('renamed')
    await well(one, `www: site({ ...page, routes: ['http://u.example.test'] })`, ['deploy'])
    const next = `'node5-www': site({ ...page, routes: ['http://u.example.test'] })`
    const refused = await run(one, next, ['deploy'])
    assert.equal(refused.code, 3)
    assert.match(refused.text, /node5-www: u\.example\.test\/ is served by www/)
    assert.match(refused.text, /`slipway rename www node5-www`.*`slipway remove www`/)
    assert.doesNotMatch(refused.text, /emerg/)
    assert.doesNotMatch((await one.slipway('status')).text, /no release/)

    const other = await made('other')
    const theirs = await run(other, `web: site({ ...page, routes: ['http://u.example.test'] })`, ['deploy'])
    assert.match(theirs.text, /web: u\.example\.test\/ is served by www of the project me\/renamed/)
    // Two of one config: before anything is built.
    const twice = `a: site({ ...page, routes: ['http://v.example.test'] }), b: site({ ...page, routes: ['http://v.example.test'] })`
    const both = await run(other, twice, ['plan'])
    assert.equal(both.code, 2, both.text)
    assert.match(both.text, /is claimed by services\.a\.routes\[0\] already/)

    await well(one, next, ['rename', 'www', 'node5-www'])
    assert.equal(await page('u.example.test'), 'renamed')
    assert.match(await well(one, next, ['plan']), /node5-www: unchanged/)
    assert.doesNotMatch((await one.slipway('status')).text, /^web\s+www\s/m)
    await well(one, next, ['remove', 'node5-www', '--yes'])
  })

  it('audit 7: a page inside what another project serves is not to be had', async () => {
    const [one, two] = [await made('forum'), await made('intruder')]
    await well(one, `forum: site({ ...page, routes: ['http://shared.example.test/forum/'] })`, ['deploy'])
    const login = `evil: site({ ...page, routes: ['http://shared.example.test/forum/login/'] })`
    const refused = await run(two, login, ['deploy'])
    assert.equal(refused.code, 3)
    assert.match(
      refused.text,
      /lies within shared\.example\.test\/forum\/, .* forum of the project me\/forum/,
    )
    await well(two, login, ['deploy', '--take-over'])
    assert.equal(await page('shared.example.test', '/forum/login/'), 'intruder')
    await well(two, login, ['remove', 'evil', '--yes'])
    await well(one, '', ['remove', 'forum', '--yes'])
  })

  it('audit 11: HSTS of a shared domain is its owner’s, also where another sorts first and was there first', async () => {
    const [main, app] = [await made('main'), await made('app')]
    const hsts = (value: string) => `certificates: { from: 'local', hsts: ${value} },`
    const route = (name: string, path: string) =>
      `${name}: site({ ...page, routes: ['https://tls.example.test${path}'] })`
    const header = async (path: string) => {
      const words = ['-sSk', '-D-', '-o/dev/null', '--resolve', `tls.example.test:443:${host.address}`]
      const { stdout } = await execa('curl', [...words, `https://tls.example.test${path}`])
      return /strict-transport-security: (.*)/i.exec(stdout)?.[1]?.trim()
    }
    await well(app, route('app', '/forum/'), ['deploy'], hsts(`'9000d'`))
    assert.equal(await header('/forum/'), `max-age=${9000 * 86_400}`, 'alone, it is its own')
    await well(main, route('main', '/'), ['deploy'], hsts('false'))
    assert.deepEqual([await header('/'), await header('/forum/')], [undefined, undefined])
    const told = await well(app, route('app', '/forum/'), ['plan'], hsts(`'9000d'`))
    assert.match(told, /tls\.example\.test belongs to main, which has \/ of it/)
    await well(main, route('main', '/'), ['deploy'], hsts(`'1d'`))
    assert.deepEqual([await header('/'), await header('/forum/')], ['max-age=86400', 'max-age=86400'])
  })

  it('audit 11: nobody swaps the certificate of a shared domain', async () => {
    const [main, app] = [await made('main2'), await made('app2')]
    await host.run(
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=brought -addext subjectAltName=DNS:cert.example.test -keyout /etc/brought.key -out /etc/brought.pem 2>/dev/null',
    )
    const issuer = async () => {
      const words = ['s_client', '-connect', `${host.address}:443`, '-servername', 'cert.example.test']
      const { stdout } = await execa('openssl', words, { input: '', reject: false })
      return /issuer=(.*)/.exec(stdout)?.[1]
    }
    const brought = `certificates: { domains: { 'cert.example.test': { certificate: '/etc/brought.pem', key: '/etc/brought.key' } } },`
    await well(main, `main2: site({ ...page, routes: ['https://cert.example.test'] })`, ['deploy'], brought)
    assert.match((await issuer()) ?? '', /brought/)
    // `a2` sorts before `main2`.
    const theirs = `a2: site({ ...page, routes: ['https://cert.example.test/x/'] })`
    await well(app, theirs, ['deploy'], `certificates: { from: 'local' },`)
    await sleep(PHASE_MS)
    assert.match((await issuer()) ?? '', /brought/)

    // Nor does it get one for a domain whose owner has none.
    await well(main, `plain: site({ ...page, routes: ['http://plain.example.test'] })`, ['deploy'])
    const secure = `b2: site({ ...page, routes: ['https://plain.example.test/x/'] })`
    const refused = await run(app, secure, ['deploy'], `certificates: { from: 'local' },`)
    assert.equal(refused.code, 3)
    assert.match(refused.text, /plain\.example\.test belongs to plain of the project me\/main2/)
  })

  it('a service gets another name with its state, and no request is lost', async (t) => {
    const one = await made('counter')
    const services = (name: string) =>
      `'${name}': service({ ...program, listen: 'port', state: true, health: { path: '/health' }, routes: ['http://n.example.test'], env: { SELF: '/var/lib/${name}/count' }, secrets: { TOKEN: { from: { command: ['echo', 's3cret'] } } }, processes: { worker: { run: 'app worker' } }, timers: { nightly: { run: 'app worker', calendar: '*-*-* 03:00' } } })`
    const more = `project: 'me/counter',`
    await well(one, services('old-name'), ['deploy'], more)
    const count = async () => Number(fields(await page('n.example.test', '/x')).state)
    const uid = async () => fields(await page('n.example.test', '/x')).uid
    assert.equal(await count(), 1)
    const before = await uid()
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${one.folder}/ci`])
    assert.equal((await one.slipway('setup', 'web', '--deploy-user')).code, 0)
    const added = await one.slipway('keys', 'add', 'web', 'ci.pub', '--service', 'old-name')
    assert.equal(added.code, 0, added.text)
    const stranger = await made('stranger')
    await stranger.write('slipway.config.ts', config(services('old-name')))
    const denied = await stranger.slipway(
      'keys',
      'add',
      'web',
      `${one.folder}/ci.pub`,
      '--service',
      'old-name',
    )
    assert.match(denied.text, /old-name is the service of another project/)
    const load = await startLoad({ address: host.address, domain: 'n.example.test', kinds: KINDS })
    t.after(() => load.stop().catch(() => undefined))
    await sleep(PHASE_MS)
    await well(one, services('new-name'), ['rename', 'old-name', 'new-name'], more)
    await sleep(PHASE_MS)
    const report = await load.stop()
    assertNothingLost(report)
    assert.equal(await count(), 3, 'the count goes on')
    assert.equal(await uid(), before)
    assert.match(await well(one, services('new-name'), ['plan'], more), /new-name: unchanged, release 1/)
    const gone = await host.run(
      `for i in $(seq 300); do test -e /var/lib/slipway/services/old-name || break; sleep 0.1; done; ls -d /var/lib/old-name /var/lib/slipway/services/old-name /var/lib/slipway/secrets/old-name /etc/systemd/system/old-name@* 2>/dev/null; getent passwd old-name; getent group old-name; true`,
    )
    assert.equal(gone, '')
    assert.match(await host.run('stat -c %U:%G /var/lib/new-name'), /^new-name:new-name$/)
    assert.equal(
      await host.run('systemctl is-active new-name-worker.service new-name-nightly.timer'),
      'active\nactive',
    )
    assert.match((await one.slipway('keys', 'list', 'web')).text, /new-name/)
    assert.match(await host.run('cat /var/lib/slipway/access/home/.ssh/authorized_keys'), / new-name ci"/)
    assert.match((await one.slipway('releases', 'new-name')).text, /\b1\b/)
    // What comes after is as for any service.
    await well(one, services('new-name').replace('SELF', 'OTHER'), ['deploy'], more)
    await well(one, services('new-name'), ['rollback', 'new-name', '1'], more)
    await well(one, services('new-name'), ['remove', 'new-name', '--yes', '--purge'], more)
  })

  it('a hard-coded port and a worker get another name, too; one that does not come up is put back', async (t) => {
    const one = await made('several')
    const more = `project: 'me/several',`
    const services = (port: string, worker: string) =>
      `'${port}': service({ ...program, listen: { port: 4000 }, state: true, health: { path: '/health', timeout: '5s' }, drain: '2s', routes: ['http://p.example.test'] }),
       '${worker}': service({ ...program, run: 'app worker', health: { settle: '300ms' } })`
    await well(one, services('fixed', 'work'), ['deploy'], more)
    const count = async () => Number(fields(await page('p.example.test', '/x')).state)
    assert.equal(await count(), 1)
    const load = await startLoad({ address: host.address, domain: 'p.example.test', kinds: KINDS })
    t.after(() => load.stop().catch(() => undefined))
    await sleep(PHASE_MS)
    await well(one, services('fixed2', 'work'), ['rename', 'fixed', 'fixed2'], more)
    await sleep(PHASE_MS)
    assertNothingLost(await load.stop())
    const counted = await count()
    assert.equal(counted, 2, 'the count goes on')
    await well(one, services('fixed2', 'work2'), ['rename', 'work', 'work2'], more)
    assert.equal(await host.run('systemctl is-active work2.service'), 'active')
    assert.equal(await host.run('systemctl is-active work.service || true'), 'inactive')

    // A host on which the new name can't start: systemd has been told so.
    await host.run(
      'mkdir -p /run/systemd/system/fixed3@.service.d && for s in blue green; do mkdir -p /run/systemd/system/fixed3@$s.service.d; printf "[Service]\\nExecStart=\\nExecStart=/bin/false\\n" >/run/systemd/system/fixed3@$s.service.d/broken.conf; done',
    )
    const failed = await run(one, services('fixed3', 'work2'), ['rename', 'fixed2', 'fixed3'], more)
    assert.equal(failed.code, 3, failed.text)
    assert.equal(await count(), counted + 1)
    assert.equal(
      await host.run('ls -d /var/lib/fixed3 /var/lib/slipway/services/fixed3 2>/dev/null; true'),
      '',
    )
    assert.match(await host.run('stat -c %F:%U /var/lib/fixed2'), /^directory:fixed2$/)
    assert.match(await well(one, services('fixed2', 'work2'), ['plan'], more), /fixed2: unchanged/)
  })

  it('what never served is not in `status`; `remove` looks before it asks', async () => {
    const one = await made('broken')
    const services = `never: service({ ...program, listen: 'port', health: { path: '/health', timeout: '2s' }, env: { HEALTH: '500' } })`
    const failed = await run(one, services, ['deploy'])
    assert.equal(failed.code, 3, failed.text)
    assert.doesNotMatch((await one.slipway('status')).text, /never|no release/)
    const typo = await one.slipway('remove', 'nevr')
    assert.equal(typo.code, 2, typo.text)
    assert.match(typo.text, /no host has a service "nevr"[\s\S]*Did you mean "never"\?/)
    const found = await one.slipway('remove', 'never')
    assert.match(found.text, /never on web: no release of it serves[\s\S]*--yes/)
    await well(one, services, ['remove', 'never', '--yes'])
    assert.equal((await one.slipway('remove', 'never', '--yes')).code, 2)
  })
})
