import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { judge, testTree } from '../../../src/agent/nginx/test-tree.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { endedWith, testAgent } from '../test-agent.js'
import { nginxSystemd } from './samples.js'

const OK = `nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
nginx: configuration file /etc/nginx/nginx.conf test is successful
`
const FAILED = 'nginx: configuration file /etc/nginx/nginx.conf test failed'

describe('judge', () => {
  it('takes status 0 for a yes, whatever is warned of', () => {
    const warned = '[warn] the "ssl" directive is deprecated, test failed\n'
    assert.deepEqual(judge(endedWith(0, { stderr: warned + OK }), ['a.example']), { kind: 'ok' })
  })

  it('finds domains that somebody else has', () => {
    const stderr = `${['a.example', 'foreign.example', 'b.example']
      .map((name) => `[warn] conflicting server name "${name}" on 0.0.0.0:80, ignored`)
      .join('\n')}\n${OK}`
    const domains = ['a.example', 'b.example', 'c.example']
    assert.deepEqual(judge(endedWith(0, { stderr }), domains), {
      kind: 'domainsTaken',
      domains: ['a.example', 'b.example'],
    })
    assert.deepEqual(judge(endedWith(0, { stderr }), ['c.example']), { kind: 'ok' })
    assert.deepEqual(judge(endedWith(0, { stderr }), ['a.exampl']), { kind: 'ok' })
  })

  it('takes status 1 for a no, with what nginx says', () => {
    const stderr = `2026/01/01 00:00:00 [emerg] 1#1: duplicate location "/" in x.conf:1\n${FAILED}\n`
    assert.deepEqual(judge(endedWith(1, { stderr }), []), {
      kind: 'complaint',
      complaint: '2026/01/01 00:00:00 [emerg] 1#1: duplicate location "/" in x.conf:1',
    })
  })

  it('tells five lines of a complaint', () => {
    const stderr = Array.from({ length: 9 }, (_, line) => `line ${line}\n`).join('')
    const result = judge(endedWith(1, { stderr }), [])
    assert.deepEqual(result, { kind: 'complaint', complaint: 'line 0\nline 1\nline 2\nline 3\nline 4' })
  })

  it('takes a no without words for a no, though the words are those of a yes', () => {
    assert.equal(judge(endedWith(1, { stderr: '' }), []).kind, 'complaint')
    assert.equal(judge(endedWith(1, { stderr: OK }), []).kind, 'complaint')
  })

  for (const [what, ended] of [
    ['could not be started', endedWith(226, { stderr: OK })],
    ['is not there', endedWith(127, { stderr: 'spawn systemd-run ENOENT' })],
    ['was killed', { ...endedWith(null), timedOut: true }],
  ] as const) {
    it(`takes it neither for a yes nor for a no that it ${what}`, () => {
      assert.throws(() => judge(ended, []), CallFailed)
    })
  }
})

describe('testTree', () => {
  const { agent, ran, remove } = testAgent({
    systemd: nginxSystemd({ exec: ['/nix/nginx', ['/nix/nginx', '-c', '/nix/my.conf']] }),
    run: async () => endedWith(0, { stderr: OK }),
  })
  after(remove)

  it('has nginx see a tree in place of the live one', async () => {
    assert.deepEqual(await testTree(agent, { folder: '/run/tree', domains: [] }), { kind: 'ok' })
    assert.deepEqual(ran.splice(0), [
      `systemd-run --quiet --collect --description=slipway: tests nginx's configuration --property=MemoryMax=1G --property=MemorySwapMax=0 --property=LimitDATA=1G --property=TasksMax=32 --property=RuntimeMaxSec=60 --property=BindReadOnlyPaths=/run/tree:${agent.places.nginx} --wait --pipe -- /nix/nginx -t -c /nix/my.conf`,
    ])
  })

  it('tests what is in place', async () => {
    await testTree(agent, { folder: undefined, domains: [] })
    assert.deepEqual(ran.splice(0), ['/nix/nginx -t -c /nix/my.conf'])
  })
})
