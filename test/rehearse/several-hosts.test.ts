import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { execa } from 'execa'
import { down, up } from '../../src/rehearse/index.js'
import { assertNothingLeft, on, removeHosts, skip } from './real-hosts.js'

const FIRST = 't-rehearse-first'
const SECOND = 't-rehearse-second'
const BARE = 't-rehearse-bare'

/** up() in a process of its own, as another slipway would call it. */
function upElsewhere(name: string) {
  const module = new URL('../../src/rehearse/index.ts', import.meta.url).href
  const script = `import { up } from ${JSON.stringify(module)}; console.log(JSON.stringify(await up(${JSON.stringify(name)})))`
  return execa(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script])
}

after(() => removeHosts([FIRST, SECOND, BARE]))

test('several processes may bring hosts up at once', { skip }, async () => {
  const names = [FIRST, FIRST, SECOND, SECOND]
  const hosts = (await Promise.all(names.map(upElsewhere))).map(({ stdout }) => JSON.parse(stdout))
  assert.deepEqual(hosts[0], hosts[1])
  assert.deepEqual(hosts[2], hosts[3])
  assert.notEqual(hosts[0].address, hosts[2].address)
  assert.equal(
    await on(
      SECOND,
      `ping -c1 -W1 ${hosts[0].address} >/dev/null; curl -so /dev/null -w '%{http_code}' http://${hosts[0].address}/`,
    ),
    '200',
  )
  assert.notEqual(await on(FIRST, 'cat /etc/machine-id'), await on(SECOND, 'cat /etc/machine-id'))
  // Each has cgroups of its own: what one stops must not wait for processes of the other.
  await on(FIRST, 'systemctl stop nginx')
  assert.equal(await on(SECOND, 'systemctl is-active nginx'), 'active')
  assert.equal(
    await on(FIRST, 'cat /sys/fs/cgroup/system.slice/nginx.service/cgroup.procs 2>/dev/null || true'),
    '',
  )
  await Promise.all([down(FIRST), down(SECOND)])
})

test('a bare host installs what setup needs without a network', { skip }, async () => {
  const host = await up(BARE, { image: 'bare' })
  assert.equal(host.image, 'bare')
  assert.equal(await on(BARE, 'command -v nix nginx curl python3 || true'), '')
  await on(BARE, 'DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet nginx-light curl')
  assert.equal(await on(BARE, "curl -so /dev/null -w '%{http_code}' http://127.0.0.1/"), '200')
  await on(BARE, 'apt-get update && apt-get install --yes --quiet --simulate nix-bin nix-setup-systemd')
  await down(BARE)
  await assertNothingLeft(BARE, host.address)
})
