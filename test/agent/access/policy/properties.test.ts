import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { isLimit } from '../../../../src/agent/access/policy/limits.js'
import type { Others } from '../../../../src/agent/access/policy/others.js'
import { applySchema } from '../../../../src/contract/activation.js'
import { type Manifest, manifestSchema } from '../../../../src/contract/release.js'
import {
  type Directive,
  domainsOf,
  type Listen,
  type LoopbackPort,
  type Program,
  type Route,
  type Tls,
} from '../../../../src/contract/service.js'
import { picksPorts } from '../../../../src/release/listen.js'
import { type Rendered, renderRelease } from '../../../../src/release/render.js'
import { programSandbox } from '../../../../src/release/sandbox.js'
import { directiveValues } from '../../../../src/release/unit-file.js'
import { FEATURES } from '../../../release/samples.js'
import { everyDirective, type NginxDirective, parseNginx } from './parsed-nginx.js'
import { unitSections } from './rendered.js'
import { asking, forged, grantsOf, judgeRelease, made } from './samples.js'

/** How many releases are tried, always the same ones. */
const RUNS = process.env.SLIPWAY_TEST === 'full' ? 100_000 : 5000
const SEED = 13

/** What is tried is rarely wrong in many ways at once: else hardly anything would be accepted. */
const mostly = <T>(usual: fc.Arbitrary<T>, any: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: any })

