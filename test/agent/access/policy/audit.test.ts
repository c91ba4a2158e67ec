import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applySchema } from '../../../../src/contract/activation.js'
import type { Manifest } from '../../../../src/contract/release.js'
import type { Directive, Program, Route } from '../../../../src/contract/service.js'
import { manifestOf } from '../../../../src/plan/manifest.js'
import { commandProperties } from '../../../../src/release/command-properties.js'
import { renderRelease } from '../../../../src/release/render.js'
import { SANDBOX } from '../../../../src/release/sandbox.js'
import { FEATURES, ingredients, staticSite } from '../../../release/samples.js'
import { everyDirective, parseNginx } from './parsed-nginx.js'
import { unitSections } from './rendered.js'
import { asking, forged, judge, judgeRelease, made } from './samples.js'

/**
 * What an audit of the shell program found that a key could do to a host, each with a second attack of its kind. Those
 * that only a host can show are in test/lab.
 */

const ROUTE: Route = {
  ...{ url: 'http://example.com', scheme: 'http', domain: 'example.com', path: '/' },
  ...{ strip: true, server: 'slipway' },
}
const routed = (...routes: Partial<Route>[]) =>
  forged(() => ({ routes: routes.map((route) => ({ ...ROUTE, ...route })) }))
const other = (...routes: Partial<Route>[]) => ({
  name: 'main',
  ports: [],
  routes: routes.map((route) => ({ ...ROUTE, ...route })),
})
const first = (found: string[]) => found[0] ?? 'nothing'
/** What its schema says of it: nothing of it gets as far as the policy. */
const understood = (manifest: unknown) =>
  applySchema.safeParse(JSON.parse(JSON.stringify(asking(manifest as Manifest)))).success
/** A key that may serve a part of somebody else's domain. */
const SHARED = { routes: ['example.com /forum/'], others: [other({})] }
const FORUM = { url: 'http://example.com/forum/', path: '/forum/' }

describe('what root runs for a key', () => {
  const queued = forged(() => ({ listen: { mode: 'fixed', port: 3000 }, hasAssets: true }))

  /** It picks no ports. */
  const own = (change: () => Partial<Program>): Manifest => ({ ...forged(change), ports: null })

  it('audit 1: the units of the queue have a user and a sandbox of their own, and no word of a key', () => {
    const hostile = own(() => ({
      ...{ listen: { mode: 'fixed', port: 3000 }, hasAssets: true },
      run: ['/var/lib/slipway/services/web/current/release/assets/x', '; id'],
      env: { PATH: '/tmp', LD_PRELOAD: '/tmp/x' },
    }))
    assert.deepEqual(judgeRelease(hostile), [])
    const [plain, changed] = [queued, hostile].map((one) => renderRelease(one, FEATURES).units)
    const names = Object.keys(plain ?? {}).filter((name) => name.includes('queue'))
    assert.ok(names.length >= 3, names.join(' '))
    for (const name of names) assert.equal(changed?.[name], plain?.[name], name)
    const service = unitSections(plain?.['web@queue-blue.service'] ?? '').Service ?? []
    assert.ok(service.includes('DynamicUser=yes'), service.join('\n'))
  })

  it('audit 1: no unit runs anything as root with variables of a key', () => {
    const hostile = own(() => ({
      ...{ listen: { mode: 'unix' }, state: true, hasAssets: true },
      env: { PATH: '/nix/store/evil/bin', BASH_ENV: '/tmp/x' },
      processes: [{ name: 'work', run: ['w'], env: { PATH: '/tmp' }, unit: {} }],
      timers: [{ name: 'tick', run: ['t'], env: { PATH: '/tmp' }, unit: {}, calendar: 'daily' }],
    }))
    assert.deepEqual(judgeRelease(hostile), [])
    const plain = renderRelease(
      own(() => ({ listen: { mode: 'unix' }, state: true, hasAssets: true })),
      FEATURES,
    ).units
    for (const [name, text] of Object.entries(renderRelease(hostile, FEATURES).units)) {
      const service = unitSections(text).Service ?? []
      if (service.includes('User=web')) {
        for (const line of service) assert.doesNotMatch(line, /^Exec\w+=[+!]/, `${name}: ${line}`)
        // What is not the service's has nothing of a key in it.
      } else if (name.endsWith('.service')) assert.equal(text, plain[name], name)
    }
  })

  it('audit 31: no command of a release is run without its user and its sandbox', () => {
    const places = { releaseDir: '/r', slot: 'blue' } as const
    for (const manifest of [made(), queued, forged(() => ({ listen: { mode: 'socket' } }))]) {
      const properties = commandProperties(manifest, FEATURES, places)
      assert.ok(properties.includes('User=web'))
      for (const name of Object.keys(SANDBOX)) {
        assert.ok(
          properties.some((one) => one.startsWith(`${name}=`)),
          name,
        )
      }
    }
    const site = manifestOf(staticSite(), ingredients())
    assert.throws(() => commandProperties(site, FEATURES, places), /no program, and so no sandbox/)
  })
})

