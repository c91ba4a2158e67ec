import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createNginxFinder, type NginxFacts } from '../../../src/agent/nginx/facts.js'
import type { Ended } from '../../../src/agent/run.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'
import { nginxSystemd } from './samples.js'

describe('createNginxFinder', () => {
  let host: TestAgent
  let find: () => Promise<NginxFacts>
  let unit: Parameters<typeof nginxSystemd>[0]
  let tested: Ended | undefined
  /** What nginx prints without a part of ours. */
  let rest: string
  let now: number
  let etc: string

  beforeEach(() => {
    unit = {}
    tested = undefined
    rest = ''
    now = 0
    host = testAgent({
      systemd: {
        unit: () => nginxSystemd(unit).unit(),
        property: (...asked) => nginxSystemd(unit).property(...asked),
      },
      run: async ([program, option]) => {
        if (program === 'id') return endedWith(0, { stdout: 'web-group\n' })
        if (option === '-V') return endedWith(0, { stderr: 'nginx version: nginx/1.26.3 (Debian)\n' })
        if (program === 'systemd-run') return endedWith(0, { stdout: rest })
        return tested ?? endedWith(0, { stdout: dump() })
      },
    })
    etc = join(host.folder, 'etc')
    mkdirSync(join(etc, 'conf.d'), { recursive: true })
    writeFileSync(join(etc, 'nginx.conf'), '')
    mkdirSync(host.agent.places.nginxTrees)
    symlinkSync('nginx-trees/one', host.agent.places.nginx)
    find = createNginxFinder(host.agent, () => now)
  })
  afterEach(() => host.remove())

  const dump = () =>
    `# configuration file ${etc}/nginx.conf:\nuser www-data;\nhttp {\n include ${etc}/conf.d/*.conf;\n include /var/lib/slipway/nginx/http.conf;\n include /var/lib/slipway/nginx/locations/old.example/*.conf;\n}\n`
  /** How often nginx was asked for its configuration. */
  const dumps = () => host.ran.filter((line) => /^\S*nginx -T/.test(line)).length

  it('tells what nginx says of itself', async () => {
    assert.deepEqual(await find(), {
      version: '1.26.3',
      running: true,
      valid: true,
      error: null,
      includes: true,
      domains: ['old.example'],
      group: 'web-group',
      namesHash: false,
      defaultServer: null,
      brotli: false,
    })
    assert.deepEqual(host.ran, ['/usr/sbin/nginx -V', '/usr/sbin/nginx -T', 'id -gn -- www-data'])
  })

  it('asks nginx once as long as nothing changes', async () => {
    for (let count = 0; count < 3; count += 1) await find()
    await Promise.all([find(), find()])
    assert.equal(dumps(), 1)
    rmSync(host.agent.places.nginx)
    symlinkSync('nginx-trees/two', host.agent.places.nginx)
    unit = { state: { active: 'inactive' } }
    assert.equal((await find()).running, false)
    assert.equal(dumps(), 1)
  })

  const changes: Record<string, () => void> = {
    'nginx was started anew': () => {
      unit = { state: { mainPid: 67 } }
    },
    'its unit names another program': () => {
      unit = { exec: ['/opt/nginx', ['/opt/nginx']] }
    },
    'its unit names another configuration': () => {
      unit = { exec: ['/usr/sbin/nginx', ['nginx', '-c', '/etc/other.conf']] }
    },
    'a file of its configuration changed': () => writeFileSync(join(etc, 'nginx.conf'), 'more'),
    'a file of its configuration was touched': () => utimesSync(join(etc, 'nginx.conf'), 1, 1),
    'a file of its configuration is gone': () => rmSync(join(etc, 'nginx.conf')),
    'a folder that it includes has one more': () => writeFileSync(join(etc, 'conf.d/new.conf'), ''),
    'ten minutes are over': () => {
      now = 600_001
    },
  }
  for (const [what, change] of Object.entries(changes)) {
    it(`asks again where ${what}`, async () => {
      await find()
      change()
      await find()
      await find()
      assert.equal(dumps(), 2)
    })
  }

  it('asks again about a configuration that was not good', async () => {
    tested = endedWith(1, {
      stderr:
        'nginx: [emerg] unknown directive "bad" in /etc/nginx/nginx.conf:1\nnginx: configuration file /etc/nginx/nginx.conf test failed\n',
    })
    const { valid, error, includes } = await find()
    assert.deepEqual(
      [valid, error, includes],
      [false, 'nginx: [emerg] unknown directive "bad" in /etc/nginx/nginx.conf:1', false],
    )
    tested = undefined
    assert.equal((await find()).valid, true)
    assert.equal(dumps(), 2)
  })

  it('asks for the rest of a configuration whose part of ours nginx does not take', async () => {
    tested = endedWith(1, { stderr: 'nginx: [emerg] "server_names_hash_bucket_size" directive is duplicate' })
    rest = `# configuration file ${etc}/nginx.conf:\nhttp {\n server_names_hash_bucket_size 64;\n server { listen 80 default_server; }\n}\n`
    mkdirSync(join(host.agent.places.nginxTrees, 'one'))
    const { valid, namesHash, defaultServer } = await find()
    assert.deepEqual([valid, namesHash, defaultServer], [false, true, join(etc, 'nginx.conf')])
    assert.ok(!existsSync(join(host.agent.places.run, 'nginx-none')))
  })

  it('tells that nginx is not installed', async () => {
    host.remove()
    host = testAgent({
      systemd: nginxSystemd({ state: { load: 'not-found', active: 'inactive', mainPid: 0 } }),
      run: async ([program]) =>
        program === 'id' ? endedWith(1) : endedWith(127, { stderr: `spawn ${program} ENOENT` }),
    })
    assert.deepEqual(await createNginxFinder(host.agent)(), {
      version: null,
      running: false,
      valid: false,
      error: 'nginx: not found',
      includes: false,
      domains: [],
      group: 'root',
      namesHash: false,
      defaultServer: null,
      brotli: false,
    })
  })

  it('finds the group of workers whom the unit does not run as root', async () => {
    unit = { user: 'nginx' }
    assert.equal((await find()).group, 'web-group')
    assert.ok(host.ran.includes('id -gn -- nginx'))
    unit = { user: 'nginx', group: 'web' }
    assert.equal((await find()).group, 'web')
  })
})
