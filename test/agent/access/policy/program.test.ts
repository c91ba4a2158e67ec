import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Manifest } from '../../../../src/contract/release.js'
import type { Directive, Program } from '../../../../src/contract/service.js'
import { forged, judgeRelease, made } from './samples.js'

const OTHER = { name: 'blog', ports: [20_001, 3000], routes: [] }

describe('the directives of a unit', () => {
  const attacks: [string, Record<string, Directive>][] = [
    ['another user', { User: 'root' }],
    ['no user at all', { User: null }],
    ['a dynamic user', { DynamicUser: true }],
    ['a group', { SupplementaryGroups: 'shadow' }],
    ['a capability', { AmbientCapabilities: 'CAP_SYS_ADMIN' }],
    ['less sandbox', { NoNewPrivileges: false }],
    ['none of it', { ProtectSystem: null }],
    ['a filter turned round', { SystemCallFilter: ['~@privileged @resources', '@system-service'] }],
    ['a folder to write to', { ReadWritePaths: '/etc' }],
    ['a mount', { BindPaths: '/root:/mnt' }],
    ['variables from a file of root', { EnvironmentFile: '/etc/shadow' }],
    ['input from a file of root', { StandardInput: 'file:/etc/shadow' }],
    ['output to a file of root', { StandardOutput: 'append:/etc/profile.d/x.sh' }],
    ['a credential from a file of root', { LoadCredential: 'x:/etc/shadow' }],
    ['a command with all rights', { ExecStartPre: '+/bin/sh -c id' }],
    ['any command line', { ExecStart: '/bin/sh -c id' }],
    ['a command after it', { ExecStopPost: '!/bin/sh -c id' }],
    ['another unit stopped', { Conflicts: 'ssh.service' }],
    ['another unit started', { OnFailure: 'reboot.target' }],
    ['enabled elsewhere', { WantedBy: '../../x' }],
    ['a reboot when it fails', { FailureAction: 'reboot-immediate' }],
    ['a slice of its own', { Slice: '-.slice' }],
    ['a runtime directory of others', { RuntimeDirectory: 'blog' }],
    ['what outlives it', { KillMode: 'none' }],
    ['what outlives it, too', { KillMode: 'process' }],
    ['memory without end', { MemoryMax: 'infinity' }],
    ['tasks without end', { TasksMax: 'infinity' }],
    ['more weight than others', { CPUWeight: 10_000 }],
    ['a better place than others', { Nice: -5 }],
    ['a worse one for those who need memory', { OOMScoreAdjust: -1000 }],
    ['a stop without end', { TimeoutStopSec: 'infinity' }],
    ['a stop without end, in another word', { TimeoutStopSec: 0 }],
    ['a stop of hours', { TimeoutStopSec: '8h' }],
    ['restarts without a pause', { RestartSec: 0 }],
    ['files without end', { LimitNOFILE: 'infinity' }],
    ['real time', { LimitRTPRIO: 99 }],
    ['core dumps', { LimitCORE: '1G' }],
    ['a limit that goes on in another line', { MemoryMax: '1G\nUser=root' }],
    ['a limit that ends with a backslash', { MemoryMax: '1G\\' }],
    ['two limits', { MemoryMax: ['1G', '2G'] }],
    ['a narrower sandbox taken back', { PrivateNetwork: false }],
    ['nothing that systemd knows', { Surprise: 'yes' }],
    ['what objects have by themselves', { Constructor: 'yes' }],
  ]
  for (const [name, unit] of attacks) {
    it(`are not ${name}`, () => {
      const main = judgeRelease(forged(() => ({ unit })))
      assert.match(main[0] ?? 'nothing', /^a directive of its unit is not allowed: /)
      const job = { name: 'work', run: ['w'], env: {}, unit }
      const worker = judgeRelease(forged(() => ({ processes: [job] })))
      assert.match(worker[0] ?? 'nothing', /^a directive of its unit web-work\.service is not allowed: /)
    })
  }

  it('audit 32: nor do they open the daemon of Nix, the cloud, or what slipway did not make', () => {
    for (const field of ['nixDaemon', 'cloudMetadata', 'adopt'] as const) {
      const opened = forged(() => ({ [field]: true }))
      assert.equal(judgeRelease(opened).length, 1, field)
      assert.deepEqual(judgeRelease(opened, { inherited: made({ [field]: true }) }), [], field)
    }
  })

  const OPENED = { SupplementaryGroups: 'video', PrivateDevices: false, IPAddressDeny: ['any'] }

  it('are those that an administrator has deployed, with any limits beside them, and none of theirs widened', () => {
    const inherited = made({ unit: { ...OPENED, MemoryMax: '256M' } })
    const wider = { MemoryMax: '1G', ...OPENED }
    for (const unit of [OPENED, wider, {}]) {
      assert.deepEqual(
        judgeRelease(
          forged(() => ({ unit })),
          { inherited },
        ),
        ['its unit has a wider limit than an administrator has deployed: MemoryMax=256M'],
      )
    }
    const units: Record<string, Directive>[] = [
      { MemoryMax: '256M', ...OPENED },
      { MemoryMax: '100M', ...OPENED, TasksMax: 100 },
      { MemoryMax: '256M', CPUQuota: '10%' },
      { MemoryMax: 1024 },
    ]
    for (const unit of units) {
      assert.deepEqual(
        judgeRelease(
          forged(() => ({ unit })),
          { inherited },
        ),
        [],
      )
    }
  })

  it('are no others, nor half of those', () => {
    const inherited = made({ unit: OPENED })
    const found = (unit: Record<string, Directive>) =>
      judgeRelease(
        forged(() => ({ unit })),
        { inherited },
      )[0] ?? 'nothing'
    assert.match(found({ ...OPENED, User: 'root' }), /not allowed: User=root$/)
    assert.match(
      found({ ...OPENED, SupplementaryGroups: 'video shadow' }),
      /SupplementaryGroups=video shadow$/,
    )
    assert.match(found({ ...OPENED, IPAddressDeny: [] }), /IPAddressDeny=\[\]$/)
    const { IPAddressDeny: _, ...half } = OPENED
    assert.match(found(half), /only some of the directives .* missing: IPAddressDeny$/)
  })

  it("are each unit's own", () => {
    const work = { run: 'work', unit: OPENED }
    const inherited = made({ processes: { work } })
    assert.deepEqual(judgeRelease(made({ processes: { work } }), { inherited }), [])
    for (const fields of [
      { unit: OPENED },
      { processes: { other: work } },
      { timers: { work: { ...work, calendar: 'daily' } } },
    ]) {
      assert.match(judgeRelease(made(fields), { inherited })[0] ?? 'nothing', /^a directive of its unit/)
    }
  })

  it('may be beyond a limit that an administrator has gone beyond', () => {
    const unit = { TasksMax: 'infinity' }
    assert.deepEqual(judgeRelease(made({ unit }), { inherited: made({ unit }) }), [])
  })
})