describe('what nginx is told for a key', () => {
  const texts = ['"; } location /etc/ { alias /etc/; } #', 'x\\";', '}', '$(id)', '{ #', "'", '\n']

  it('audit 2: no text of a key can end a word, a string or a block', () => {
    for (const text of texts) {
      const path = `/${text}/`
      assert.equal(understood(routed({ path, url: `http://example.com${path}` })), false, path)
      assert.equal(understood(routed({ domain: text })), false, text)
      assert.equal(understood(routed({ redirectFrom: [text] })), false, text)
      assert.equal(understood(forged((program) => ({ health: { ...program.health, path } }))), false, path)
    }
  })

  it('audit 2: nor can one of a site, or of its certificate', () => {
    const site = manifestOf(staticSite(), ingredients())
    for (const text of texts) {
      const sent = (fields: object) => understood({ ...site, service: { ...site.service, ...fields } })
      assert.equal(sent({ dir: text }), false, text)
      assert.equal(sent({ notFound: text }), false, text)
      const files = { from: 'files', certificate: `/${text}`, key: '/k', hstsSeconds: 0 }
      assert.equal(understood(routed({ tls: { 'example.com': files as never } })), false, text)
      assert.equal(understood(routed({ tls: { [text]: { from: 'local', hstsSeconds: 0 } } })), false, text)
    }
  })

  it('audit 6: all of a domain is not for a key that may serve a part of it', () => {
    assert.match(first(judgeRelease(routed({}), SHARED)), /may not serve example\.com\/$/)
    const redirect = { ...FORUM, domain: 'forum.example.com', url: 'http://forum.example.com/', path: '/' }
    assert.match(
      first(
        judgeRelease(routed({ ...redirect, redirectFrom: ['example.com'] }), {
          routes: ['forum.example.com /', 'example.com /forum/'],
          others: [other({})],
        }),
      ),
      /may not serve example\.com\/$/,
    )
  })

  it('audit 6: nor is what browsers are told of all of it', () => {
    const https = { ...FORUM, scheme: 'https', url: 'https://example.com/forum/' } as const
    const tls = { 'example.com': { from: 'local', hstsSeconds: 999_999_999 } } as const
    assert.match(first(judgeRelease(routed({ ...https, tls }), SHARED)), /shared with another service/)
    // Outside of locations nginx gets nothing from a release but whether it is closed.
    const { files } = renderRelease(made({ routes: ['http://example.com/forum'] }), FEATURES).nginx
    const text = files['locations/example.com/web.conf'] ?? assert.fail()
    for (const { words } of parseNginx(text)) assert.match(words[0] ?? '', /^(location|set|if)$/)
  })

  it('audit 5: what an administrator has closed to some is closed on all ways to it', () => {
    const closed = { allow: ['192.0.2.0/24'] }
    const inside = { url: 'http://example.com/in/', path: '/in/' }
    const grants = ['example.com /', '*.example.com /', 'a.example.com /']
    const any = { url: 'http://*.example.com/', domain: '*.example.com' }
    const one = { url: 'http://a.example.com/', domain: 'a.example.com' }
    const judged = (sent: Manifest, inherited: Manifest) =>
      first(judgeRelease(sent, { routes: grants, inherited }))
    const asBefore = routed({ http: closed }, { ...inside, http: closed })
    assert.equal(judged(asBefore, routed({ http: closed })), 'nothing')
    // A path within it that is open, and the same without the path that was closed.
    assert.match(judged(routed({ http: closed }, inside), routed({ http: closed })), /http\.allow$/)
    assert.match(judged(routed({}), routed({}, { ...inside, http: closed })), /\/in\/ is closed to some/)
    // A domain for any name, and one of those names.
    assert.match(judged(routed(one), routed({ ...any, http: closed })), /http\.allow$/)
    assert.match(judged(routed(any), routed({ ...one, http: closed })), /a\.example\.com\/ is closed to some/)
    assert.equal(judged(routed({}), routed({ ...one, http: closed })), 'nothing')
  })

  it('audit 6: a domain for any name is granted as itself, and gives no name of it', () => {
    const sent = (domain: string) => routed({ url: `http://${domain}/`, domain })
    const wild = { routes: ['*.example.com /', 'b.example.com /'] }
    assert.equal(first(judgeRelease(sent('*.example.com'), wild)), 'nothing')
    for (const domain of ['a.example.com', 'example.com', '*.a.example.com', '*.com', '*.b.example.com']) {
      assert.match(first(judgeRelease(sent(domain), wild)), /may not serve/, domain)
    }
    assert.match(
      first(judgeRelease(sent('*.b.example.com'), { routes: ['b.example.com /'] })),
      /may not serve/,
    )
  })

  it('audit 11: nor does a header speak for all of a domain', () => {
    const speaks = (name: string, at: Partial<Route> = FORUM) =>
      routed({ ...at, http: { headers: { [name]: 'x' } } })
    for (const name of ['Strict-Transport-Security', 'strict-transport-security']) {
      assert.equal(understood(speaks(name)), false, name)
    }
    for (const name of ['Alt-Svc', 'clear-site-data', 'Service-Worker-Allowed', 'NEL']) {
      assert.match(
        first(judgeRelease(speaks(name), SHARED)),
        /is for who has all of example\.com to say/,
        name,
      )
      assert.equal(first(judgeRelease(speaks(name, {}))), 'nothing', name)
    }
    // Nor one that its program sends.
    const hides = (...routes: Partial<Route>[]) =>
      renderRelease(routed(...routes), FEATURES).nginx.files['locations/example.com/web.conf'] ?? ''
    assert.match(hides(FORUM), /proxy_hide_header Strict-Transport-Security;/)
    assert.match(hides(FORUM), /proxy_hide_header Service-Worker-Allowed;/)
    assert.doesNotMatch(hides({}, FORUM), /proxy_hide_header/)
  })

  it('audit 2: no header of it frames an answer, nor one of its own', () => {
    for (const name of ['Content-Length', 'transfer-encoding', 'Connection', 'Trailer', 'X-Accel-Redirect']) {
      assert.equal(understood(routed({ http: { headers: { [name]: '0' } } })), false, name)
    }
  })

  it('audit 7: a page of another service is not taken', () => {
    const others = [other(FORUM)]
    const login = { url: 'http://example.com/forum/login/', path: '/forum/login/' }
    assert.match(first(judgeRelease(routed(login), { others })), /login\/ belongs to main$/)
    const deeper = { url: 'http://example.com/forum/a/b/', path: '/forum/a/b/' }
    assert.match(
      first(judgeRelease(routed(deeper), { routes: ['example.com /', 'example.com /forum/'], others })),
      /a\/b\/ belongs to main$/,
    )
  })

  it('audit 8: a path holds no pattern, and none is made of it', () => {
    for (const path of [
      '/(?<slipway_upstream>[^/]+)/',
      '/.*/',
      '/a|b/',
      '/[^/]+/',
      '/%2e%2e/',
      '/a+/',
      '/../',
    ]) {
      assert.equal(understood(routed({ path, url: `http://example.com${path}` })), false, path)
    }
    // The one character of a path that would be one in a pattern.
    const dotted = made({ routes: ['http://example.com/v1.0'] })
    assert.deepEqual(judgeRelease(dotted), [])
    const text =
      renderRelease(dotted, FEATURES).nginx.files['locations/example.com/web.conf'] ?? assert.fail()
    const patterns = [...everyDirective(parseNginx(text))]
      .map(({ directive }) => directive.words)
      .filter(([name, , how]) => name === 'if' && how === '~')
    for (const words of patterns) assert.doesNotMatch(words.join(' '), /v1(?<!\\)\.0/)
    assert.ok(patterns.length > 0)
  })
})

