import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLimit } from '../../../../src/agent/access/policy/limits.js'
import type { Others } from '../../../../src/agent/access/policy/others.js'
import { applySchema } from '../../../../src/contract/activation.js'
import { type Manifest, manifestSchema } from '../../../../src/contract/release.js'
import {
  type Directive,
  domainsOf,
  type Listen,
  type Program,
  type Route,
  type Tls,
} from '../../../../src/contract/service.js'
import { renderRelease } from '../../../../src/release/render.js'
import { programSandbox } from '../../../../src/release/sandbox.js'
import { directiveValues } from '../../../../src/release/unit-file.js'
import { FEATURES } from '../../../release/samples.js'
import { nginxHeads, unitSections } from './rendered.js'
import { asking, forged, judgeRelease, made, rightsTo } from './samples.js'

const RUNS = 800

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

const listen: fc.Arbitrary<Listen | undefined> = mostly(
  fc.constantFrom<(Listen | undefined)[]>(
    undefined,
    { mode: 'port' },
    { mode: 'unix' },
    { mode: 'socket' },
    { mode: 'fixed', port: 3000 },
  ),
  fc.constant({ mode: 'fixed', port: 22 }),
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
      ports: how?.mode === 'port' ? ([20_000, 20_001] as [number, number]) : null,
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
  fc.constantFrom(null, made({ unit: OPENED, processes: { work: { run: 'x', unit: OPENED } } })),
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

/** Calls back for each release that a key may deploy, with what it is, and what the host is told. */
function accepted(
  check: (
    manifest: Manifest,
    given: { routes: string[]; inherited: Manifest | null; others: Others },
  ) => void,
) {
  let count = 0
  fc.assert(
    fc.property(release, circumstances, (manifest, given) => {
      if (judgeRelease(manifest, given).length > 0) return
      count += 1
      check(manifest, given)
    }),
    { numRuns: RUNS },
  )
  assert.ok(count > RUNS / 10, `only ${count} of ${RUNS} were accepted: the property says little`)
}

describe('whatever the policy accepts', () => {
  it('is served within the grant, and takes nothing from others', () => {
    accepted((manifest, { routes, others: there }) => {
      const grants = rightsTo(routes).routes
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
    })
  })

  it('has directives that are limits, or all that an administrator has deployed', () => {
    accepted((manifest, { inherited: before }) => {
      const [now, then] = [programOf(manifest), programOf(before)]
      const allowed = (one: Record<string, Directive> | undefined) => [{}, beyondLimits(one)]
      const same = (one: Record<string, Directive>, sets: Record<string, Directive>[]) =>
        assert.ok(
          sets.some((set) => JSON.stringify(sorted(set)) === JSON.stringify(sorted(beyondLimits(one)))),
        )
      if (now) same(now.unit, allowed(then?.unit))
      for (const kind of ['processes', 'timers'] as const) {
        for (const { name, unit } of now?.[kind] ?? []) {
          same(unit, allowed(then?.[kind].find((one) => one.name === name)?.unit))
        }
      }
    })
  })

  it('runs as the service in all of the sandbox, but where an administrator has opened it', () => {
    accepted((manifest, { inherited: before }) => {
      const opened = programOf(before)
      for (const [name, text] of Object.entries(renderRelease(manifest, FEATURES).units)) {
        assert.match(name, /^web(@|@sockets|@queue-(blue|green)|-work|-api|-x)?\.(service|socket|timer)$/)
        const unit = unitSections(text)
        for (const section of Object.keys(unit))
          assert.match(section, /^(Unit|Service|Socket|Timer|Install)$/)
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
            directiveValues(value).map((text) => `${directiveName}=${text}`),
          )
        }
        for (const line of service.filter((one) => one.startsWith('Exec'))) {
          assert.match(line, /^ExecStart(Pre)?="?\//)
          assert.doesNotMatch(line, / ; /)
        }
        assert.equal(service.filter((one) => one.startsWith('ExecStart=')).length, 1)
      }
    })
  })

  it('is for nginx only locations in the grant', () => {
    accepted((manifest, { routes }) => {
      const grants = rightsTo(routes).routes
      const { files, domains } = renderRelease(manifest, FEATURES).nginx
      for (const at of Object.keys(domains))
        assert.ok(
          grants.some((grant) => grant.domain === at),
          at,
        )
      for (const [file, text] of Object.entries(files)) {
        const [kind, at] = file.split('/')
        for (const head of nginxHeads(text)) {
          if (kind === 'upstreams') {
            assert.match(head, /^upstream slipway_web_(blue|green|queue)$/)
            continue
          }
          if (/^(set \$slipway_closed_web ''|if \(-e \/var\/lib\/slipway\/maintenance\/web\))$/.test(head))
            continue
          const [, below = ''] = /^location (?:= )?(\/\S*|@slipway_(?:down|closed)_web)$/.exec(head) ?? []
          const within = grants.some((grant) => grant.domain === at && `${below}/`.startsWith(grant.path))
          assert.ok(below.startsWith('@') || within, `${at}: ${head}`)
        }
      }
    })
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
