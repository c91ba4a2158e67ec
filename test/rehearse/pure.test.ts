import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listText } from '../../src/cli/commands/rehearse/list.js'
import { upText } from '../../src/cli/commands/rehearse/up.js'
import { SlipwayError } from '../../src/errors.js'
import { nspawnArguments } from '../../src/rehearse/boot.js'
import { hierarchies } from '../../src/rehearse/cgroup.js'
import { networkFile } from '../../src/rehearse/disk.js'
import { freeAddress, interfaceName, machineName } from '../../src/rehearse/network.js'
import { ADDED_BY_SETUP, PACKAGES } from '../../src/rehearse/packages.js'
import { parseStat } from '../../src/rehearse/process.js'
import { type HostRecord, requireName } from '../../src/rehearse/record.js'
import { livesOn } from '../../src/rehearse/residents.js'
import { targetOf } from '../../src/rehearse/ssh.js'

const record: HostRecord = {
  name: 'web',
  address: '10.213.77.9',
  image: 'ready',
  lower: '/images/ready-1',
  created: '2026-01-31T12:00:00.000Z',
  toolchain: false,
}

test('names that reach paths are lower-case letters, digits and hyphens', () => {
  for (const name of ['a', 'web', 'web-2', 'a'.repeat(63)]) requireName(name)
  for (const name of [
    '',
    'Web',
    '2web',
    '-web',
    'web_2',
    '../web',
    'web/x',
    'wéb',
    'web\n',
    'a'.repeat(64),
  ]) {
    assert.throws(() => requireName(name), SlipwayError, JSON.stringify(name))
  }
})

test('a new host gets the first address that is free', () => {
  assert.equal(freeAddress([]), '10.213.77.2')
  assert.equal(freeAddress(['10.213.77.2', '10.213.77.4']), '10.213.77.3')
  const all = Array.from({ length: 253 }, (_, index) => `10.213.77.${index + 2}`)
  assert.equal(freeAddress(all.slice(0, -1)), '10.213.77.254')
  assert.throws(() => freeAddress(all), SlipwayError)
})

test('interface names fit into the 15 characters that the kernel allows', () => {
  assert.equal(machineName('10.213.77.254'), 'slipway-254')
  assert.equal(interfaceName('10.213.77.254'), 'vb-slipway-254')
  assert.ok(interfaceName('10.213.77.254').length <= 15)
})

test('nspawn boots the disk of the host on the bridge', () => {
  assert.deepEqual(nspawnArguments(record, true), [
    '--quiet',
    '--register=no',
    '--machine=slipway-9',
    '--hostname=web',
    '--directory=/var/lib/slipway-rehearse/hosts/web/merged',
    '--bind=/var/lib/slipway-rehearse/hosts/web/var-lib:/var/lib',
    '--network-bridge=slipway0',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=pipe',
    '--boot',
  ])
})

test('nspawn makes no unit where systemd does not run, and binds the toolchain on request', () => {
  const words = nspawnArguments({ ...record, toolchain: true }, false)
  assert.ok(words.includes('--keep-unit'))
  assert.ok(words.includes('--bind-ro=/var/cache/slipway/rehearse/toolchains'))
})

test('a host gets its address from a file of systemd-networkd', () => {
  assert.equal(
    networkFile('10.213.77.9'),
    '[Match]\nName=host0\n\n[Network]\nAddress=10.213.77.9/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n',
  )
})

test('ssh trusts the key that was read from the disk of the host and no other', () => {
  assert.deepEqual(targetOf(record), {
    destination: 'root@10.213.77.9',
    options: [
      '-i',
      '/var/lib/slipway-rehearse/ssh/id_ed25519',
      '-o',
      'UserKnownHostsFile=/var/lib/slipway-rehearse/hosts/web/known_hosts',
      '-o',
      'GlobalKnownHostsFile=/dev/null',
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      'IdentitiesOnly=yes',
    ],
  })
})

test('the ID of a process is read past a name with spaces and parentheses', () => {
  const rest = '7 4242 4242 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 2654208 389'
  const parsed = { pid: 4242, state: 'S', parent: 7, startTime: '987654' }
  assert.deepEqual(parseStat(`4242 (sh) S ${rest}`), parsed)
  assert.deepEqual(parseStat(`4242 (a) Z 1 (b) S ${rest}`), parsed)
  assert.throws(() => parseStat('4242 (sh) S 7'))
})

test('the cgroup hierarchies of systemd are found, whatever the version', () => {
  const hybrid = [
    '30 29 0:26 / /sys/fs/cgroup rw,relatime shared:4 - tmpfs tmpfs rw,mode=755',
    '31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
    '40 30 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    '41 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate',
  ]
  assert.deepEqual(hierarchies(`${hybrid.join('\n')}\n`), [
    '/sys/fs/cgroup/systemd',
    '/sys/fs/cgroup/unified',
  ])
  const unified = '30 29 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
  assert.deepEqual(hierarchies(unified), ['/sys/fs/cgroup'])
  assert.deepEqual(hierarchies(''), [])
})

test('a process lives on a disk if that is its root', () => {
  const upper = '/var/lib/slipway-rehearse/hosts/web/upper'
  const disk = `- overlay slipway-rehearse rw,lowerdir=/images/ready-1,upperdir=${upper},workdir=/w`
  assert.equal(
    livesOn(upper, `1 0 0:1 / /proc rw - proc proc rw\n90 80 0:56 / / rw,relatime ${disk}\n`),
    true,
  )
  assert.equal(livesOn(`${upper}-2`, `90 80 0:56 / / rw,relatime ${disk}\n`), false)
  assert.equal(livesOn(upper, `90 80 0:56 / ${upper.replace('upper', 'merged')} rw ${disk}\n`), false)
  assert.equal(livesOn(upper, '23 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n'), false)
  assert.equal(livesOn(upper, ''), false)
})

test('a bare host has nothing of what setup installs', () => {
  assert.deepEqual(
    PACKAGES.bare.filter((name) => ADDED_BY_SETUP.includes(name)),
    [],
  )
  assert.deepEqual(PACKAGES.ready, [...PACKAGES.bare, ...ADDED_BY_SETUP])
})

test('up says how to use the host', () => {
  const host = {
    name: 'web-2',
    address: '10.213.77.9',
    image: 'bare',
    running: true,
    since: record.created,
  } as const
  assert.equal(
    upText(host, { destination: 'root@10.213.77.9', options: ['-i', '/key'] }),
    [
      'web-2 is up at 10.213.77.9 (bare image).',
      "In slipway.config.ts:  hosts: { 'web-2': 'rehearse:web-2' }",
      'To log in:             slipway rehearse ssh web-2',
      'Without slipway:       ssh -i /key root@10.213.77.9',
    ].join('\n'),
  )
})

test('list has one aligned line a host', () => {
  const since = '2026-01-31T12:00:00.000Z'
  assert.equal(
    listText([
      { name: 'a', address: '10.213.77.2', image: 'ready', running: true, since },
      { name: 'long-name', address: '10.213.77.13', image: 'bare', running: false, since },
    ]),
    [
      'NAME       ADDRESS       IMAGE  STATE  BOOTED',
      'a          10.213.77.2   ready  up     2026-01-31T12:00:00.000Z',
      'long-name  10.213.77.13  bare   down   2026-01-31T12:00:00.000Z',
    ].join('\n'),
  )
})
