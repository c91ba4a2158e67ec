import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { ApplyRequest } from '../../src/contract/activation.js'
import type { Login } from '../../src/remote/login.js'
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
  NIX,
  RELEASES,
  refuses,
} from './key-host.js'
import { LAB_ENV } from './project.js'

const SOCKETS = '/run/slipway-sockets'
const ONLY_APP = /this key deploys app, and does nothing else/
/** Answers with headers that speak for all of a domain, and with the path that it was asked for. */
const LOUD = `require('http').createServer((request, response) => {
  response.setHeader('Strict-Transport-Security', 'max-age=999999999')
  response.setHeader('Service-Worker-Allowed', '/')
  response.end('path=' + request.url)
}).listen(process.env.LISTEN_PATH)`

/** What a second audit has tried beside the first one's attacks: by keys on their host, and by services on it. */
describe('a key, or a program, that means harm', () => {
  const after = cleanups()
  let host: LabHost
  let key: KeyHost
  let forged: Forge
  let next = 2
  const request = (change?: Change) => {
    const made = forged.request(next, change)
    next += 1
    return made
  }
  const untilTold = (id: string, step: string) =>
    host.run(`cd /var/lib/slipway/guards/${id} &&
      until grep -q '"${step}"' events; do sleep 0.1; if grep '"ended"' events >&2; then cat events >&2; exit 1; fi; done`)
  const confirms = async (login: Login, { id, nonce }: ApplyRequest) => {
    await untilTold(id, 'waiting')
    await key.withKey(async (agent) => {
      await agent.call('reach', { id })
      await agent.call('confirm', { id, nonce })
    })
    await toldBy(host, id)
    await login.agent.call('acknowledge', { id })
  }
  const deploys = async (made: ApplyRequest) => {
    const login = await key.login()
    try {
      await login.agent.call('apply', made)
      await confirms(login, made)
      forged.current = next - 1
    } finally {
      login.close()
    }
  }
  const asApp = (script: string) =>
    host.run(`setpriv --reuid app --regid app --clear-groups sh -c '${script}'`)

  before(async () => {
    host = await labHost('t-attacks', after)
    key = await keyHost(host, after)
    const pub = (name: string) => join(key.folder, `${name}.pub`)
    for (const words of [
      ['setup', 'web', '--deploy-user'],
      ['deploy', 'other'],
      ['keys', 'add', 'web', pub('ci'), '--service', 'app'],
      ['keys', 'add', 'web', pub('two'), '--observe'],
    ]) {
      const ended = await key.app.slipway(...words)
      assert.equal(ended.code, 0, ended.text)
    }
    const first = await key.ci('deploy')
    assert.equal(first.code, 0, first.text)
    forged = await forge(key)
  })

  it('opens no socket of the host by any option of ssh', async () => {
    const { ssh, destination, folder } = key
    const socket = join(folder, 'agent.sock')
    for (const path of ['/run/slipway-agent/agent.sock', '/nix/var/nix/daemon-socket/socket']) {
      const forward = execa('ssh', [...key.options(), '-N', '-L', `${socket}:${path}`, destination], {
        reject: false,
      })
      await sleep(1500)
      const asked = await execa('curl', ['-sS', '--max-time', '5', '--unix-socket', socket, 'http://x/'], {
        reject: false,
      })
      assert.notEqual(asked.exitCode, 0)
      forward.kill()
      const { stderr } = await forward
      assert.match(stderr, /administratively prohibited|open failed/)
      await execa('rm', ['-f', socket])
    }
    const options: [string[], RegExp][] = [
      [
        ['-o', 'ExitOnForwardFailure=yes', '-N', '-R', '/tmp/back.sock:127.0.0.1:22'],
        /port forwarding failed/,
      ],
      [['-o', 'ExitOnForwardFailure=yes', '-N', '-w', '0:0'], /Tunnel forwarding failed|open failed/],
      [['-X'], ONLY_APP],
      [['-o', 'SetEnv=NODE_OPTIONS=--version BASH_ENV=/tmp/x LC_ALL=/tmp/x'], ONLY_APP],
    ]
    for (const [words, line] of options) assert.match((await ssh([...words, destination])).text, line)
    assert.equal(await host.run('ls /tmp/back.sock 2>/dev/null || echo none'), 'none')
  })

  it('audit 30: is told nothing of another service by a refusal', async () => {
    const [item] = forged.request(next).items
    const theirs = { ...item, name: 'other', to: 1 } as never
    const asked = key.withKey((agent) =>
      agent.call('apply', forged.request(next, { request: { items: [theirs], releases: [] } })),
    )
    await assert.rejects(asked, (error: Error) => {
      assert.match(error.message, ONLY_APP)
      assert.doesNotMatch(error.message, /project|other/)
      return true
    })
    await isWrittenDown(key, /refused: apply: this key deploys app/)
  })

  it('takes over nothing, renames nothing, and names no other project', async () => {
    const [item] = forged.request(next).items
    const as = (fields: object): Change => ({ request: { items: [{ ...item, ...fields }] as never } })
    const attacks: [Change, RegExp][] = [
      [as({ takeOver: true }), /to take over what is another project's is for an administrator/],
      [as({ renames: 'other' }), /to give a service another name is for an administrator/],
      [as({ action: 'rename' }), /to give a service another name is for an administrator/],
      [{ manifest: { project: 'me/evil' } }, /app is of the project \S+, and stays so/],
    ]
    await key.withKey(async (agent) => {
      for (const [change, line] of attacks)
        await refuses(agent.call('apply', forged.request(next, change)), line)
      const last = forged.request(999_999_999)
      await refuses(agent.call('apply', last), /release 999999999 is none of the next after 1/)
    })
    await isWrittenDown(key, /refused: apply: app is of the project/)
    await isWrittenDown(key, /refused: apply: release 999999999 is none/)
  })

  it('audit 2, 7, 8, 11, 13, 20: is refused what it should not have, and that is written down', async () => {
    await freshShare(key)
    const { manifest } = forged.request(next).releases[0] ?? assert.fail()
    const forum = manifest.service.routes.find(({ path }) => path === '/forum/') ?? assert.fail()
    const routed = (fields: object): Change => ({ service: { routes: [{ ...forum, ...fields }] } })
    const headers = (name: string) => routed({ http: { headers: { [name]: '/' } } })
    const secret = { service: 'app', name: 'A', version: 'aa', value: 'eA==' }
    const attacks: [Change, RegExp][] = [
      [headers('Transfer-Encoding'), /apply: releases\.0\.manifest/],
      [headers('Strict-Transport-Security'), /apply: releases\.0\.manifest/],
      [headers('Service-Worker-Allowed'), /is for who has all of shared\.example\.test to say/],
      [
        routed({ url: 'http://shared.example.test/', path: '/' }),
        /may not serve shared\.example\.test\/|belongs to other/,
      ],
      [routed({ path: '/(?<slipway_upstream>[^/]+)/' }), /apply: releases\.0\.manifest/],
      [{ request: { secrets: Array(65).fill(secret) } }, /more secrets than a service has/],
      [{ service: { unit: { RestartSec: '100ms' } } }, /not allowed: RestartSec=100ms/],
    ]
    for (const [change, line] of attacks) {
      await key.withKey((agent) => refuses(agent.call('apply', forged.request(next, change)), line))
      await isWrittenDown(key, new RegExp(`refused: .*(${line.source})`))
    }
    assert.equal(await host.run(`ls ${RELEASES}`), '1')
  })

  it('audit 30: looks at no path of the host but the profiles of Nix', async () => {
    const report = { probe: false, settings: false, secretKeys: false }
    const system = { name: 'x', user: 'root', profileName: 'system' }
    await key.withKey(async (agent) => {
      for (const profile of ['/root/.ssh/authorized_keys', '/nix/var/nix/profiles/../../../../root/x']) {
        await refuses(
          agent.call('report', { ...report, systems: [{ ...system, profile }] }),
          /this key looks at the host, and does nothing else/,
        )
      }
      await agent.call('report', { ...report, systems: [{ ...system, profile: null }] })
    }, 'two')
  })

  it('audit 14: reads journals by any pattern within a minute of a processor, after everything else', async () => {
    const login = await key.login()
    const log = { service: 'app', follow: true, lines: 1000, since: null, grep: '(a+)+(a|b)+c' }
    await login.agent.call('logs', log)
    assert.match(
      await host.run('pid=$(pgrep -n journalctl); ps -o ni= -p $pid; grep "Max cpu" /proc/$pid/limits'),
      /^ *19\nMax cpu time +60 +60 /,
    )
    login.close()
    await withAgent(host, ({ agent }) =>
      agent.call('logs', { service: 'app', follow: false, lines: 1, since: null }),
    )
  })

  it('audit 13: fills the folder of its sockets, and others have room for theirs', async () => {
    const made = Number(
      await asApp(`cd ${SOCKETS}/app; i=0; while mkdir d$i 2>/dev/null; do i=$((i+1)); done; echo $i`),
    )
    assert.ok(made < 64, String(made))
    await host.run(`mkdir ${SOCKETS}/zz && rmdir ${SOCKETS}/zz`)
    assert.match(
      await host.run(`grep ' ${SOCKETS}/app ' /proc/self/mountinfo`),
      /nosuid,nodev,noexec.*nosymfollow/,
    )
    // Nor does it make devices, run what lies there, or lead anybody elsewhere.
    await asApp(`cd ${SOCKETS}/app; rmdir d*; ln -s /etc/passwd pw`)
    await assert.rejects(host.run(`cat ${SOCKETS}/app/pw`))
    await asApp(`rm ${SOCKETS}/app/pw`)
  })

  it('audit 18: asks systemd for more time to end, and is ended all the same', async () => {
    const stubborn =
      'trap "while :; do systemd-notify EXTEND_TIMEOUT_USEC=120000000; sleep 2; done" TERM; systemd-notify --ready; while :; do sleep 1; done'
    const made = request({
      service: {
        run: ['/bin/sh', '-c', stubborn],
        routes: [],
        unit: { Type: 'notify', NotifyAccess: 'all', TimeoutStopSec: '2s', KillMode: 'mixed' },
      },
    })
    for (const { manifest } of made.releases) delete (manifest.service as { listen?: unknown }).listen
    await key.withKey((agent) => agent.call('apply', made))
    await untilTold(made.id, 'waiting')
    const began = Date.now()
    await key.withKey((agent) => agent.call('abort', { id: made.id, reason: 'enough' }))
    const told = await toldBy(host, made.id)
    const seconds = (Date.now() - began) / 1000
    console.log(`# a program that would not end was ended within ${Math.round(seconds)} s`)
    assert.ok(told.some(({ step }) => step === 'reverted'))
    assert.ok(seconds < 45, String(seconds))
    const { stdout } = await key.app.slipway('audit', 'web', '--key', 'ci')
    assert.match(stdout, new RegExp(`key ci of app from 10\\.\\S+: abort ${made.id} enough`))
    await acknowledge(host, made.id)
  })

  it('audit 19: leaves nothing running of a hook', async () => {
    const hook = {
      run: ['/bin/sh', '-c', 'setsid sleep 4711 >/dev/null 2>&1 & exit 0'],
      timeoutMs: 20_000,
      irreversible: false,
    }
    const made = request({ service: { before: [hook] } })
    made.items = made.items.map((item) => ({ ...item, hooks: true }) as never)
    await deploys(made)
    assert.equal(await host.run('pgrep -f "sleep 471[1]" || echo none'), 'none')
  })

  it('audit 11: says nothing to browsers for all of a domain of which it has a part', async () => {
    const node = await host.run('readlink -f /var/lib/slipway/agent/node/bin/node')
    await deploys(request({ service: { run: [node, '-e', LOUD] } }))
    const part = await host.get('shared.example.test', '/forum/x')
    assert.equal(part.body, 'path=/x')
    for (const name of ['strict-transport-security', 'service-worker-allowed']) {
      assert.equal(part.headers.get(name), null, name)
    }
    const whole = await host.get('app.example.test', '/x')
    assert.equal(whole.headers.get('strict-transport-security'), 'max-age=999999999')
  })

  it('audit 7: is asked for its own paths alone, however they are written', async () => {
    const asked = async (path: string) => {
      const words = [
        '-sS',
        '--path-as-is',
        '-H',
        'Host: shared.example.test',
        `http://${host.address}${path}`,
      ]
      return (await execa('curl', words)).stdout
    }
    for (const path of [
      '/forum/%2e%2e/x',
      '/forum/..%2fx',
      '/forum/%2E%2E%2Fx',
      '//forum/..//x',
      '/forum/./../x',
    ]) {
      assert.doesNotMatch(await asked(path), /^path=/, path)
    }
    for (const path of ['/%66orum/x', '//forum//x', '/a/..%2fforum%2fx', '/forum/y/../x']) {
      assert.match(await asked(path), /^path=\/+x$/, path)
    }
    for (const path of ['/forum/;/../x', '/forum/..;/x', '/forum/%252e%252e/x', '/forum/%5c..%5cx']) {
      assert.doesNotMatch(await asked(path), /^path=(?!\/)|^path=.*\/\.\.(\/|$)/, path)
    }
  })

  it('audit 34: puts no words into the mouth of the audit log', async () => {
    const forgedLine = 'key two from 10.0.0.1: refused: x'
    await host.run(`setpriv --reuid other --regid other --clear-groups logger -t slipway '${forgedLine}'`)
    await host.run(
      `setpriv --reuid other --regid other --clear-groups logger -t app 'a line of another'; journalctl --sync`,
    )
    assert.doesNotMatch((await key.app.slipway('audit', 'web')).stdout, /10\.0\.0\.1/)
    const journal = await host.run('journalctl -q -o cat --no-pager -t slipway _UID=0')
    assert.doesNotMatch(journal, /10\.0\.0\.1/)
    assert.match(journal, /key ci of app/)
    assert.doesNotMatch((await key.ci('logs', 'app', '-n', '1000')).stdout, /a line of another/)
  })

  it('audit 16: sends packages as long as there is room, which stays for others', async () => {
    await freshShare(key)
    await host.run(
      'mkdir /mnt/small && mount -t tmpfs -o size=900m small /mnt/small && mkdir /mnt/small/u /mnt/small/w && mount -t overlay -o lowerdir=/nix/store,upperdir=/mnt/small/u,workdir=/mnt/small/w small /nix/store',
    )
    try {
      await key.app.write('message', 'no room\n')
      const env = { ...LAB_ENV, NIX_SSHOPTS: key.options().join(' ') }
      const { stdout: drv } = await execa('nix-instantiate', [key.app.folder], { env })
      const copied = await execa(
        'nix',
        ['copy', ...NIX, '--derivation', '--to', `ssh://${key.destination}`, drv],
        { env, reject: false },
      )
      assert.notEqual(copied.exitCode, 0)
      await isWrittenDown(key, /refused: less than 1024 MiB are left on the disk of \/nix\/store/)
    } finally {
      await host.run('umount -l /nix/store && umount -l /mnt/small')
    }
  })

  it('has the packages of one service for that one alone, where it may deploy several', async () => {
    // Until now both have the same one.
    await key.app.write('message', 'of app alone\n')
    const deployed = await key.ci('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    forged.current = Number(await host.run(`ls ${RELEASES} | sort -n | tail -n 1`))
    next = forged.current + 1
    const words = ['keys', 'remove', 'web', 'two']
    assert.equal((await key.app.slipway(...words)).code, 0)
    const pub = join(key.folder, 'two.pub')
    const add = ['keys', 'add', 'web', pub, '--service', 'app', '--service', 'other']
    const added = await key.app.slipway(...add)
    assert.equal(added.code, 0, added.text)
    const path = await host.run(`readlink ${RELEASES}/${forged.current}/package`)
    const theirs = JSON.parse(await host.run('cat /var/lib/slipway/services/other/releases/1/release.json'))
    const made = forged.request(2, { manifest: { ...theirs, package: path } })
    made.items = made.items.map((item) => ({ ...item, name: 'other', expected: 1 }) as never)
    await key.withKey(async (agent) => {
      const asked = { service: 'app', package: path, derivation: null, mayWork: false }
      assert.deepEqual(await agent.call('realise', asked), { state: 'there' })
      await refuses(agent.call('apply', made), /is none that this host has got for this key/)
    }, 'two')
  })

  it('loses what it has begun with rights that it has no longer', async () => {
    const made = request({ service: { env: { MESSAGE: 'by rights of before' } } })
    const login = await key.login('two')
    await login.agent.call('apply', made)
    await untilTold(made.id, 'waiting')
    const fewer = ['keys', 'add', 'web', join(key.folder, 'two.pub'), '--observe', '--service', 'other']
    const added = await key.app.slipway(...fewer)
    assert.equal(added.code, 0, added.text)
    await login.agent.closed
    const told = await toldBy(host, made.id)
    assert.ok(
      told.some(({ step, detail }) => step === 'failed' && detail?.includes('may do less from now on')),
    )
    assert.ok(told.some(({ step }) => step === 'reverted'))
    await acknowledge(host, made.id)
    login.close()
  })

  it('audit 19: is removed while it sends, and nothing of that is left', async () => {
    const endless = async function* () {
      yield Buffer.alloc(512)
      await new Promise(() => undefined)
    }
    const login = await key.login()
    const { stream } = login.agent.upload(endless())
    const made = request({ release: { assets: stream } })
    const sending = login.agent.call('apply', made).then(
      () => 'applied',
      () => 'refused',
    )
    await host.run(`until [ -s /var/lib/slipway/incoming/${made.id}/assets-0 ]; do sleep 0.1; done`)
    const removing = key.app.slipway('keys', 'remove', 'web', 'ci', '--service', 'app')
    assert.equal(await sending, 'refused')
    assert.equal((await removing).code, 0)
    login.close()
    const { stdout } = await key.app.slipway('audit', 'web', '--key', 'ci')
    assert.match(stdout, /key ci of app from 10\.\S+: refused: apply: .*the key ci was removed/)
    assert.match(stdout, /key ci of app from 10\.\S+: removed$/m)
    assert.equal(
      await host.run(
        'for n in $(seq 50); do [ -z "$(ls -A /var/lib/slipway/incoming)" ] && break; sleep 0.1; done; ls -A /var/lib/slipway/incoming; ls /var/lib/slipway/access/realised/app | grep -v "^:two$" || true',
      ),
      '',
    )
  })

  it('leaves no mount behind when its service goes', async () => {
    const removed = await key.app.slipway('remove', 'app', '--yes')
    assert.equal(removed.code, 0, removed.text)
    assert.equal(await host.run(`grep -c ' ${SOCKETS}/app ' /proc/self/mountinfo || true`), '0')
  })
})
