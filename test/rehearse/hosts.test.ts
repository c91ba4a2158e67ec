import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { execa } from 'execa'
import { SlipwayError } from '../../src/errors.js'
import { runningProcess } from '../../src/rehearse/boot.js'
import { hierarchies } from '../../src/rehearse/cgroup.js'
import { down, list, powerOff, sshTarget, up } from '../../src/rehearse/index.js'
import { interfaceName, machineName } from '../../src/rehearse/network.js'
import { DELETED, HOSTS, hostPaths, SSH_KEY } from '../../src/rehearse/paths.js'
import { isRunning, type ProcessId, parseStat, waitForEnd } from '../../src/rehearse/process.js'

const [READY, SECOND, BARE] = ['t-rehearse-ready', 't-rehearse-second', 't-rehearse-bare']
/** The kernel ends the processes of a killed host within milliseconds. */
const END_LIMIT_MS = 30_000
const skip = (process.platform !== 'linux' || process.getuid?.() !== 0) && 'needs root on Linux'

const errorOf = (parts: Partial<SlipwayError['parts']>) => (error: unknown) => {
  assert.ok(error instanceof SlipwayError, String(error))
  for (const [name, text] of Object.entries(parts)) assert.equal(Reflect.get(error.parts, name), text)
  return true
}

async function on(name: string, command: string): Promise<string> {
  const { destination, options } = await sshTarget(name)
  return (await execa('ssh', [...options, destination, command], { stdin: 'ignore' })).stdout
}

async function find(name: string) {
  return (await list()).find((host) => host.name === name)
}

/** Every process of this machine below the given one. */
async function descendants(id: ProcessId): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  const stats = lines.filter((line) => line !== '').map(parseStat)
  const below = (pid: number): ProcessId[] =>
    stats
      .filter((stat) => stat.parent === pid)
      .flatMap((stat) => [{ ...stat, bootId: id.bootId }, ...below(stat.pid)])
  return below(id.pid)
}

async function assertNothingLeft(name: string, address: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  assert.ok(!mounts.includes(`${hostPaths(name).dir}/`), 'a mount is left')
  assert.ok(!existsSync(`/sys/class/net/${interfaceName(address)}`), 'a network interface is left')
  assert.ok(!existsSync(hostPaths(name).dir), 'files are left')
  for (const hierarchy of hierarchies(mounts)) {
    const cgroup = `${hierarchy}/slipway-rehearse/${machineName(address)}`
    assert.ok(!existsSync(cgroup), 'a cgroup is left')
  }
  assert.deepEqual(
    (await readdir(HOSTS)).filter((entry) => entry.startsWith(DELETED)),
    [],
  )
}

/** up() in a process of its own, as another slipway would call it. */
function upElsewhere(name: string) {
  const module = new URL('../../src/rehearse/index.ts', import.meta.url).href
  const script = `import { up } from ${JSON.stringify(module)}; console.log(JSON.stringify(await up(${JSON.stringify(name)})))`
  return execa(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script])
}

after(async () => {
  if (skip) return
  for (const host of await list()) if (host.name.startsWith('t-rehearse-')) await down(host.name)
})

test('names that are no host names are refused', { skip }, async () => {
  for (const name of ['', '../etc', 'UPPER', '1st']) {
    const what = `A throwaway host cannot be called ${JSON.stringify(name)}`
    await assert.rejects(up(name), errorOf({ what }))
    await assert.rejects(down(name), errorOf({ what }))
    await assert.rejects(sshTarget(name), errorOf({ what }))
  }
})

test('an unknown host is an error that says how to make it', { skip }, async () => {
  const parts = {
    what: 'There is no throwaway host called t-rehearse-none',
    next: 'slipway rehearse up t-rehearse-none',
  }
  await assert.rejects(sshTarget('t-rehearse-none'), errorOf(parts))
  await assert.rejects(down('t-rehearse-none'), errorOf(parts))
  await assert.rejects(powerOff('t-rehearse-none'), errorOf(parts))
})

