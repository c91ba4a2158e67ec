import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { pack } from 'tar-stream'
import type { ApplyRequest } from '../../src/contract/activation.js'
import { ConnectExit } from '../../src/contract/exit-codes.js'
import { CallFailed } from '../../src/contract/failure.js'
import type { Program } from '../../src/contract/service.js'
import { CONTRACT_VERSION, type Params, type Verb } from '../../src/contract/verbs.js'
import { connectCommand, execCommand } from '../../src/remote/connect-command.js'
import type { Login } from '../../src/remote/login.js'
import { encodeFrame, FrameType } from '../../src/wire/frames.js'
import { acknowledge, toldBy, withAgent } from './agent-login.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import {
  type Change,
  type Forge,
  forge,
  freshShare,
  isWrittenDown,
  type KeyHost,
  keyHost,
  newId,
  RELEASES,
  refuses,
} from './key-host.js'
import { appConfig, appProject, type Ended, fields } from './project.js'

/** What the agent may need at most while a key sends whatever it likes: it needs 75 MiB when nobody does. */
const MOST_MEMORY_MIB = 512
const ONLY_APP = /this key deploys app, and does nothing else/
const CONNECT = connectCommand(['sudo', '-n'])
const COPY = 'nix-store --serve --write'

/** A key for one service can deploy that service, and nothing else whatever it is asked for. */
describe('a key for one service', () => {
  const after = cleanups()
  let host: LabHost
  let key: KeyHost
  let forged: Forge
  const message = async () => fields((await host.get('app.example.test', '/')).body).message
  const releases = () => host.run(`ls ${RELEASES}; ls -A /var/lib/slipway/incoming`)

  /** The gate does not let it through. */
  const gateRefuses = async (work: Promise<Ended>, why: RegExp) => {
    const { code, stderr, text } = await work
    assert.notEqual(code, 0, text)
    assert.match(stderr, why)
  }
  const applies = (request: ApplyRequest, name?: string) =>
    key.withKey((agent) => agent.call('apply', request), name)
  const untilTold = (id: string, step: string) =>
    host.run(`cd /var/lib/slipway/guards/${id} &&
      until grep -q '"${step}"' events; do sleep 0.1; if grep '"ended"' events >&2; then cat events >&2; exit 1; fi; done`)

  before(async () => {
    host = await labHost('t-key-host', after)
    key = await keyHost(host, after)
  })

  it('needs a deploy user, who can do nothing by himself', async () => {
    const { app, folder } = key
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    const early = await app.slipway('keys', 'add', 'web', join(folder, 'ci.pub'), '--service', 'app')
    assert.match(early.text, /has no deploy user yet/)
    const made = await app.slipway('setup', 'web', '--deploy-user')
    assert.equal(made.code, 0, made.text)
    const again = await app.slipway('setup', 'web', '--deploy-user')
    assert.match(again.text, /ready already, nothing was changed/)
    assert.equal(
      await host.run('sudo -l -U slipway | grep -c NOPASSWD; getent shadow slipway | cut -d: -f2'),
      '1\n*',
    )
    assert.match(
      await host.run('sudo -l -U slipway | tail -n 1'),
      /^ *\(root\) NOPASSWD: \/var\/lib\/slipway\/access\/gate$/,
    )
    assert.equal(
      await host.run(
        'su -s /bin/sh slipway -c "touch ~/.ssh/authorized_keys ~/x; sudo -n id" 2>&1 | grep -c -e denied -e required',
      ),
      '3',
    )
    const deployed = await app.slipway('deploy', 'other')
    assert.equal(deployed.code, 0, deployed.text)
  })

  it('is added once, and with nothing else in its file', async () => {
    const { app, folder } = key
    const add = (file: string, ...more: string[]) =>
      app.slipway('keys', 'add', 'web', join(folder, file), '--service', 'app', ...more)
    const added = await add('ci.pub')
    assert.equal(added.code, 0, added.text)
    assert.match(
      added.stdout,
      /the key ci \(SHA256:.*\) may deploy app, at app\.example\.test\/, shared\.example\.test\/forum\/, as slipway/,
    )
    assert.match((await add('ci.pub')).stdout, /as before/)
    assert.match(
      (await app.slipway('keys', 'list', 'web')).stdout,
      /app +ci +SHA256:\S+ +app\.example\.test\/,? shared\.example\.test\/forum\/$/m,
    )
    const file = '/var/lib/slipway/access/home/.ssh/authorized_keys'
    assert.match(
      await host.run(`cat ${file}`),
      /^restrict,command="\/var\/lib\/slipway\/access\/gate app ci" ssh-ed25519 \S+ slipway:app\/ci$/,
    )
    assert.equal(await host.run(`stat -c '%U %a' ${file}`), 'root 644')
    const text = await host.run(`cut -d ' ' -f 3-4 ${file}`)
    await writeFile(join(folder, 'two-keys.pub'), `${text}\n${text}\n`)
    await writeFile(join(folder, 'options.pub'), `command="/bin/sh" ${text}\n`)
    for (const bad of ['two-keys.pub', 'options.pub']) assert.equal((await add(bad, '--name', 'x')).code, 2)
    assert.match(
      (await add('ci.pub', '--name', 'again')).text,
      /knows that key already, as the key ci of app/,
    )
    // The host itself looks as closely.
    for (const bad of [`${text}\nssh-ed25519 AAAA`, `${text} x\nssh-rsa`, `command="/bin/sh" ${text}`]) {
      const services = [{ service: 'app', routes: [] }]
      const params = { name: 'evil', key: bad, services, observe: false }
      await refuses(
        withAgent(host, ({ agent }) => agent.call('addKey', params)),
        /not one public key/,
      )
    }
    assert.equal(await host.run(`wc -l <${file}`), '1')
    assert.equal((await add('two.pub')).code, 0)
  })

  it('deploys, deploys again, shows the status and goes back', async () => {
    const first = await key.ci('deploy')
    assert.equal(first.code, 0, first.text)
    assert.match(first.stdout, /✓ app on web: release 1 serves/)
    await key.app.write('message', 'two\n')
    const second = await key.ci('deploy')
    assert.equal(second.code, 0, second.text)
    assert.equal(await message(), 'two')
    assert.match((await key.ci('status')).stdout, /web +app +2 .* healthy/)
    assert.match((await key.ci('logs', 'app', '-n', '20', '--since', '10 min ago')).stdout, /starting two/)
    const back = await key.ci('rollback')
    assert.equal(back.code, 0, back.text)
    assert.equal(await message(), 'one')
    forged = await forge(key)
  })

  it('is named by what it did', async () => {
    const rows = JSON.parse((await key.ci('releases', '--json')).stdout)
    assert.match(rows[0].by, /^\S+@\S+ \(key ci\)$/)
    const lines = await key.journal()
    assert.ok(lines.some((line) => /^key ci of app from 10\.[\d.]+: apply [0-9a-f]{16} /.test(line)))
    assert.match(await host.run('cat /var/lib/slipway/services/app/log'), /\(key ci\)/)
  })

  it('audit 30: sees nothing of other services, and no part of the host', async () => {
    const params = { probe: false, settings: true, secretKeys: true, systems: [] }
    const report = await key.withKey((agent) => agent.call('report', params))
    assert.deepEqual(
      report.services.map(({ name }) => name),
      ['app'],
    )
    assert.deepEqual(report.host.key, { service: 'app', name: 'ci', services: ['app'], observe: false })
    const { ports } = JSON.parse(
      await host.run('cat /var/lib/slipway/services/other/releases/1/release.json'),
    )
    for (const port of ports) assert.ok(report.ports.includes(port))
    const text = JSON.stringify(report)
    assert.ok(!text.includes('other.example.test') && !text.includes('"other"'), text)
  })

  it('opens no shell, no files, no ports, no agent', async () => {
    const { ssh, asks, destination, options, folder } = key
    await gateRefuses(ssh([destination]), ONLY_APP)
    await isWrittenDown(key, /refused: this key deploys app.*\(asked: a shell\)/)
    await gateRefuses(ssh(['-tt', destination, 'sh']), /slipway refuses|PTY allocation request failed/)
    await gateRefuses(asks('id'), ONLY_APP)
    await gateRefuses(ssh(['-A', destination, 'ssh-add -l']), ONLY_APP)
    const sftp = await execa('sftp', [...options(), '-b', '/dev/null', destination], { reject: false })
    assert.notEqual(sftp.exitCode, 0)
    for (const legacy of [[], ['-O']]) {
      const words = [...options(), ...legacy, `${destination}:/etc/passwd`, folder]
      assert.notEqual((await execa('scp', words, { reject: false })).exitCode, 0)
    }
    const there = await ssh(['-W', '127.0.0.1:80', destination], 'GET / HTTP/1.0\r\n\r\n')
    const back = await ssh(['-N', '-R', '0:127.0.0.1:22', '-o', 'ExitOnForwardFailure=yes', destination])
    assert.match(there.stderr, /administratively prohibited/)
    assert.match(back.stderr, /forwarding failed/)
    assert.match(
      await host.run('journalctl -q -o cat --no-pager -t sshd -t sshd-session'),
      /refused local port forward: .*127\.0\.0\.1/,
    )
  })

  it('runs nothing that was smuggled into words', async () => {
    const ends = ['; id', ' $(touch /tmp/pwned)', '\nid', ' | sh', ' >/tmp/pwned', ' x']
    for (const end of ends) await gateRefuses(key.asks(`${CONNECT}${end}`), /slipway refuses: /)
    for (const end of ends.slice(0, 3)) await gateRefuses(key.asks(`${COPY}${end}`), /slipway refuses: /)
    const others = [
      execCommand(['sudo', '-n'], 'app', false, ['id']),
      `sudo -n /var/lib/slipway/access/gate other ci '' id`,
      'nix-store --serve',
      'nix-store --export /nix/store',
      'nix-daemon --stdio',
      '../bin/nix-store --serve --write',
      '/tmp/x y/nix-store --serve --write',
      `sh -c 'id; touch /tmp/pwned' slipway-exec`,
      "sh -c 'x' slipway-connect 1 2",
    ]
    for (const other of others) await gateRefuses(key.asks(other), /slipway refuses: /)
    // What stands between the quotes is not run.
    await key.asks(`sh -c 'touch /tmp/pwned' slipway-connect 1`)
    assert.equal(await host.run('ls /tmp/pwned 2>/dev/null || echo none'), 'none')
  })

  it('is answered nothing but what it may ask', async () => {
    const [service, who] = ['app', 'me']
    const path = await host.run(`readlink ${RELEASES}/1/package`)
    const secret = { service, name: 'TOKEN', who }
    const system = { name: 'x', user: 'root', profileName: 'system', profile: null }
    const asked: { [V in Verb]?: Params<V>[] } = {
      report: [{ probe: false, settings: false, secretKeys: false, systems: [system] }],
      withdraw: [{ service: 'other', who }],
      realise: [{ service: 'other', package: path, derivation: null, mayWork: true }],
      history: [{ service: 'other' }, { service: 'app-x' }],
      logs: [{ service: 'other', follow: false, lines: null, since: null }],
      maintenance: [{ service, on: true }],
      stop: [{ service, who }],
      remove: [{ service, who, purge: true }],
      keepSecret: [{ ...secret, version: 'ab', key: 'ab', value: '' }],
      forgetSecret: [secret],
      listKeys: [{}],
      addKey: [
        {
          name: 'x',
          key: 'ssh-ed25519 AAAA',
          services: [{ service, routes: [] }],
          observe: true,
        },
      ],
      audit: [{ name: null, lines: 10 }],
      abortTurn: [{ who }],
      removeKey: [{ service, name: 'two' }],
      certificates: [{ mode: 'list', ms: 1000, domains: [] }],
      setCertificateEnv: [{ text: 'X=1' }],
      certificateAuthority: [{}],
      dryActivate: [{ path, user: 'root' }],
      prepare: [{ dry: false, deployUser: null, programs: [] }],
      upgrade: [{ hash: '0123456789abcdef', stream: 1 }],
    }
    await key.withKey(async (agent) => {
      for (const [verb, calls] of Object.entries(asked)) {
        for (const params of calls) await refuses(agent.call(verb as Verb, params as never), ONLY_APP)
      }
      // Nor what is none of its words.
      const hostile = ['app; id', '$(id)', '../other', '', '-n', 'app\nid', '*', "app'", 'a'.repeat(100)]
      for (const word of hostile) await refuses(agent.call('history', { service: word }), /history: service/)
      const odd = { service, follow: false, lines: 1, since: '-D /etc' }
      await refuses(agent.call('logs', odd), /logs: since/)
      await refuses(agent.call('withdraw', { service, who: 'a\u001b[2J' }), /in one line who asks/)
    })
    for (const verb of ['stop', 'upgrade', 'certificateAuthority']) {
      await isWrittenDown(key, new RegExp(`refused: ${verb}: this key deploys app`))
    }
    assert.equal(await message(), 'one')
  })

  it('audit 1, 2, 6, 17, 20: brings no release that reaches beyond its service', async () => {
    const plain = forged.request(3)
    const { manifest } = plain.releases[0] ?? assert.fail()
    const service = manifest.service as Program
    const [route] = service.routes
    assert.ok(route)
    const item = plain.items[0] ?? assert.fail()
    const job = { name: 'x', run: ['app'], env: {}, unit: {} }
    const tls = (certificate: object) => {
      const https = { ...route, url: 'https://app.example.test', scheme: 'https' as const }
      return { service: { routes: [{ ...https, tls: { [route.domain]: certificate } }] } } as Change
    }
    const elsewhere = (domain: string, path = '/') => {
      const url = `http://${domain}${path === '/' ? '' : path.replace(/\/$/, '')}`
      return { service: { routes: [{ ...route, url, domain, path }] } } as Change
    }
    const attacks: [Change, RegExp][] = [
      [{ service: { unit: { User: 'root' } } }, /a directive of its unit is not allowed: User=root/],
      [{ service: { unit: { ExecStartPre: '+/bin/sh -c id' } } }, /not allowed: ExecStartPre=\+\/bin\/sh/],
      [{ service: { unit: { ExecStart: ['', '+/bin/sh'] } } }, /not allowed: ExecStart=/],
      [{ service: { unit: { Environment: 'X=1\nUser=root' } } }, /not allowed: Environment=/],
      [{ service: { unit: { NoNewPrivileges: false, MemoryMax: '1G' } } }, /NoNewPrivileges=false/],
      [{ service: { unit: { MemoryMax: 'infinity' } } }, /MemoryMax=infinity/],
      [{ service: { unit: { KillMode: 'none' } } }, /KillMode=none/],
      [
        { service: { processes: [{ ...job, unit: { User: 'root' } }] } },
        /app-x\.service is not allowed: User=root/,
      ],
      [{ service: { timers: [{ ...job, calendar: '$(id)' }] } }, /calendar of x is not allowed/],
      [{ service: { run: ['app', '\u001b[2J'] } }, /its command holds control characters/],
      [{ service: { listen: { mode: 'fixed', port: 22 } } }, /port 22 is none of a service's/],
      [{ service: { keep: 9999 } }, /keeps more than 100 releases/],
      [{ service: { watchMs: 86_400_000 } }, /watched for longer than 900 s/],
      [{ service: { name: 'other' } }, /another release than it asks for/],
      [{ manifest: { ports: [20_000, 20_001] } }, /brings ports that it does not listen on/],
      [elsewhere('other.example.test'), /this key may not serve other\.example\.test\//],
      [elsewhere('shared.example.test'), /this key may not serve shared\.example\.test\//],
      [elsewhere('shared.example.test', '/forumx/'), /this key may not serve/],
      [
        { service: { routes: [{ ...route, redirectFrom: ['other.example.test'] }] } },
        /may not serve other\.example/,
      ],
      [{ service: { routes: [{ ...route, url: 'http://bank.example' }] } }, /another than it says/],
      [
        tls({ from: 'files', certificate: '/etc/shadow', key: '/etc/shadow', hstsSeconds: 0 }),
        /app\.example\.test in this way is for an administrator to deploy first: from files/,
      ],
      [tls({ from: 'local', hstsSeconds: 999_999_999 }), /use HTTPS alone for app\.example\.test only as/],
      [{ request: { items: [{ ...item, name: 'other' }] as never } }, ONLY_APP],
      [{ request: { items: [item, item] } }, ONLY_APP],
      [{ request: { items: [] } }, ONLY_APP],
      [{ request: { secretKeys: [{ service: 'other', key: 'ab' }] } }, /secrets of another service/],
      [{ request: { guard: { ...plain.guard, activateMs: 86_400_000 } } }, /may take 900 s at most/],
      [{ request: { guard: { ...plain.guard, confirmMs: 86_400_000 } } }, /may take 120 s at most/],
      [{ request: { who: 'root\u001b[2J' } }, /in one line who/],
      [{ request: { what: 'deploy\nother' } }, /in one line who deploys what/],
      // What no config could say does not even come so far.
      [{ service: { name: '../../etc' } }, /apply: releases\.0\.manifest\.service/],
      [{ service: { user: 'root' } }, /apply: releases\.0\.manifest\.service/],
      [{ service: { unit: { 'Exec\nStart': 'x' } } }, /apply: releases\.0\.manifest\.service/],
      [{ manifest: { format: 1 as never } }, /apply: releases\.0\.manifest/],
      [{ manifest: { package: '/etc' } }, /apply: releases\.0\.manifest/],
      [{ request: { id: '../../x' } }, /apply: id/],
      [{ request: { nonce: 'short' } }, /apply: nonce/],
    ]
    await key.withKey(async (agent) => {
      for (const [change, line] of attacks) {
        await refuses(agent.call('apply', forged.request(3, change)), line)
      }
    })
    await isWrittenDown(key, /refused: apply: a directive of its unit is not allowed: User=root/)
    assert.equal(await releases(), '1\n2')
    assert.equal(await message(), 'one')
  })

  it('does not have the host restart its network', async () => {
    const escalate = { networkMs: 1000, units: ['ssh.service'], rebootMs: 1000 }
    const guard = { ...forged.request(3).guard, escalate, confirmMs: 1000 }
    const request = forged.request(3, { request: { guard } })
    const boot = await host.run('cat /proc/sys/kernel/random/boot_id; systemctl show -P InvocationID ssh')
    await applies(request)
    const { settings } = JSON.parse(await host.run(`cat /var/lib/slipway/guards/${request.id}/guard.json`))
    assert.equal(settings.escalate, null)
    const steps = (await toldBy(host, request.id)).map(({ step }) => step)
    assert.ok(steps.includes('reverted'), steps.join(' '))
    await acknowledge(host, request.id)
    assert.equal(
      await host.run('cat /proc/sys/kernel/random/boot_id; systemctl show -P InvocationID ssh'),
      boot,
    )
  })

  it('audit 15, 16: ships files, and nothing that is none', async () => {
    await freshShare(key)
    const sends = async (number: number, add: (archive: ReturnType<typeof pack>) => void) => {
      const archive = pack()
      add(archive)
      archive.finalize()
      const chunks: Buffer[] = []
      for await (const chunk of archive) chunks.push(chunk as Buffer)
      return key.withKey((agent) => {
        const { stream } = agent.upload(Buffer.concat(chunks))
        return agent.call('apply', forged.request(number, { release: { assets: stream } }))
      })
    }
    const attacks: [(archive: ReturnType<typeof pack>) => void, RegExp][] = [
      [(tar) => tar.entry({ name: '../../../x' }, 'x'), /leads out of its folder: \.\.\/\.\.\/\.\.\/x/],
      [(tar) => tar.entry({ name: '/etc/cron.d/x' }, 'x'), /leads out of its folder: \/etc/],
      [
        (tar) => tar.entry({ name: 'a', type: 'symlink', linkname: '/etc/shadow' }),
        /link leads out of its folder: a/,
      ],
      [
        (tar) => {
          tar.entry({ name: 'here', type: 'symlink', linkname: '.' })
          tar.entry({ name: 'up', type: 'symlink', linkname: 'here/..' })
        },
        /link leads out of its folder: up/,
      ],
      [
        (tar) => {
          tar.entry({ name: 'a', type: 'symlink', linkname: 'b' })
          tar.entry({ name: 'a/x' }, 'x')
        },
        /lies behind a link: a\/x/,
      ],
      [(tar) => tar.entry({ name: 'a', type: 'link', linkname: '/etc/shadow' }), /a is neither a file/],
      [(tar) => tar.entry({ name: 'a', type: 'fifo' }), /a is neither a file/],
      [(tar) => tar.entry({ name: 'a', type: 'block-device', devmajor: 8, devminor: 0 }), /a is neither/],
    ]
    for (const [add, line] of attacks) await refuses(sends(4, add), line)
    const noise = Buffer.from('x'.repeat(5000))
    await refuses(
      key.withKey((agent) => {
        const { stream } = agent.upload(noise)
        return agent.call('apply', forged.request(4, { release: { assets: stream } }))
      }),
      /the archive of shipped files can't be read/,
    )
    await isWrittenDown(key, /refused: apply: a shipped link leads out of its folder/)
    assert.equal(await releases(), '1\n2\n3')
    assert.equal(await host.run('ls /etc/cron.d/x /x 2>/dev/null || echo none'), 'none')
  })

  it('confirms its own activations only, each once, over another connection', async () => {
    const request = forged.request(4, { service: { env: { MESSAGE: 'four' } } })
    const { id, nonce } = request
    const login = await key.login()
    try {
      await login.agent.call('apply', request)
      await untilTold(id, 'waiting')
      const same = /must come over a new connection/
      await refuses(login.agent.call('reach', { id }), same)
      await refuses(login.agent.call('confirm', { id, nonce }), same)
      await key.withKey(async (agent) => {
        await agent.call('reach', { id })
        await refuses(agent.call('confirm', { id, nonce: '0'.repeat(32) }), /is no confirmation of/)
        await agent.call('confirm', { id, nonce })
      })
      await toldBy(host, id)
      forged.current = 4
      assert.equal(await message(), 'four')
      const again = key.withKey((agent) => agent.call('apply', { ...request, items: [] }))
      await refuses(again, /there is an activation of that id already/)
      await login.agent.call('acknowledge', { id })
      await refuses(login.agent.call('acknowledge', { id }), /there is no such activation/)
      await refuses(login.agent.call('confirm', { id, nonce }), /there is no such activation/)
      await refuses(login.agent.call('apply', request), /release 4 of app exists already/)
    } finally {
      login.close()
    }
  })

  it("has no say over others' activations, and none over whose turn it is", async () => {
    const mine = forged.request(5, { service: { env: { MESSAGE: 'five' } } })
    const { id, nonce } = mine
    const tries = async (agent: Login['agent']) => {
      await refuses(agent.call('follow', { id, known: 0 }), ONLY_APP)
      await refuses(agent.call('abort', { id, reason: 'x' }), ONLY_APP)
      await refuses(agent.call('reach', { id }), ONLY_APP)
      await refuses(agent.call('confirm', { id, nonce }), ONLY_APP)
      await refuses(agent.call('acknowledge', { id }), ONLY_APP)
      await refuses(agent.call('undo', { id, who: 'me', reason: 'x' }), ONLY_APP)
      await refuses(agent.call('apply', { ...forged.request(6), id }), ONLY_APP)
      // Nor does it begin another one meanwhile.
      await assert.rejects(agent.call('apply', forged.request(6)), (error) => {
        assert.ok(error instanceof CallFailed && error.failure.kind === 'locked', String(error))
        assert.equal(error.failure.holder?.who, 'somebody else')
        return true
      })
    }
    await applies(mine, 'two')
    await untilTold(id, 'waiting')
    await key.withKey(tries)
    const locked = await key.ci('rollback')
    assert.equal(locked.code, 4, locked.text)
    assert.match(locked.stderr, /somebody else holds its lock since .*: a change of their own/)
    assert.match(locked.stderr, /slipway abort web/)
    await key.withKey((agent) => agent.call('abort', { id, reason: 'enough' }), 'two')
    assert.ok((await toldBy(host, id)).some(({ step }) => step === 'reverted'))
    await key.withKey((agent) => agent.call('acknowledge', { id }), 'two')

    const theirs = { ...forged.request(6), id: newId() }
    await withAgent(host, ({ agent }) => agent.call('apply', theirs))
    await untilTold(theirs.id, 'waiting')
    mine.id = theirs.id
    await key.withKey(async (agent) => {
      for (const verb of ['reach', 'acknowledge'] as const) {
        await refuses(agent.call(verb, { id: theirs.id }), ONLY_APP)
      }
      await refuses(agent.call('abort', { id: theirs.id, reason: 'x' }), ONLY_APP)
      await refuses(agent.call('confirm', { id: theirs.id, nonce: theirs.nonce }), ONLY_APP)
    })
    await withAgent(host, ({ agent }) => agent.call('abort', { id: theirs.id, reason: 'enough' }))
    await toldBy(host, theirs.id)
    await acknowledge(host, theirs.id)
    assert.equal(await message(), 'four')
  })

  it('audit 18: is ended by an administrator, hooks and all, who is told whose it was', async () => {
    const hook = { run: ['/usr/bin/sleep', '800'], timeoutMs: 900_000, irreversible: false }
    const request = forged.request(20, { service: { before: [hook] } })
    request.guard.activateMs = 900_000
    request.items = request.items.map((item) => ({ ...item, hooks: true }) as never)
    await applies(request)
    const unit = `slipway-hook-${request.id}-app.service`
    await host.run(`timeout 60 sh -c 'until systemctl is-active -q ${unit}; do sleep 0.1; done'`)
    assert.equal(
      await host.run(`systemctl show -P User ${unit}; systemctl show -P BindsTo ${unit}`),
      'app\nslipway-agent.service',
    )
    const locked = await key.app.slipway('restart', 'app')
    assert.equal(locked.code, 4, locked.text)
    assert.match(locked.stderr, /mallory@box \(key ci\) holds its lock .*: deploy app/)
    assert.match(locked.stderr, /`slipway abort web`, with full access, ends what goes on there/)
    const ended = await key.app.slipway('abort', 'web')
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.stdout, /web: ended what mallory@box \(key ci\) did since .* UTC: deploy app/)
    assert.equal(await host.run(`systemctl is-active ${unit} || true`), 'inactive')
    assert.match((await key.app.slipway('abort', 'web')).stdout, /web: nobody works on it/)
    const told = await key.app.slipway('audit', 'web', '--key', 'ci')
    assert.match(told.stdout, /key ci of app from 10\.[\d.]+: \S+ ended its activation [0-9a-f]{16}/)
    assert.equal(await message(), 'four')
  })

  it('audit 34: can not turn over what is written down about it', async () => {
    const before = await key.app.slipway('audit', 'web', '--json', '-n', '10000')
    const [oldest] = JSON.parse(before.stdout).entries
    // Chatter of a service: more than the journal of a small host keeps.
    await host.run(
      "head -c 64M /dev/zero | tr '\\0' x | fold -w 40000 | systemd-cat -t app; journalctl --rotate --vacuum-size=8M >/dev/null 2>&1",
    )
    for (let asked = 0; asked < 80; asked += 1) await key.asks(`x${asked}`).catch(() => undefined)
    const after = JSON.parse((await key.app.slipway('audit', 'web', '--json', '-n', '10000')).stdout)
    assert.deepEqual(after.entries[0], oldest)
    assert.ok(after.entries.length < 10_000)
  })

  it('audit 13: sends one thing at a time, which ends when it is asked to', async () => {
    const endless = async function* () {
      yield Buffer.alloc(512)
      await new Promise(() => undefined)
    }
    const login = await key.login()
    const { stream } = login.agent.upload(endless())
    const request = forged.request(7, { release: { assets: stream } })
    const sending = refuses(login.agent.call('apply', request), /enough of it/)
    await host.run(`until [ -s /var/lib/slipway/incoming/${request.id}/assets-0 ]; do sleep 0.1; done`)
    await key.withKey(async (agent) => {
      await assert.rejects(agent.call('apply', forged.request(7)), (error) => {
        assert.ok(error instanceof CallFailed && error.failure.kind === 'locked', String(error))
        assert.equal(error.failure.holder?.who, 'mallory@box (key ci)')
        return true
      })
      await agent.call('abort', { id: request.id, reason: 'enough of it' })
    })
    await sending
    login.close()
    assert.equal(await host.run('ls -A /var/lib/slipway/incoming'), '')
  })

  it('audit 34: locks nobody out, however often it logs in', async () => {
    const logins: Login[] = []
    try {
      for (let count = 0; count < 6; count += 1) logins.push(await key.login())
      await refuses(key.login(), /the host has 6 logins of the key ci of app, and takes no more at a time/)
      await key.withKey((agent) => agent.call('history', { service: 'app' }), 'two')
      await withAgent(host, ({ agent }) => agent.call('listKeys', {}))
      const log = { service: 'app', follow: true, lines: 1, since: null }
      const [first] = logins
      assert.ok(first)
      for (let count = 0; count < 4; count += 1) await first.agent.call('logs', log)
      await refuses(first.agent.call('logs', log), /a login can read 4 at a time/)
    } finally {
      for (const { close } of logins) close()
    }
    for (let tried = 0; ; tried += 1) {
      const again = await key.login().catch((error: Error) => error)
      if (!(again instanceof Error)) {
        again.close()
        break
      }
      assert.ok(tried < 20, String(again))
      await sleep(250)
    }
    assert.equal(await host.run('pgrep -c journalctl || true'), '0')
  })

  it('does not decide which version of slipway it talks to', async () => {
    const peer = key.peer()
    await refuses(peer.call('history', { service: 'app' }), /the first call must be hello/)
    await refuses(peer.call('listKeys', {}), /the first call must be hello/)
    const other = { contract: 99, version: '99.0.0' }
    const speaks = new RegExp(`speaks version ${CONTRACT_VERSION} of the contract`)
    await refuses(peer.call('hello', other), speaks)
    await refuses(peer.call('history', { service: 'app' }), speaks)
    peer.channel.close()
  })

  it('audit 15: sends whatever bytes, and the agent answers others', async () => {
    await freshShare(key)
    const pid = await host.run('systemctl show -P MainPID slipway-agent')
    const message = (text: string | Buffer) => encodeFrame(FrameType.message, 0, Buffer.from(text))
    const call = (method: string, params: string, id = '1') =>
      message(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`)
    const LARGE = 4 * 1024 * 1024 - 200
    const FEW = 45_000
    const junk = (part: string, times = FEW) => `[${Array(times).fill(part)}]`
    const header = (type: number, length: number, stream = 0) => {
      const bytes = Buffer.alloc(9)
      bytes.writeUInt8(type, 0)
      bytes.writeUInt32BE(length, 1)
      bytes.writeUInt32BE(stream, 5)
      return bytes
    }
    const piece = (stream: number, size: number) =>
      encodeFrame(FrameType.bytes, stream, Buffer.alloc(size, stream))
    const breaking: [string, Buffer, RegExp | undefined][] = [
      ['a message that is too long', header(FrameType.message, 5 * 1024 * 1024), /is too long/],
      ['one of brackets', message('['.repeat(LARGE)), /holds too much/],
      ['one of objects', call('history', junk('{}', Math.floor(LARGE / 3))), /holds too much/],
      ['one that is longer than memory', header(FrameType.message, 0xffffffff), /is too long/],
      ['a piece that is too long', header(FrameType.bytes, 70_000, 1), /is too long/],
      ['a frame of no type', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), /no frame of type/],
      ['bytes for a stream of the agent', piece(2, 10), /bytes for a stream of our own/],
      ['more than was asked for', Buffer.concat(Array(20).fill(piece(1, 65_536))), /more bytes than/],
      ['too many streams', Buffer.concat([1, 3, 5, 7, 9].map((at) => piece(at, 10))), /too many streams/],
      ['a message that is cut', message('{"jsonrpc":"2.0"').subarray(0, 20), undefined],
      ['a header that is cut', Buffer.from([1, 0, 0]), undefined],
    ]
    for (const [what, bytes, line] of breaking) {
      const { child, ended, write } = key.stream()
      write(bytes)
      if (line === undefined) child.stdin?.end()
      await Promise.race([ended, sleep(20_000).then(() => assert.fail(`${what}: it goes on`))])
      if (line) await isWrittenDown(key, line)
    }
    const harmless: Buffer[] = [
      message('['.repeat(2 * FEW)),
      message('{"a":'.repeat(2 * FEW)),
      message(junk('{}')),
      call('history', junk('[]')),
      call('history', `{"service":"app","x":${junk('{}')}}`),
      call('apply', `{"items":${junk('{"kind":"service"}')}}`),
      call('history', `{"service":"${'x'.repeat(LARGE)}"}`),
      call('x', '{}', `"${'i'.repeat(LARGE)}"`),
      call('__proto__', '{}'),
      call('constructor', '{}'),
      message(Buffer.alloc(100_000, 0xff)),
      message(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"h\xff\xfe","params":{}}', 'latin1')),
      message('null'),
      message('{"jsonrpc":"2.0","id":1,"result":{}}'),
      Buffer.concat(Array(200_000).fill(piece(1, 0))),
      Buffer.concat(Array(200_000).fill(piece(3, 1))),
      encodeFrame(FrameType.credit, 2, Buffer.from('ffffffff', 'hex')),
      encodeFrame(FrameType.credit, 2, Buffer.from('ff')),
      encodeFrame(FrameType.broken, 2, Buffer.alloc(0)),
      encodeFrame(FrameType.end, 1, Buffer.alloc(0)),
    ]
    // All of it at once, over as many logins as there may be; each still answers.
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const peer = key.peer()
        await peer.call('hello', { contract: CONTRACT_VERSION, version: '1' })
        for (const bytes of harmless) peer.write(bytes)
        const { entries } = await peer.call('history', { service: 'app' })
        assert.ok(entries.length > 0)
        peer.channel.close()
      }),
    )
    const peak = Number(await host.run(`awk '/VmHWM/ { print $2 }' /proc/${pid}/status`)) / 1024
    const rss = Number(await host.run(`awk '/VmRSS/ { print $2 }' /proc/${pid}/status`)) / 1024
    console.log(`# the agent needed ${Math.round(peak)} MiB at most, ${Math.round(rss)} MiB afterwards`)
    assert.ok(peak < MOST_MEMORY_MIB, `${peak} MiB`)
    assert.equal(await host.run('systemctl show -P MainPID slipway-agent'), pid)
    assert.equal((await key.ci('status')).code, 0)
  })

  it('audit 19: is gone when it is removed, with all that it has open', async () => {
    const request = forged.request(8, { service: { env: { MESSAGE: 'eight' } } })
    request.guard.confirmMs = 100_000
    const login = await key.login()
    await login.agent.call('apply', request)
    await untilTold(request.id, 'waiting')
    assert.equal(await message(), 'eight')
    const log = { service: 'app', follow: true, lines: 1, since: null }
    await login.agent.call('logs', log)
    const copying = execa('ssh', [...key.options(), key.destination, '--', COPY], {
      reject: false,
      stdin: 'pipe',
    })
    const control = join(key.folder, 'control')
    const shared = ['-o', `ControlPath=${control}`]
    const master = execa('ssh', [...key.options(), '-M', '-N', ...shared, key.destination], { reject: false })
    after(async () => void master.kill())
    await host.run('until pgrep -u slipway nix-store; do sleep 0.1; done')
    for (let tried = 0; tried < 50; tried += 1) {
      const check = await key.ssh([...shared, '-O', 'check', key.destination])
      if (check.code === 0) break
      await sleep(100)
    }
    const began = Date.now()
    const removed = await key.app.slipway('keys', 'remove', 'web', 'ci', '--service', 'app')
    assert.equal(removed.code, 0, removed.text)
    await Promise.all([login.agent.closed, copying])
    assert.ok(Date.now() - began < 20_000)
    login.close()
    assert.equal(
      await host.run('pgrep -u slipway nix-store || echo none; pgrep journalctl || echo none'),
      'none\nnone',
    )
    const told = await toldBy(host, request.id)
    assert.ok(told.some(({ step, detail }) => step === 'failed' && detail === 'the key ci was removed'))
    assert.ok(told.some(({ step }) => step === 'reverted'))
    await acknowledge(host, request.id)
    assert.equal(await message(), 'four')
    // A connection that sshd still has leads no further than to the gate.
    const late = await key.ssh([...shared, key.destination, '--', COPY])
    assert.equal(late.code, ConnectExit.refused, late.text)
    assert.match(late.stderr, /this key is no longer authorised/)
    const peer = key.peer(...shared)
    await refuses(
      peer.call('hello', { contract: CONTRACT_VERSION, version: '1' }),
      /this key is no longer authorised/,
    )
    peer.channel.close()
    const { stderr } = await key.asks('id')
    assert.match(stderr, /Permission denied \(publickey/)
    await key.app.slipway('keys', 'remove', 'web', 'two', '--service', 'app')
    assert.equal(await host.run('cat /var/lib/slipway/access/home/.ssh/authorized_keys'), '')
  })
})

describe('a default service', () => {
  const after = cleanups()

  it('is exposed 2.0 at most, whichever way it listens', async () => {
    const host = await labHost('t-key-default', after)
    const app = await appProject(host.name, after, `listen: 'port', health: { path: '/health' }`)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    for (const listen of [`'port'`, `'unix'`, `'socket'`, `{ port: 4000, network: 'own' }`]) {
      await app.write(
        'slipway.config.ts',
        appConfig(host.name, `listen: ${listen}, health: { path: '/health' }`),
      )
      const deployed = await app.slipway('deploy')
      assert.equal(deployed.code, 0, deployed.text)
      const slot = await host.run('basename "$(readlink /var/lib/slipway/services/app/current)"')
      const text = await host.run(`systemd-analyze security --no-pager app@${slot}.service | tail -n 1`)
      const exposure = Number(/: (\d+\.\d+) /.exec(text)?.[1])
      assert.ok(exposure <= 2, text)
    }
  })
})
