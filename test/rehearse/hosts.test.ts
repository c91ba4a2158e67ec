import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { execa } from 'execa'
import { SlipwayError } from '../../src/errors.js'
import { runningProcess } from '../../src/rehearse/boot.js'
import { down, powerOff, sshTarget, up } from '../../src/rehearse/index.js'
import { hostPaths, SSH_KEY } from '../../src/rehearse/paths.js'
import { isRunning, parseStat, waitForEnd } from '../../src/rehearse/process.js'
import { assertNothingLeft, descendants, find, on, removeHosts, skip } from './real-hosts.js'

/** Hosts stop within a second, killed ones at once. */
const END_LIMIT_MS = 30_000
/** Hosts reboot within two seconds. */
const REBOOT_LIMIT_MS = 60_000
const READY = 't-rehearse-ready'

const errorOf = (parts: Partial<SlipwayError['parts']>) => (error: unknown) => {
  assert.ok(error instanceof SlipwayError, String(error))
  for (const [name, text] of Object.entries(parts)) assert.equal(Reflect.get(error.parts, name), text)
  return true
}

after(() => removeHosts([READY]))

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
    const deadline = Date.now() + REBOOT_LIMIT_MS
    let second = first
    while (second === first) {
      assert.ok(Date.now() < deadline, 'it never rebooted')
      await up(READY).catch(() => {})
      second = await on(READY, 'cat /proc/1/stat').then(
        (line) => parseStat(line).startTime,
        () => first,
      )
    }
    const running = await runningProcess(READY)
    assert.ok(running)
    await on(READY, 'systemctl poweroff').catch(() => {})
    assert.ok(await waitForEnd(running, END_LIMIT_MS))
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
