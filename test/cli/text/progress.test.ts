import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { debugText, progressText, showProgress } from '../../../src/cli/text/progress.js'
import type { Terminal } from '../../../src/cli/text/terminal.js'
import type { EngineEvent } from '../../../src/engine/events.js'
import { planHost } from '../../../src/plan/plan.js'
import { app, builds, built, report } from '../../plan/samples.js'

type Told = Parameters<typeof progressText>[0]

/** All that is told as lines, and the lines. */
const TEXTS: { [TYPE in Told['type']]: [Extract<Told, { type: TYPE }>, string | RegExp | undefined] } = {
  'hashes-differ': [
    {
      type: 'hashes-differ',
      diff: [
        { kind: 'file', text: 'flake.nix:3' },
        { kind: 'removed', text: '  hash = "a";' },
        { kind: 'added', text: '  hash = "b";' },
      ],
    },
    'flake.nix:3\n- hash = "a";\n+ hash = "b";',
  ],
  'check-failed': [
    {
      type: 'check-failed',
      result: { flake: '.', name: 'tests', ok: false, seconds: null, failed: null, log: ['no'] },
    },
    '✗ tests\n    no',
  ],
  'host-builds': [
    { type: 'host-builds', host: 'web', service: 'app' },
    'web: fetches or builds the package of app by itself',
  ],
  'cache-key': [
    { type: 'cache-key', cache: 'main', what: 'learned', file: 'slipway.lock' },
    'the key of the cache main is in slipway.lock: commit it, and all who deploy trust it',
  ],
  'cache-passed-over': [
    { type: 'cache-passed-over', cache: 'main', why: 'it does not answer' },
    'the cache main is not asked: it does not answer',
  ],
  'cache-fetched': [
    {
      type: 'cache-fetched',
      host: 'web',
      found: [{ cache: 'main', paths: [], bytes: 2048 }],
      problems: [{ cache: 'old', kind: 'wrong-key', paths: 2, why: 'signed by others' }],
    },
    'web: fetched 2.0 KiB from main\nweb: the cache old: 2 paths of it could not be used: signed by others',
  ],
  planned: [
    { type: 'planned', plans: [planHost('nixie', builds(built(app())), report(), 'ann@laptop')] },
    /^nixie\n {2}\+ web: new, release 1\n/,
  ],
  unlocked: [
    {
      type: 'unlocked',
      unlocked: { of: 'flake', flake: '.', inputs: ['nixpkgs'] },
      why: 'no network',
    },
    /^flake\.lock of \. does not have nixpkgs: .*\n {2}it can't be locked now: no network\n {2}fix: nix flake lock \.,/,
  ],
  'locked-inputs': [
    { type: 'locked-inputs', flake: '.', inputs: ['nixpkgs', 'crane'] },
    'locked nixpkgs, crane in flake.lock of .: commit it, and this commit always gives this package',
  ],
  'making-throwaway': [
    { type: 'making-throwaway', host: 'web', name: 'try' },
    'web: making the throwaway host try',
  ],
  'throwaway-log': [{ type: 'throwaway-log', line: 'booting' }, 'booting'],
  'set-up': [{ type: 'set-up', host: 'web', change: 'install nginx' }, 'web: install nginx'],
  'agent-kept': [
    { type: 'agent-kept', host: 'web', why: 'the new one does not start' },
    'web: goes on with the agent that it has: the new one does not start',
  ],
  'sending-source': [{ type: 'sending-source', host: 'web' }, 'web: sending the source, to build there'],
  certificates: [
    { type: 'certificates', host: 'web', domains: ['a.example', 'b.example'] },
    'web: getting certificates for a.example, b.example',
  ],
  'certificates-later': [
    { type: 'certificates-later', host: 'web' },
    'web goes on by itself; slipway status tells of its certificates',
  ],
  locked: [
    {
      type: 'locked',
      host: 'web',
      holder: { id: 'x', who: 'bob@desk', what: 'deploy api', since: 1_700_000_000 },
    },
    'waiting: web is being worked on: bob@desk holds its lock since 22:13:20 UTC: deploy api',
  ],
  host: [
    {
      ...{ type: 'host', host: 'web', about: 'system' },
      event: { item: 'box', step: 'reverted', detail: '7' },
    },
    'web: box: generation 7 is active again',
  ],
  lost: [
    { type: 'lost', host: 'web', until: 0 },
    /^web: the connection was lost; looking for it until \d\d:\d\d:\d\d\. Unconfirmed, the host puts back what was there by itself$/,
  ],
  'found-again': [{ type: 'found-again', host: 'web' }, undefined],
  stopping: [{ type: 'stopping', host: 'web' }, 'web: stopping, and putting back what was there'],
  'not-confirmed': [
    { type: 'not-confirmed', host: 'web', why: 'https://a.example answers 502' },
    'web: not confirmed: https://a.example answers 502',
  ],
  'confirmation-refused': [
    { type: 'confirmation-refused', host: 'web', why: 'it came over the same connection' },
    'web: did not take the confirmation: it came over the same connection',
  ],
}

describe('progressText', () => {
  for (const [type, [event, text]] of Object.entries(TEXTS)) {
    it(`is a line, or more, for ${type}`, () => {
      const found = progressText(event)
      if (text instanceof RegExp) assert.match(found ?? '', text)
      else assert.equal(found, text)
    })
  }
})

describe('showProgress', () => {
  function shown(verbose: boolean, ...events: EngineEvent[]): string[] {
    const lines: string[] = []
    const terminal: Terminal = {
      line: (text) => lines.push(`line ${text}`),
      error: (text) => lines.push(`error ${text}`),
      warn: (text) => lines.push(`warn ${text}`),
      status: (text) => lines.push(`status ${text}`),
    }
    const show = showProgress(terminal, verbose)
    for (const event of events) show(event)
    return lines
  }
  const drv = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-app-1.0.drv'

  it('shows a build while it goes on', () => {
    assert.deepEqual(
      shown(
        false,
        { type: 'build', event: { type: 'building', derivation: drv } },
        { type: 'build', event: { type: 'log', derivation: drv, line: 'compiling' } },
        { type: 'build', event: { type: 'fetching', path: drv } },
        { type: 'built' },
      ),
      ['line building app-1.0', 'status app-1.0> compiling', 'status fetching app-1.0', 'status '],
    )
  })

  it('warns of what goes on without the command', () => {
    const [line] = shown(false, { type: 'certificates-later', host: 'web' })
    assert.match(line ?? '', /^warn web goes on by itself/)
  })

  it('says nothing where there is nothing to say', () => {
    const event = { item: 'web', step: 'done', detail: '4' } as const
    assert.deepEqual(shown(false, { type: 'host', host: 'web', about: 'service', event }), [])
  })

  it('tells what is run, where that is wanted', () => {
    const event = { type: 'debug', what: 'call', host: 'web', text: 'report', ms: 41.6 } as const
    assert.deepEqual(shown(false, event), [])
    assert.deepEqual(shown(true, event), ['line call web: report (42 ms)'])
  })
})

describe('debugText', () => {
  it('is one line', () => {
    const event = { type: 'debug', what: 'nix', host: null, text: 'nix eval\n--json', ms: 1250 } as const
    assert.equal(debugText(event), 'nix: nix eval --json (1.3 s)')
  })
})