test('a ready host comes up, is used, loses power, boots again and goes', { skip }, async (t) => {
  const host = await up(READY)
  const id = await runningProcess(READY)
  assert.ok(id)

  await t.test('it is what up and list say', async () => {
    assert.deepEqual(await find(READY), host)
    assert.deepEqual(
      { ...host, since: '' },
      { ...host, name: READY, image: 'ready', running: true, since: '' },
    )
    assert.match(host.address, /^10\.213\.77\.\d+$/)
    assert.equal(new Date(host.since).toISOString(), host.since)
    assert.equal(await on(READY, 'hostname'), READY)
    assert.match(await on(READY, 'systemctl is-system-running'), /^running$/)
  })

  await t.test('nginx serves and Nix builds without a network, in a sandbox of its own making', async () => {
    assert.equal((await fetch(`http://${host.address}/`)).status, 200)
    const expression =
      'derivation { name = "x"; system = builtins.currentSystem; builder = "/bin/sh"; args = ["-c" "echo built > $out"]; }'
    assert.equal(
      await on(READY, `cat $(nix build --impure --no-link --print-out-paths --expr '${expression}')`),
      'built',
    )
    assert.equal(
      await on(READY, 'unshare --mount sh -c "mount --bind /etc /mnt && cat /mnt/hostname"'),
      READY,
    )
    assert.equal(await on(READY, 'systemd-run --quiet --wait --pipe echo ran'), 'ran')
  })

  await t.test('there is no way out of it', async () => {
    const routes = await on(READY, 'ip route')
    assert.equal(routes.trim(), `10.213.77.0/24 dev host0 proto kernel scope link src ${host.address}`)
  })

  await t.test('the private key is for root alone', async () => {
    const { stdout } = await execa('stat', ['--format=%a %U', SSH_KEY])
    assert.equal(stdout, '600 root')
  })

  await t.test('up again changes nothing', async () => {
    const boot = await on(READY, 'cat /proc/1/stat')
    assert.deepEqual(await up(READY), host)
    assert.deepEqual(await runningProcess(READY), id)
    assert.equal(parseStat(await on(READY, 'cat /proc/1/stat')).startTime, parseStat(boot).startTime)
  })

  await t.test('another image under the same name is refused', async () => {
    const what = `The host ${READY} exists, with the ready image instead of the bare one`
    await assert.rejects(up(READY, { image: 'bare' }), errorOf({ what }))
  })

  await t.test('a power cut leaves no process and keeps the disk', async () => {
    const bootId = await on(
      READY,
      'echo kept > /root/file; sync; systemctl show --property=UserspaceTimestampMonotonic',
    )
    const all = await descendants(id)
    assert.ok(all.length > 5, 'systemd and its services')
    await powerOff(READY)
    for (const one of [id, ...all]) assert.equal(await isRunning(one), false)
    assert.deepEqual(await find(READY), { ...host, running: false })
    await powerOff(READY)

    const again = await up(READY)
    assert.deepEqual({ ...again, since: '' }, { ...host, since: '' })
    assert.notEqual(await on(READY, 'systemctl show --property=UserspaceTimestampMonotonic'), bootId)
    assert.equal(await on(READY, 'cat /root/file'), 'kept')
  })

  await t.test('it can reboot itself and switch itself off', async () => {
    const first = parseStat(await on(READY, 'cat /proc/1/stat')).startTime
    await on(READY, 'systemctl reboot').catch(() => {})
    let second = first
    while (second === first) {
      await up(READY).catch(() => {})
      second = await on(READY, 'cat /proc/1/stat').then(
        (line) => parseStat(line).startTime,
        () => first,
      )
    }
    const running = await runningProcess(READY)
    assert.ok(running)
    await on(READY, 'systemctl poweroff').catch(() => {})
    while (await isRunning(running)) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal((await find(READY))?.running, false)
    await up(READY)
    assert.equal(await on(READY, 'cat /root/file'), 'kept')
  })

  await t.test('an orderly stop can keep the disk', async () => {
    await down(READY, { keep: true })
    assert.equal((await find(READY))?.running, false)
    await up(READY)
    assert.equal(await on(READY, 'cat /root/file'), 'kept')
  })

  await t.test('what a crash left behind is no obstacle', async () => {
    const running = await runningProcess(READY)
    assert.ok(running)
    const all = await descendants(running)
    process.kill(running.pid, 'SIGKILL')
    assert.ok(await waitForEnd(running, END_LIMIT_MS))
    assert.equal((await find(READY))?.running, false)
    assert.ok((await readFile('/proc/self/mountinfo', 'utf8')).includes(hostPaths(READY).merged))
    await up(READY)
    for (const one of all) assert.equal(await isRunning(one), false)
    assert.equal(await on(READY, 'cat /root/file'), 'kept')
  })

  await t.test('nothing is left in the end', async () => {
    const last = await runningProcess(READY)
    assert.ok(last)
    const all = await descendants(last)
    await down(READY)
    for (const one of [last, ...all]) assert.equal(await isRunning(one), false)
    assert.equal(await find(READY), undefined)
    await assertNothingLeft(READY, host.address)
  })
})

test('several processes may bring hosts up at once', { skip }, async () => {
  const names = [READY, READY, SECOND, SECOND]
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
  assert.notEqual(await on(READY, 'cat /etc/machine-id'), await on(SECOND, 'cat /etc/machine-id'))
  // Each has cgroups of its own: what one stops must not wait for processes of the other.
  await on(READY, 'systemctl stop nginx')
  assert.equal(await on(SECOND, 'systemctl is-active nginx'), 'active')
  assert.equal(
    await on(READY, 'cat /sys/fs/cgroup/system.slice/nginx.service/cgroup.procs 2>/dev/null || true'),
    '',
  )
  await Promise.all([down(READY), down(SECOND)])
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
