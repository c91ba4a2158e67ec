import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { configurationOptions, nginxUnit } from '../../../src/agent/nginx/unit.js'
import { testAgent } from '../test-agent.js'
import { nginxSystemd } from './samples.js'

describe('nginxUnit', () => {
  const agents: (() => void)[] = []
  after(() => {
    for (const remove of agents) remove()
  })
  const unit = (given: Parameters<typeof nginxSystemd>[0]) => {
    const { agent, remove } = testAgent({ systemd: nginxSystemd(given) })
    agents.push(remove)
    return nginxUnit(agent)
  }
  const running = { active: true, mainPid: 66 }

  it('is Debian’s', async () => {
    assert.deepEqual(await unit({}), {
      program: '/usr/sbin/nginx',
      options: [],
      ...running,
      user: '',
      group: '',
    })
  })

  it('is that of NixOS, with its configuration', async () => {
    const program = '/nix/store/abc-nginx-1.26/bin/nginx'
    const words = [program, '-c', '/nix/store/abc-nginx.conf', '-e', 'stderr']
    assert.deepEqual(await unit({ exec: [program, words], user: 'nginx', group: 'web' }), {
      program,
      options: ['-c', '/nix/store/abc-nginx.conf'],
      ...running,
      user: 'nginx',
      group: 'web',
    })
  })

  it('is the one on the path where the unit starts it by something else', async () => {
    assert.equal((await unit({ exec: ['/usr/bin/start-nginx', ['start-nginx']] })).program, 'nginx')
  })

  it('says of root that the configuration decides', async () => {
    const { user, group } = await unit({ user: 'root', group: 'root' })
    assert.deepEqual([user, group], ['', ''])
  })

  it('is not asked about where there is none', async () => {
    const none = { load: 'not-found', active: 'inactive', mainPid: 0 }
    assert.deepEqual(await unit({ state: none, exec: ['/gone/nginx', []] }), {
      program: 'nginx',
      options: [],
      active: false,
      mainPid: 0,
      user: '',
      group: '',
    })
  })
})

describe('configurationOptions', () => {
  for (const [words, options] of [
    ['nginx', []],
    ['nginx -g daemon', []],
    ['nginx -c /a.conf -g daemon', ['-c', '/a.conf']],
    ['nginx -p /srv -c a.conf', ['-p', '/srv', '-c', 'a.conf']],
    ['nginx -c/a.conf', ['-c', '/a.conf']],
    ['nginx -c', []],
  ] as const) {
    it(`of ${words}`, () => assert.deepEqual(configurationOptions(words.split(' ')), options))
  }
})