describe('a program', () => {
  const cases: [string, (program: Program) => Partial<Program>, RegExp][] = [
    ['without a program', () => ({ run: [] }), /its command has no program/],
    ['with a blank one', () => ({ run: [' '] }), /its command has no program/],
    ['with a bell in an argument', () => ({ run: ['app', 'a\u0007b'] }), /holds control characters/],
    ['with an escape code in a variable', () => ({ env: { A: '\u001b[2J' } }), /hold control characters/],
    [
      'with a hook of nothing',
      () => ({ before: [{ run: [], timeoutMs: 1, irreversible: false }] }),
      /a hook has no/,
    ],
    [
      'with a hook of hours',
      () => ({ after: [{ run: ['x'], timeoutMs: 9_000_000, irreversible: false }] }),
      /a hook may take longer than 900 s/,
    ],
    [
      'with hooks without end',
      () => ({
        after: Array.from({ length: 33 }, () => ({ run: ['x'], timeoutMs: 1, irreversible: false })),
      }),
      /more than 32 hooks/,
    ],
    ['watched for hours', () => ({ watchMs: 9_000_000 }), /watched for longer than 900 s/],
    ['draining for a day', () => ({ drainMs: 86_400_000 }), /drains for longer than 3600 s/],
    [
      'asked for hours',
      ({ health }) => ({ health: { ...health, timeoutMs: 9_000_000 } }),
      /longer than 900 s/,
    ],
    [
      'settling for hours',
      ({ health }) => ({ health: { ...health, settleMs: 9_000_000 } }),
      /settle for longer/,
    ],
    [
      'asked without a pause',
      ({ health }) => ({ health: { ...health, intervalMs: 0 } }),
      /more often than each 10 ms/,
    ],
    [
      'asked at length',
      ({ health }) => ({ health: { ...health, attemptMs: 61_000 } }),
      /longer than 60 s at once/,
    ],
    [
      'asked by no program',
      ({ health }) => ({ health: { ...health, by: { run: [' '] } } }),
      /its health check has no program/,
    ],
    [
      'asked by words for a terminal',
      ({ health }) => ({ health: { ...health, by: { run: ['check', '\u001b[2J'] } } }),
      /its health check holds control characters/,
    ],
    [
      'asked for a name for a terminal',
      ({ health }) => ({ health: { ...health, by: { protocol: 'grpc', service: '\u001b[2J' } } }),
      /its health check holds control characters/,
    ],
    ['asked for another alphabet', ({ health }) => ({ health: { ...health, path: '/ü' } }), /can't ask for/],
    [
      'with a calendar that is an option',
      () => ({ timers: [{ name: 'x', run: ['x'], env: {}, unit: {}, calendar: '--help' }] }),
      /the calendar of x is not allowed: --help/,
    ],
    [
      'with a calendar of two lines',
      () => ({ timers: [{ name: 'x', run: ['x'], env: {}, unit: {}, calendar: 'daily\nUnit=ssh.service' }] }),
      /the calendar of x is not allowed/,
    ],
    [
      'with more processes than a host has room for',
      () => ({
        processes: Array.from({ length: 65 }, (_, at) => ({ name: `p${at}`, run: ['x'], env: {}, unit: {} })),
      }),
      /more than 64 processes and timers/,
    ],
    [
      'on the port of another service',
      () => ({ listen: { mode: 'fixed', port: 3000 } }),
      /port 3000 belongs to/,
    ],
    [
      'on a port of the host',
      () => ({ listen: { mode: 'fixed', port: 22 } }),
      /port 22 is none of a service's/,
    ],
  ]
  for (const [name, change, line] of cases) {
    it(`${name} is refused`, () => {
      const manifest = forged(change)
      const fixed = manifest.service.kind === 'service' && manifest.service.listen?.mode === 'fixed'
      const found = judgeRelease(fixed ? { ...manifest, ports: null } : manifest, {
        others: [{ ...OTHER, ports: [3000] }],
      })
      assert.match(found[0] ?? 'nothing', line)
    })
  }

  it('on picked ports of another service is refused', () =>
    assert.deepEqual(judgeRelease(made(), { others: [OTHER] }), ['port 20001 belongs to another service']))

  it('may have a port of the host that an administrator has given it', () => {
    const fixed = made({ listen: { port: 443 } })
    assert.deepEqual(judgeRelease(fixed, { inherited: fixed }), [])
  })

  it('has a network of its own, and what it reaches of the host, only as an administrator has deployed them', () => {
    const own = (...reach: string[]) => made({ listen: { port: 3000, network: 'own', reach } })
    const judged = (sent: Manifest, inherited: Manifest | null) => judgeRelease(sent, { inherited })
    const asked = 'a network of its own is not its to ask for'
    assert.deepEqual(judged(own(), null), [asked])
    assert.deepEqual(judged(own(), made()), [asked])
    assert.deepEqual(judged(own(), made({ listen: { port: 3000 } })), [asked])
    const postgres = own('127.0.0.1:5432')
    assert.deepEqual(judged(postgres, postgres), [])
    assert.deepEqual(judged(own(), postgres), [])
    assert.deepEqual(judged(postgres, own()), ['127.0.0.1:5432 of the host is not its to reach'])
    assert.deepEqual(judged(own('127.0.0.1:5432', '[::1]:22'), postgres), [
      '[::1]:22 of the host is not its to reach',
    ])
  })

  it('has no unit that could be one of another service', () => {
    const job = (name: string) => made({ processes: { [name]: { run: 'x' } } })
    const others = [{ ...OTHER, name: 'web-api', ports: [] }]
    assert.match(judgeRelease(job('api'), { others })[0] ?? '', /web-api\.service could be one of web-api/)
    assert.match(
      judgeRelease(job('api-work'), { others })[0] ?? '',
      /web-api-work\.service could be one of web-api/,
    )
    assert.deepEqual(judgeRelease(job('apiary'), { others }), [])
  })
})