describe('what a key may take of a host', () => {
  it('audit 13: secrets are as many and as large as a service has', () => {
    const secret = (value: string) => ({ service: 'web', name: 'TOKEN', version: 'aa', value })
    const large = asking(made(), { secrets: [secret('A'.repeat(160 * 1024 + 1))] })
    assert.equal(applySchema.safeParse(large).success, false)
    const many = Array.from({ length: 65 }, () => secret('eA=='))
    assert.match(first(judge(asking(made(), { secrets: many }))), /more secrets than a service has/)
    const keys = [1, 2].map(() => ({ service: 'web', key: 'ab' }))
    assert.match(first(judge(asking(made(), { secretKeys: keys }))), /more secrets than a service has/)
    const key = { service: 'web', key: 'a'.repeat(1_000_000) }
    assert.equal(applySchema.safeParse(asking(made(), { secretKeys: [key] })).success, false)
  })

  it('audit 14: no text of it is looked at for long, in whatever place', () => {
    const parts = ['a', '/a', 'a.', 'a-', '1 ', '..', 'a a', '=', '/../']
    for (const part of parts) {
      const long = `${part.repeat(1_000_000 / part.length)}!`
      const at = (change: (program: Program) => Partial<Program>) => asking(forged(change))
      const requests = [
        at(() => ({ run: [long], env: { A: long } })),
        at(() => ({ env: { [long]: 'x' }, secretsAs: { [long]: 'env' } })),
        at(() => ({ unit: { MemoryMax: long, TimeoutStopSec: long } })),
        at(() => ({ unit: { [long]: 'x' } })),
        at((program) => ({ health: { ...program.health, path: `/${long}` } })),
        at(() => ({ timers: [{ name: long, run: ['x'], env: {}, unit: {}, calendar: long }] })),
        at(() => ({ routes: [{ ...ROUTE, url: long, domain: long, path: long, redirectFrom: [long] }] })),
        asking({ ...made(), package: `/nix/store/${long}`, program: long, by: long, assets: long }),
        asking(made(), { who: long, what: long, id: long, nonce: long }),
      ]
      for (const request of requests) {
        const began = process.cpuUsage()
        const parsed = applySchema.safeParse(request)
        if (parsed.success) judge(parsed.data)
        // Of the processor's time: a grammar that goes back and forth would take hours.
        const { user } = process.cpuUsage(began)
        assert.ok(user < 1_000_000, `${part}: ${Math.round(user / 1000)} ms`)
      }
    }
  })

  it('audit 17: numbers have ranges', () => {
    const health = (change: object) =>
      understood(forged((program) => ({ health: { ...program.health, ...change } })))
    for (const wrong of [-1, 1.5, 1e9, Number.MAX_SAFE_INTEGER]) {
      assert.equal(health({ timeoutMs: wrong }), false)
      assert.equal(health({ successes: wrong }), false)
      assert.equal(understood(forged(() => ({ keep: wrong }))), false)
      assert.equal(understood(forged(() => ({ listen: { mode: 'fixed', port: wrong } }))), false)
      assert.equal(understood(forged(() => ({ drainMs: wrong }))), false)
    }
    // What nginx would keep memory for, in each of its workers.
    const routes = Array.from({ length: 300 }, (_, at) => ({
      url: `http://example.com/${at}/`,
      path: `/${at}/`,
    }))
    assert.ok(judgeRelease(routed(...routes)).includes('it has more than 256 routes'))
  })

  it('audit 18: the host is kept from others for minutes, not hours', () => {
    const { guard } = asking(made())
    const waits: [object, RegExp][] = [
      [{ activateMs: 900_001 }, /an activation may take 900 s at most/],
      [{ confirmMs: 120_001 }, /a confirmation may take 120 s at most/],
      [{ holdMs: 120_001 }, /other hosts may be waited for 120 s at most/],
    ]
    for (const [change, line] of waits) {
      assert.match(first(judge(asking(made(), { guard: { ...guard, ...change } }))), line)
    }
    const hook = { run: ['sleep'], timeoutMs: 9_000_000, irreversible: false }
    assert.match(first(judgeRelease(forged(() => ({ before: [hook] })))), /a hook may take longer than 900 s/)
    assert.match(first(judgeRelease(forged(() => ({ watchMs: 9_000_000 })))), /watched for longer than 900 s/)
    assert.match(first(judgeRelease(forged(() => ({ drainMs: 9_000_000 })))), /drains for longer than/)
    const stop = forged(() => ({ unit: { TimeoutStopSec: '2h' } }))
    assert.match(first(judgeRelease(stop)), /TimeoutStopSec=2h/)
  })

  it('audit 19: nothing of a service outlives it', () => {
    for (const mode of ['none', 'process']) {
      assert.match(
        first(judgeRelease(forged(() => ({ unit: { KillMode: mode } })))),
        /not allowed: KillMode=/,
      )
    }
    // A signal that does not end a program is followed by one that does, soon.
    const stubborn = forged(() => ({ unit: { KillSignal: 'SIGCONT', TimeoutStopSec: 'infinity' } }))
    assert.match(first(judgeRelease(stubborn)), /not allowed: TimeoutStopSec=infinity/)
    assert.match(first(judgeRelease(forged(() => ({ unit: { SendSIGKILL: false } })))), /SendSIGKILL=false/)
  })

  it('audit 20: a limit has an end, and none of an administrator is widened', () => {
    const endless: Record<string, Directive>[] = [
      { TasksMax: 'infinity' },
      { MemoryMax: 'infinity' },
      { LimitNOFILE: 'infinity' },
      { TimeoutStopSec: 'infinity' },
      { CPUWeight: 10_000 },
      { TimeoutStopSec: 0 },
      { LimitNOFILE: '1024:infinity' },
      { MemoryMax: ['1G', 'infinity'] },
      { OOMScoreAdjust: -1000 },
      { Nice: -20 },
      // Programs that end at once, ten times a second.
      { RestartSec: '100ms' },
    ]
    for (const unit of endless) {
      assert.match(first(judgeRelease(forged(() => ({ unit })))), /a directive of its unit is not allowed/)
    }
    const inherited = made({ unit: { MemoryMax: '256M', TasksMax: 64 } })
    const wider: Record<string, Directive>[] = [
      {},
      { MemoryMax: '256M' },
      { MemoryMax: '257M', TasksMax: 64 },
    ]
    for (const unit of wider) {
      assert.match(
        first(
          judgeRelease(
            forged(() => ({ unit })),
            { inherited },
          ),
        ),
        /wider limit than an administrator/,
      )
    }
    assert.deepEqual(
      judgeRelease(
        forged(() => ({ unit: { MemoryMax: '128M', TasksMax: 64 } })),
        { inherited },
      ),
      [],
    )
  })

  it('audit 20: another name for a worker is no way around its limits', () => {
    const worker = (name: string, unit: Record<string, Directive> = {}) => ({
      name,
      run: ['w'],
      env: {},
      unit,
    })
    const inherited = forged(() => ({
      unit: { MemoryMax: '256M' },
      processes: [worker('work', { MemoryMax: '512M' })],
    }))
    const judged = (...processes: ReturnType<typeof worker>[]) =>
      first(
        judgeRelease(
          forged(() => ({ unit: { MemoryMax: '256M' }, processes })),
          { inherited },
        ),
      )
    assert.equal(
      judged(worker('work', { MemoryMax: '512M' }), worker('new', { MemoryMax: '256M' })),
      'nothing',
    )
    assert.match(judged(worker('new')), /web-new\.service has a wider limit/)
    assert.match(judged(worker('new', { MemoryMax: '512M' })), /web-new\.service has a wider limit/)
  })

  it('audit 15: what the agent keeps in memory of a release is bounded', () => {
    const env = Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`V${at}`, '']))
    assert.deepEqual(judgeRelease(forged(() => ({ env }))), ['its release.json is too long'])
  })
})
