import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { NIXPKGS, type Project, project } from './project.js'

/** Addresses inside the tunnel. */
const BOX = '10.99.0.1'
const GATE = '10.99.0.2'
const PORT = 51820

/** The state of the tunnel on the host that is deployed to. `$1`: good, silent or blink. `PEER`: of the other end. */
const TUNNEL = `
PATH=$PATH:/usr/local/bin:/usr/sbin
good="peer PEER allowed-ips ${GATE}/32 endpoint ENDPOINT:${PORT} persistent-keepalive 1"
case $1 in
  good) wg set wg0 $good ;;
  # All looks well from here, but nothing comes back any more.
  silent) wg set wg0 peer PEER allowed-ips 10.99.0.99/32 ;;
  blink)
    wg set wg0 peer PEER remove
    systemd-run --quiet --collect --on-active=3s --timer-property=AccuracySec=100ms wg set wg0 $good
    ;;
esac
`

/** WireGuard in user space, as kernels without it have it; the other end is on a host that ssh goes through. */
describe('a tunnel that is the only way in', {
  skip: !existsSync('/dev/net/tun') && 'no /dev/net/tun',
}, () => {
  const after = cleanups()
  let box: LabHost
  let app: Project
  let options: string[]

  /** Starts one end, which others know by the key that comes back. */
  async function start(host: LabHost, address: string): Promise<string> {
    for (const program of ['wireguard-go', 'wg']) {
      await host.write(`/usr/local/bin/${program}`, await readFile(`/usr/bin/${program}`))
    }
    return host.run(`chmod 755 /usr/local/bin/w*; umask 077; wg genkey >/root/key
      systemd-run --quiet --unit=wg0 wireguard-go -f wg0
      for i in $(seq 100); do [ -e /sys/class/net/wg0 ] && break; sleep 0.05; done
      wg set wg0 listen-port ${PORT} private-key /root/key
      ip address add ${address}/24 dev wg0; ip link set wg0 up
      wg pubkey </root/key`)
  }
  const configure = (message: string, state: string) =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { box: { ssh: 'root@${BOX}', options: ${JSON.stringify(options)} } },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  guard: { confirm: '8s' },
  services: { app: service({
    package: { file: './default.nix' }, listen: 'port', health: { path: '/health' }, env: { MESSAGE: '${message}' },
    routes: ['http://app.example.test'], 
    unit: { ExecStartPre: '+/bin/sh /root/tunnel.sh ${state}', ExecStopPost: '+/bin/sh /root/tunnel.sh good' },
  }) },
})
`,
    )
  const deploy = async (message: string, state: string) => {
    await configure(message, state)
    return app.slipway('deploy')
  }
  const serves = async (message: string) => {
    assert.match((await box.get('app.example.test', '/')).body, new RegExp(`^message=${message}$`, 'm'))
    await nothingLeft(box)
  }

  before(async () => {
    const [host, gate] = await Promise.all([labHost('t-g-tunnel', after), labHost('t-g-gate', after)])
    const [key, peer] = await Promise.all([start(host, BOX), start(gate, GATE)])
    await gate.run(
      `wg set wg0 peer ${key} allowed-ips ${BOX}/32 endpoint ${host.address}:${PORT} persistent-keepalive 1`,
    )
    await host.write('/root/tunnel.sh', TUNNEL.replaceAll('PEER', peer).replace('ENDPOINT', gate.address))
    await host.run(`sh /root/tunnel.sh good
      nft 'add table inet way; add chain inet way in { type filter hook input priority 0; }; add rule inet way in iifname != "wg0" tcp dport 22 drop'`)
    const [target, through] = await Promise.all([sshTarget(host.name), sshTarget(gate.name)])
    const proxy = ['ssh', ...through.options, '-W', '%h:%p', through.destination].join(' ')
    options = [...target.options, '-o', `HostKeyAlias=${host.address}`, '-o', `ProxyCommand=${proxy}`]
    const run = async (script: string) => {
      const result = await execa('ssh', [...options, `root@${BOX}`, '--', script], { reject: false })
      assert.equal(result.exitCode, 0, `${script}\n${result.stderr}`)
      return result.stdout
    }
    box = { ...host, run }
    app = await project('test/fixtures/app', after)
    const direct = ['-o', 'ConnectTimeout=1', ...target.options, target.destination, 'true']
    assert.notEqual((await execa('ssh', direct, { reject: false })).exitCode, 0)
    await configure('good', 'good')
    assert.equal((await app.slipway('setup', 'box')).code, 0)
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 0, ended.text)
    await serves('good')
  })

  it('that a change breaks without a sound comes back, as does what was there', async () => {
    const { code, text } = await deploy('silent', 'silent')
    assert.equal(code, 3, text)
    assert.match(text, /✗ app on box: release 2 is not good: nobody confirmed it over a new login within 8 s/)
    assert.match(text, /Release 1 serves, as before/)
    await serves('good')
  })

  it('that is gone for less than the deadline costs nothing', async () => {
    const { code, text } = await deploy('blink', 'blink')
    assert.equal(code, 0, text)
    assert.match(text, /✓ app on box: release 3 serves/)
    await serves('blink')
  })
})
