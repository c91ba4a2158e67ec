import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertNothingLost, type LoadReport, startLoad } from '../load/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** The same port for all, each on another address. */
const ADDRESSES = { any: '0.0.0.0', loop: '127.0.0.1', six: '::', 'six-loop': '::1' }
type Name = keyof typeof ADDRESSES
const NAMES = Object.keys(ADDRESSES) as Name[]
const PORT = 3000
const DEPLOYS = 3
const LOAD_MS = 4000
/** What is there without services that listen: ssh, and nginx, which nobody has asked for https. */
const OPEN_PORTS = [22, 80]
const LAST_PORT = 65_535
const SCANS_AT_ONCE = 512
const SCAN_MS = 2000

/** Networks of their own. */
describe('network', () => {
  const after = cleanups()
  let host: LabHost
  let other: LabHost
  let app: Project
  const extra: Partial<Record<Name, string>> = {}
  const releases: Partial<Record<Name, string>> = {}
  const ports: Partial<Record<Name, number>> = {}
  /** What services are called that have another name by now. */
  const called: Partial<Record<Name, string>> = {}

  const configure = () => {
    const services = NAMES.map(
      (name) => `'${called[name] ?? name}': service({ package: { file: './default.nix' },
        ${extra[name] ?? `listen: { port: ${PORT}, network: 'own' }`},
        health: { path: '/health', timeout: '${ports[name] === undefined ? '3s' : '30s'}' }, drain: '5s', routes: ['http://${name}.example.test'],
        env: { ADDRESS: '${ADDRESSES[name]}', PORT: '${ports[name] ?? PORT}', RELEASE: '${releases[name] ?? 'r0'}' } })`,
    )
    return app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'
export default defineConfig({ hosts: { web: 'rehearse:${host.name}' }, overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { ${services.join(',\n')} } })`,
    )
  }
  const deploy = async (code: number, ...words: string[]) => {
    await configure()
    const ended = await app.slipway('deploy', ...words)
    assert.equal(ended.code, code, ended.text)
    return ended.text
  }
  const answers = async (name: Name) => (await host.get(`${name}.example.test`, '/')).status
  const allAnswer = async () => {
    for (const name of NAMES) assert.equal(await answers(name), 200, name)
  }
  const drained = () =>
    host.run(
      'for i in $(seq 200); do ls /run/slipway/draining/* >/dev/null 2>&1 || exit 0; sleep 0.1; done; exit 1',
    )
  const networks = async () => (await host.run("ip netns | cut -d' ' -f1 | sort")).split('\n').filter(Boolean)
  const links = async () => (await host.run('ip -br link | grep -c ^vif-slip- || :')).trim()
  /** Runs a command in the network that serves a service. */
  const within = (name: Name, command: string) =>
    host.run(
      `ip netns exec slipway-${name}-$(basename $(readlink /var/lib/slipway/services/${name}/current)) ${command}`,
    )
  const giveIpv6 = async () => {
    await host.run('ip -6 address replace fd00:77::1/64 dev host0 nodad')
    await other.run('ip -6 address replace fd00:77::2/64 dev host0 nodad')
  }
  const reachesOthers = async () => {
    await giveIpv6()
    for (const address of [other.address, 'fd00:77::2', host.address]) {
      assert.match(await within('loop', `bash -c 'head -c 4 </dev/tcp/${address}/22'`), /^SSH-/, address)
    }
  }

  before(async () => {
    host = await labHost('t-network', after)
    other = await labHost('t-network-other', after)
    app = await project('test/fixtures/app', after)
    await configure()
    await app.commit()
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await deploy(0)
  })

  it('gives programs the same port, whichever address they listen on', async () => {
    await allAnswer()
    assert.deepEqual(await networks(), NAMES.map((name) => `slipway-${name}-blue`).sort())
    assert.equal(await host.run('nft list ruleset; sysctl -n net.ipv4.ip_forward'), '0')
  })

  it('tells programs that requests come from their own loopback', async () => {
    // gunicorn, uvicorn and others believe what a proxy on loopback says, and nobody else.
    const sockets = await host.run(
      `for i in $(seq 20); do curl -s -H 'Host: loop.example.test' 'localhost/?delay=500ms' >/dev/null & done; sleep 0.2
       ip netns exec slipway-loop-blue ss -Htn state established '( sport = :${PORT} )' | awk '{ print $NF }' | cut -d: -f1 | sort -u; wait`,
    )
    assert.equal(sockets, '127.0.0.1')
  })

  it('loses no request while instances are replaced', async (t) => {
    for (const name of ['any', 'loop', 'six-loop'] as const) {
      const domain = `${name}.example.test`
      const kinds = { keepAlive: { workers: 20, rate: 200 }, fresh: { workers: 5, rate: 50 } }
      const still = await startLoad({ address: host.address, domain, kinds })
      await sleep(LOAD_MS)
      const without = await still.stop()
      const load = await startLoad({ address: host.address, domain, kinds })
      for (let count = 1; count <= DEPLOYS; count += 1) {
        releases[name] = `r${count}`
        await deploy(0, name)
      }
      const during = await load.stop()
      assertNothingLost(during)
      t.diagnostic(
        `${name}: longest request ${longest(without)} ms without a deploy, ${longest(during)} ms with`,
      )
    }
    await drained()
    assert.equal((await networks()).length, NAMES.length)
  })

  it('is reached from outside through nginx alone', async (t) => {
    const open = await openPorts(host.address)
    t.diagnostic(`open: ${open.join(', ')}`)
    assert.deepEqual(open, OPEN_PORTS)
  })

  it('lets programs connect to wherever the host does', reachesOthers)

  it('works where a firewall drops what it does not know, and forwards nothing', async () => {
    await host.write('/root/firewall.nft', FIREWALL)
    await host.run('nft -f /root/firewall.nft')
    try {
      releases.loop = 'behind'
      releases['six-loop'] = 'behind'
      await deploy(0, 'loop', 'six-loop')
      await allAnswer()
      await reachesOthers()
    } finally {
      await host.run('nft delete table inet firewall')
    }
  })

  it('answers names by a resolver on loopback', async () => {
    await host.write('/root/resolver.pl', RESOLVER)
    await host.run(`systemd-run -q --unit=resolver perl /root/resolver.pl
      echo 'nameserver 127.0.0.53' >/etc/resolv.conf
      systemctl restart '*@way-out-*'`)
    assert.match(await within('loop', 'getent ahostsv4 any.example.org'), /^192\.0\.2\.7 /)
  })

  it('explains a refused connection to loopback, and lets it through by `reach`', async () => {
    await host.write('/root/database.pl', DATABASE)
    await host.run('systemd-run -q --unit=database perl /root/database.pl; sleep 0.5')
    const run = `run: ['/bin/bash', '-c', 'read -r word </dev/tcp/127.0.0.1/5432 && [ $word = db ] && exec app']`
    extra.loop = `${run}, listen: { port: ${PORT}, network: 'own' }`
    const text = await deploy(3, 'loop')
    assert.match(text, /it runs in a network of its own, in which nothing listens on 127\.0\.0\.1:5432/)
    assert.match(text, /reach: \['127\.0\.0\.1:5432'\]/)
    await drained()
    assert.equal((await networks()).length, NAMES.length, 'a release that failed leaves no network')
    assert.equal(await links(), String(NAMES.length))
    extra.loop = `${run}, listen: { port: ${PORT}, network: 'own', reach: ['127.0.0.1:5432'] }`
    await deploy(0, 'loop')
    assert.equal(await answers('loop'), 200)
    await within('loop', `bash -c '! : </dev/tcp/::1/5432'`)
    // The stand-in for a database does not outlive the reboot that follows.
    delete extra.loop
    await deploy(0, 'loop')
  })

  it('names the port that a program listens on in place of its own, soon after its start', async (t) => {
    ports.any = 3055
    await configure()
    const deploying = app.start('deploy', 'any', '--json-stream')
    const told = new Map<string, number>()
    for await (const line of deploying) {
      const { event } = JSON.parse(line) as { event?: { step?: string } }
      if (event?.step !== undefined) told.set(event.step, Date.now())
    }
    const { exitCode, stdout } = await deploying
    assert.equal(exitCode, 3, stdout)
    assert.match(stdout, /it listens on \*:3055, and not on 127\.0\.0\.1:3000/)
    assert.doesNotMatch(stdout, /not healthy within/, 'it is known before the time for its health is over')
    assert.match(stdout, /write listen: { port: 3055, network: 'own' }/)
    t.diagnostic(`known after ${(told.get('failed') ?? Number.NaN) - (told.get('checking') ?? 0)} ms`)
    delete ports.any
    assert.equal(await answers('any'), 200)
  })

  it('changes from the shared network to one of its own and back without losing requests', async () => {
    const domain = 'any.example.test'
    const load = await startLoad({
      address: host.address,
      domain,
      kinds: { fresh: { workers: 5, rate: 50 } },
    })
    for (const listen of [`{ port: ${PORT} }`, `{ port: ${PORT}, network: 'own' }`, `{ port: ${PORT} }`]) {
      extra.any = `listen: ${listen}`
      await deploy(0, 'any')
      if (listen.includes('own')) continue
      assert.deepEqual(await openPorts(host.address, [PORT]), [PORT])
      const past = /any listens on \*:3000, reachable from outside past nginx/
      assert.match((await app.slipway('doctor')).text, past)
      assert.match((await app.slipway('plan', 'any')).text, past)
    }
    await app.slipway('rollback', 'any', '--wait')
    assertNothingLost(await load.stop())
    extra.any = `listen: { port: ${PORT}, network: 'own' }`
    await deploy(0, 'any')
  })

  it('goes along where a service gets another name', async () => {
    const load = await startLoad({
      address: host.address,
      domain: 'six.example.test',
      kinds: { fresh: { workers: 5, rate: 50 } },
    })
    called.six = 'sixth'
    await configure()
    const renamed = await app.slipway('rename', 'six', 'sixth', '--wait')
    assert.equal(renamed.code, 0, renamed.text)
    assertNothingLost(await load.stop())
    assert.match((await networks()).join(' '), /slipway-sixth-(blue|green)$/)
    assert.equal((await networks()).length, NAMES.length)
    assert.equal(await links(), String(NAMES.length))
    assert.equal(await host.run('ls -d /etc/systemd/system/six@* 2>/dev/null || :'), '')
  })

  it('is there again after a reboot', async () => {
    await drained()
    await host.powerOff()
    await host.boot()
    await host.run(
      NAMES.map(
        (name) =>
          `for i in $(seq 200); do curl -sf -H 'Host: ${name}.example.test' localhost/health >/dev/null && break; sleep 0.1; done`,
      ).join('\n'),
    )
    await allAnswer()
    assert.equal((await networks()).length, NAMES.length)
    await reachesOthers()
  })

  it('leaves nothing when it is removed', async () => {
    await drained()
    for (const name of NAMES)
      assert.equal((await app.slipway('remove', called[name] ?? name, '--yes')).code, 0)
    assert.deepEqual(await networks(), [])
    assert.equal(await links(), '0')
    assert.equal(await host.run("systemctl list-units --all --no-legend '*@network-*' '*@way-out-*'"), '')
  })
})

function longest({ all }: LoadReport): number {
  return Math.round(all.latency.max)
}

const ALL_PORTS = Array.from({ length: LAST_PORT }, (_, index) => index + 1)

/** The TCP ports of a host that take connections from here. */
async function openPorts(address: string, ports: readonly number[] = ALL_PORTS): Promise<number[]> {
  const open: number[] = []
  const left = [...ports].reverse()
  const scan = async () => {
    for (let port = left.pop(); port !== undefined; port = left.pop()) {
      if (await isOpen(address, port)) open.push(port)
    }
  }
  await Promise.all(Array.from({ length: SCANS_AT_ONCE }, scan))
  return open.sort((one, another) => one - another)
}

function isOpen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.setTimeout(SCAN_MS, () => end(false))
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}

/** As many a host has it. */
const FIREWALL = `table inet firewall {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    tcp dport { 22, 80, 443 } accept
  }
  chain forward { type filter hook forward priority filter; policy drop; }
}
`

/** A resolver where systemd-resolved's is, to which every name is 192.0.2.7. */
const RESOLVER = `use Socket;
socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
bind($s, sockaddr_in(53, inet_aton('127.0.0.53'))) or die $!;
while (my $from = recv($s, my $q, 512, 0)) {
  my $end = index($q, "\\0", 12) + 5;
  send($s, substr($q, 0, 2) . "\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0" . substr($q, 12, $end - 12) . "\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" . inet_aton('192.0.2.7'), 0, $from);
}
`

/** What a database is here: it says so to whoever connects. */
const DATABASE = `use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
bind($s, sockaddr_in(5432, inet_aton('127.0.0.1'))) or die $!;
listen($s, 9);
while (accept(my $c, $s)) { send($c, "db\\n", 0); close $c }
`
