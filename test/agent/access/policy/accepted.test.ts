import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Manifest } from '../../../../src/contract/release.js'
import { manifestOf } from '../../../../src/plan/manifest.js'
import { app, ingredients, staticSite } from '../../../release/samples.js'
import { asking, judge, judgeRelease, made } from './samples.js'

/** Whatever a config can say in the words of slipway, a key may deploy. */
describe('what slipway makes by itself is allowed', () => {
  const cases: Record<string, [Manifest, string[]?]> = {
    'a port': [made()],
    'a socket': [made({ listen: 'socket', state: true })],
    'a unix socket': [made({ listen: 'unix', assets: ['views'] })],
    'a hard-coded port': [made({ listen: { port: 3000 } })],
    'a worker': [manifestOf(app({ run: ['bin', 'a "b" $c; d', "it's", '%n', 'two\nlines'] }), ingredients())],
    'all the rest': [
      made({
        routes: [
          'https://example.com/a/b.c/',
          { url: 'http://example.com/kept', strip: false, server: 'existing' },
        ],
        health: { path: '/health?x=1', status: [200, 204], interval: '75ms' },
        env: { LEVEL: 'a "b"\n$c\té' },
        before: [{ run: ['migrate', "it's", '$HOME;'], irreversible: true }],
        after: 'tell all',
        processes: { worker: { run: 'work', env: { Q: '1' }, unit: { MemoryMax: '1G' } } },
        timers: { nightly: { run: 'clean', calendar: 'Mon..Fri *-*-* 03:00' } },
        unit: { MemoryMax: '512M', CPUQuota: '50%', TimeoutStartSec: 90, TasksMax: 64, Nice: 5 },
        watch: '5s',
        drain: '1m',
        keep: 10,
      }),
    ],
    secrets: [
      manifestOf(app({ run: 'bin', secrets: { TOKEN: {}, CERT: { as: 'file' } } }), {
        ...ingredients(),
        secrets: { TOKEN: '0123abcd', CERT: '4567.cred' },
      }),
    ],
    'a site': [manifestOf(staticSite({ dir: 'public', notFound: 'errors/404.html' }), ingredients())],
    'a site below a path': [
      manifestOf(staticSite({ routes: ['http://example.com/docs/'] }), ingredients()),
      ['example.com /docs/'],
    ],
    'no commit': [{ ...made(), commit: null, program: null }],
  }
  for (const [name, [manifest, routes]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(judgeRelease(manifest, routes ? { routes } : {}), []))
  }

  for (const action of ['rollback', 'restart', 'promote', 'deploy'] as const) {
    it(`a ${action}, which brings nothing`, () => {
      const items = [{ kind: 'service', name: 'web', to: 1, expected: 2, action, hooks: false } as const]
      assert.deepEqual(judge(asking(made(), { items, releases: [] })), [])
    })
  }

  it('a canary', () => {
    const item = { kind: 'service', name: 'web', to: 2, expected: 1, hooks: false } as const
    assert.deepEqual(judge(asking(made(), { items: [{ ...item, action: 'canary', percent: 5 }] })), [])
  })

  it('its own secrets', () => {
    const secrets = [{ service: 'web', name: 'TOKEN', version: 'aa', value: 'eA==' }]
    const secretKeys = [{ service: 'web', key: 'ab' }]
    assert.deepEqual(judge(asking(made(), { secrets, secretKeys })), [])
  })
})