/** Words that somebody who means harm would try, beside any others. */
const HOSTILE = [
  '/bin/sh',
  '+/bin/sh',
  '!/bin/sh',
  ';',
  '\\',
  '\n[Service]\nUser=root',
  '"; User=root',
  "'",
  '%n',
  '$(id)',
  '',
  '-x',
  '../../etc',
  '{ alias /etc/; }',
]
const word = fc.oneof(
  fc.constantFrom('app', 'two words', ...HOSTILE),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const words = mostly(
  fc.array(word, { maxLength: 3 }).map((rest) => ['app', ...rest]),
  fc.array(word, { maxLength: 3 }),
)
const env = fc.dictionary(fc.stringMatching(/^[A-Z_]{1,6}$/), word, { maxKeys: 3 })

const directive: fc.Arbitrary<[string, Directive]> = fc.oneof(
  fc.constantFrom<[string, Directive]>(
    ['MemoryMax', '1G'],
    ['MemoryMax', 'infinity'],
    ['TasksMax', 64],
    ['PrivateNetwork', true],
    ['PrivateNetwork', false],
    ['User', 'root'],
    ['SupplementaryGroups', 'video'],
    ['PrivateDevices', false],
    ['ExecStartPre', '+/bin/sh -c id'],
    ['KillMode', 'none'],
    ['KillMode', 'mixed'],
    ['NoNewPrivileges', null],
    ['IPAddressDeny', ['any']],
  ),
  fc.tuple(
    fc.constantFrom('MemoryMax', 'TimeoutStopSec', 'KillSignal', 'CPUQuota', 'Nice', 'Restart', 'User'),
    fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), words) as fc.Arbitrary<Directive>,
  ),
)
const OPENED = { SupplementaryGroups: 'video', PrivateDevices: false }
const directives: fc.Arbitrary<Record<string, Directive>> = mostly(
  fc.constantFrom<Record<string, Directive>[]>({}, { MemoryMax: '1G', Nice: 5 }, OPENED, {
    ...OPENED,
    TasksMax: 64,
  }),
  fc.array(directive, { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
)

const domain = mostly(fc.constant('example.com'), fc.constantFrom('www.example.com', 'other.example'))
const path = fc.constantFrom('/', '/web/', '/web/x/', '/webb/', '/forum/', '/forum/login/')
const tls: fc.Arbitrary<Tls> = fc.record({
  from: fc.constant('acme' as const),
  server: fc.constantFrom('https://acme-v02.api.letsencrypt.org/directory', 'https://evil.example/'),
  challenge: fc.constant('http' as const),
  hstsSeconds: fc.constantFrom(0, 600),
})
const route: fc.Arbitrary<Route> = fc
  .record({
    scheme: fc.constantFrom('http' as const, 'https' as const),
    domain,
    path,
    strip: fc.boolean(),
    server: mostly<Route['server']>(fc.constant('slipway'), fc.constant('existing')),
    redirectFrom: mostly(fc.constant(undefined), fc.array(domain, { maxLength: 1 })),
    tls: mostly(fc.constant(undefined), fc.dictionary(domain, tls, { maxKeys: 2 })),
    lie: mostly(fc.constant(undefined), fc.constantFrom('http://bank.example/', '{')),
  })
  .map(({ lie, redirectFrom, tls: certificates, ...rest }) => ({
    ...rest,
    url: lie ?? `${rest.scheme}://${rest.domain}${rest.path}`,
    ...(redirectFrom && { redirectFrom }),
    ...(certificates && { tls: certificates }),
  }))

/** What an administrator lets a network of its own reach. */
const REACHED = { address: '127.0.0.1', port: 5432 } as const

const listen: fc.Arbitrary<Listen | undefined> = mostly(
  fc.constantFrom<(Listen | undefined)[]>(
    undefined,
    { mode: 'port' },
    { mode: 'unix' },
    { mode: 'socket' },
    { mode: 'fixed', port: 3000 },
    { mode: 'network', port: 80, reach: [REACHED] },
  ),
  fc.constantFrom<Listen[]>(
    { mode: 'fixed', port: 22 },
    { mode: 'network', port: 3000, reach: [] },
    { mode: 'network', port: 3000, reach: [REACHED, { address: '::1', port: 22 }] },
  ),
)
const job = (calendar: fc.Arbitrary<string> | undefined) =>
  fc
    .record({
      name: fc.constantFrom('work', 'api', 'x'),
      run: words,
      env,
      unit: directives,
      ...(calendar && { calendar }),
    })
    .map((given) => given as Program['timers'][number])

/** What may come over the wire: a release of `web` in which everything is somebody's choice. */
const release: fc.Arbitrary<Manifest> = fc
  .record({
    routes: fc.array(route, { maxLength: 3 }),
    run: fc.option(words, { nil: undefined }),
    listen,
    env,
    unit: directives,
    health: fc.record({
      path: mostly(fc.constantFrom('/', '/health?x', '/(?!a)|.*'), word),
      timeoutMs: mostly(fc.constant(1000), fc.constant(9_000_000)),
      intervalMs: mostly(fc.constant(50), fc.constant(0)),
      attemptMs: fc.constant(1000),
      successes: fc.constant(1),
      settleMs: fc.constant(0),
    }),
    processes: fc.uniqueArray(job(undefined), { maxLength: 1, selector: ({ name }) => name }),
    timers: fc.uniqueArray(
      job(mostly(fc.constantFrom('daily', '*:0/5'), fc.constantFrom('--help', 'daily\nUnit=x'))),
      {
        maxLength: 1,
        selector: ({ name }) => name,
      },
    ),
    before: fc.array(fc.record({ run: words, timeoutMs: fc.constant(1000), irreversible: fc.boolean() }), {
      maxLength: 1,
    }),
    state: fc.boolean(),
    program: mostly(fc.constantFrom('app', null), word),
  })
  .map(({ program, run, listen: how, ...fields }) => {
    const manifest = forged(() => fields)
    const { run: _run, listen: _listen, ...service } = manifest.service as Program
    return {
      ...manifest,
      program,
      ports: picksPorts(how) ? ([20_000, 20_001] as [number, number]) : null,
      service: { ...service, ...(run && { run }), ...(how && { listen: how }) },
    }
  })
  .filter((manifest) => manifestSchema.safeParse(JSON.parse(JSON.stringify(manifest))).success)

const granted = mostly<string[]>(
  fc.constantFrom<string[][]>(
    ['example.com /'],
    ['example.com /', 'www.example.com /'],
    ['example.com /web/'],
  ),
  fc.uniqueArray(
    fc.tuple(domain, path).map(([at, below]) => `${at} ${below}`),
    { minLength: 1, maxLength: 4 },
  ),
)
const inherited = fc.oneof(
  fc.constantFrom(
    null,
    made({
      unit: OPENED,
      processes: { work: { run: 'x', unit: OPENED } },
      listen: { port: 3000, network: 'own', reach: ['127.0.0.1:5432'] },
    }),
  ),
  release,
)
const others: fc.Arbitrary<Others> = fc.array(
  fc.record({
    name: fc.constantFrom('blog', 'web-api'),
    ports: fc.subarray([3000, 20_001]),
    routes: fc.array(route, { maxLength: 2 }),
  }),
  { maxLength: 1 },
)
const circumstances = fc.record({ routes: granted, inherited, others })

const programOf = (manifest: Manifest | null) =>
  manifest?.service.kind === 'service' ? manifest.service : undefined
const beyondLimits = (unit: Record<string, Directive> = {}) =>
  Object.fromEntries(Object.entries(unit).filter(([name, value]) => !isLimit(name, value)))

/** A release that a key may deploy, and how things stood. */
interface Accepted {
  manifest: Manifest
  routes: string[]
  inherited: Manifest | null
  others: Others
  rendered: Rendered
}

/** It is served within the grant, and takes nothing from others. */
function requireWithinGrant({ manifest, routes, others: there }: Accepted): void {
  const grants = grantsOf(routes)
  for (const one of manifest.service.routes) {
    for (const at of domainsOf(one)) {
      const below = at === one.domain ? one.path : '/'
      const longest = Math.max(
        ...grants
          .filter((grant) => grant.domain === at && below.startsWith(grant.path))
          .map((grant) => grant.path.length),
      )
      assert.ok(longest > 0, `${at}${below}`)
      for (const other of there.flatMap((service) => service.routes)) {
        if (other.domain !== at || !below.startsWith(other.path)) continue
        assert.ok(longest > other.path.length, `${at}${below} is ${other.url}'s`)
      }
    }
  }
}

/** Its directives are limits, or all that an administrator has deployed. */
function requireDirectives({ manifest, inherited: before }: Accepted): void {
  const [now, then] = [programOf(manifest), programOf(before)]
  const allowed = (one: Record<string, Directive> | undefined) => [{}, beyondLimits(one)]
  const same = (one: Record<string, Directive>, sets: Record<string, Directive>[]) =>
    assert.ok(sets.some((set) => JSON.stringify(sorted(set)) === JSON.stringify(sorted(beyondLimits(one)))))
  if (now) same(now.unit, allowed(then?.unit))
  for (const kind of ['processes', 'timers'] as const) {
    for (const { name, unit } of now?.[kind] ?? []) {
      same(unit, allowed(then?.[kind].find((one) => one.name === name)?.unit))
    }
  }
}

/** It runs as the service, in all of the sandbox, but where an administrator has opened it. */
function requireSandbox({ manifest, inherited: before, rendered }: Accepted): void {
  const opened = programOf(before)
  for (const [name, text] of Object.entries(rendered.units)) {
    assert.match(
      name,
      /^web(@|@sockets|@(queue|network|way-out)-(blue|green)|-work|-api|-x)?\.(service|socket|timer)$/,
    )
    const unit = unitSections(text)
    for (const section of Object.keys(unit)) assert.match(section, /^(Unit|Service|Socket|Timer|Install)$/)
    if (!/^web(@|-\w+)?\.service$/.test(name) || opened !== undefined) continue
    const service = unit.Service ?? []
    for (const line of ['User=web', 'Group=web']) assert.ok(service.includes(line), `${name}: ${line}`)
    const program = programOf(manifest)
    assert.ok(program)
    const sandbox = programSandbox(program, {
      service: '/var/lib/slipway/services/web',
      sockets: program.listen?.mode === 'unix' ? '/run/slipway-sockets/web' : undefined,
    })
    for (const [directiveName, value] of Object.entries(sandbox)) {
      const lines = service.filter((line) => line.startsWith(`${directiveName}=`))
      assert.deepEqual(
        lines,
        directiveValues(value).map((line) => `${directiveName}=${line}`),
      )
    }
    for (const line of service.filter((one) => one.startsWith('Exec'))) {
      assert.match(line, /^ExecStart(Pre)?="?\//)
      assert.doesNotMatch(line, / ; /)
    }
    assert.equal(service.filter((one) => one.startsWith('ExecStart=')).length, 1)
  }
}

/** What makes its network is what makes any, and reaches no more than an administrator has let it. */
function requireNetwork({ manifest, inherited: before, rendered }: Accepted): void {
  const network = listenOf(manifest)
  const own = ({ units, files }: Rendered) => [
    ...Object.entries(units).filter(([name]) => /@(network|way-out)-/.test(name)),
    ...Object.entries(files).filter(([name]) => name.endsWith('.nft')),
  ]
  if (network === undefined) {
    assert.deepEqual(own(rendered), [])
    return
  }
  const then = before && listenOf(before)
  assert.ok(then)
  for (const one of network.reach) assert.ok(then.reach.some((other) => isDeepStrictEqual(one, other)))
  const plain = made({ listen: { port: network.port, network: 'own', reach: network.reach.map(reachText) } })
  assert.deepEqual(own(rendered), own(renderRelease(plain, FEATURES)))
}

function listenOf(manifest: Manifest) {
  const how = programOf(manifest)?.listen
  return how?.mode === 'network' ? how : undefined
}

function reachText({ address, port }: LoopbackPort): string {
  return address === '::1' ? `[${address}]:${port}` : `${address}:${port}`
}

/** What an administrator's own config has nginx do, for any way of listening: nothing else may be there. */
const USUAL = new Set(
  (['port', 'unix', 'socket', { port: 3000 }, { port: 3000, network: 'own' }] as const).flatMap((how) => {
    const urls = ['https://example.com', 'http://example.com/web']
    const ways = (['slipway', 'existing'] as const).flatMap((server) =>
      [true, false].flatMap((strip) =>
        // All of a domain, and a part of it.
        [urls, urls.slice(1)].map((some) => some.map((url) => ({ url, server, strip }))),
      ),
    )
    const usual = ways.map((routes) => renderRelease(made({ listen: how, routes }), FEATURES))
    const files = usual.flatMap(({ nginx }) => Object.values(nginx.files))
    return files.flatMap((text) =>
      [...everyDirective(parseNginx(text))].map(({ directive, above }) => nameOf(directive, above)),
    )
  }),
)
function nameOf({ words: [name] }: NginxDirective, above: readonly NginxDirective[]): string {
  return [...above.map(({ words }) => words[0]), name].join(' > ')
}

/** A pattern for all paths but one, each of whose characters stands for itself. */
const CLOSED = /^\^(?:\(\?!(?:[^\\()[\]{}|?*+.^$]|\\[^\w])*\(\\\?\|\$\)\))?\.$/

/** nginx gets only locations in the grant, and in them what any service of its kind gets. */
function requireLocations({ manifest, routes, rendered }: Accepted): void {
  const grants = grantsOf(routes)
  const { files, domains } = rendered.nginx
  for (const at of Object.keys(domains)) {
    assert.ok(
      grants.some((grant) => grant.domain === at),
      at,
    )
  }
  for (const [file, text] of Object.entries(files)) {
    const [kind, at] = file.split('/')
    for (const { directive, above } of everyDirective(parseNginx(text))) {
      const { words } = directive
      assert.ok(USUAL.has(nameOf(directive, above)), `${file}: ${words.join(' ')}`)
      if (kind === 'upstreams') {
        if (above.length === 0) assert.match(words.join(' '), /^upstream slipway_web_(blue|green|queue)$/)
        continue
      }
      const [name, ...rest] = words
      const [word = ''] = rest
      if (name === 'location') {
        const below = word === '=' ? (rest[1] ?? '') : word
        const own = /^@slipway_(down|closed)_web$/.test(below)
        const within = grants.some((grant) => grant.domain === at && `${below}/`.startsWith(grant.path))
        assert.ok(own || within, `${at}: ${words.join(' ')}`)
        assert.ok(rest.length === 1 || (word === '=' && rest.length === 2), words.join(' '))
      }
      if (name === 'proxy_pass') {
        assert.match(word, /^http:\/\/\$slipway_upstream(\$slipway_uri)?$/)
        assert.equal(rest.length, 1)
      }
      if (name === 'set' && word === '$slipway_upstream') assert.match(rest[1] ?? '', /^slipway_web_/)
      if (name === 'return' && above.at(-1)?.words[1] === '=') {
        assert.match(rest[1] ?? '', /^(\/[\w.~-]+)+\/\$is_args\$args$/)
      }
      // The path of its health, which stays open while the rest is closed: nothing of it is a pattern.
      if (name === 'if' && word === '($slipway_closed_web') assert.match(rest[2] ?? '', CLOSED)
      if (name === 'if' && above.length === 0) {
        assert.deepEqual(rest, ['(-e', '/var/lib/slipway/maintenance/web)'])
      }
    }
  }
  // Nothing but routes, the way of listening and the path of its health has a say in it.
  const { service } = manifest
  assert.ok(service.kind === 'service')
  const bare = forged(() => ({ routes: service.routes, health: service.health }))
  const { listen: _, ...plain } = bare.service as Program
  const listened = { ...plain, ...(service.listen && { listen: service.listen }) }
  assert.deepEqual(
    renderRelease({ ...bare, ports: manifest.ports, service: listened }, FEATURES).nginx,
    rendered.nginx,
  )
}

describe('whatever the policy accepts', () => {
  it('audit 1, 2, 6, 7, 8: is served within the grant, by what any service has, and runs in all of the sandbox', () => {
    let count = 0
    fc.assert(
      fc.property(release, circumstances, (manifest, given) => {
        if (judgeRelease(manifest, given).length > 0) return
        count += 1
        const one = { manifest, ...given, rendered: renderRelease(manifest, FEATURES) }
        for (const check of [
          ...[requireWithinGrant, requireDirectives, requireSandbox],
          ...[requireNetwork, requireLocations],
        ]) {
          check(one)
        }
      }),
      { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
    )
    console.log(`# ${count} of ${RUNS} cases were accepted`)
    assert.ok(count > RUNS / 10, `only ${count} of ${RUNS} were accepted: the property says little`)
  })
})

describe('the policy', () => {
  it('accepts what a config makes, and judges the same twice', () => {
    const request = asking(made())
    assert.deepEqual(judgeRelease(made()), [])
    assert.ok(applySchema.safeParse(request).success)
  })

  it('ends soon, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', '/', ' ', '1 ', '\\', "'", '{', '.'),
        fc.integer({ min: 0, max: 60_000 }),
        (part, times) => {
          const long = `${part.repeat(times / part.length)}!`
          const began = Date.now()
          judgeRelease(
            forged((program) => ({
              run: [long],
              env: { A: long },
              unit: { MemoryMax: long, TimeoutStopSec: long, KillSignal: long },
              health: { ...program.health, path: '/' },
              timers: [{ name: 'x', run: [long], env: {}, unit: {}, calendar: long }],
            })),
          )
          assert.ok(Date.now() - began < 1000)
        },
      ),
      { numRuns: 100 },
    )
  })
})

function sorted(record: Record<string, Directive>): [string, Directive][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1))
}
