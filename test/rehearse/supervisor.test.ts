import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { childrenOf, isRunning, waitForEnd } from '../../src/rehearse/process.js'
import { readProcessFile, SUPERVISOR } from '../../src/rehearse/supervisor.js'

/** Far more than a shell needs to get going. */
const LIMIT_MS = 10_000
const POLL_MS = 10

const linux = { skip: process.platform !== 'linux' && 'needs Linux' }
let directory: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-supervisor-'))
})
after(() => rm(directory, { recursive: true, force: true }))

/** Runs the supervisor with a shell script that stands in for systemd-nspawn. */
function supervise(name: string, script: string) {
  const [record, output] = [join(directory, `${name}.process`), join(directory, `${name}.log`)]
  const run = execa('sh', ['-c', SUPERVISOR, 'supervisor', record, output, 'sh', '-c', script], {
    cwd: directory,
    env: { CGROUPS: '' },
    reject: false,
  })
  return { run, record, output }
}

async function contains(file: string, text: string): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (!existsSync(file) || !(await readFile(file, 'utf8')).includes(text)) {
    assert.ok(Date.now() < deadline, `${file} never had: ${text}`)
    await sleep(POLL_MS)
  }
}

test('the supervisor starts the host again when it reboots, and ends as it ends', linux, async () => {
  const { run, output } = supervise(
    'reboot',
    'echo boot >> boots; [ "$(wc -l < boots)" -eq 3 ] || exit 133; exit 7',
  )
  assert.equal((await run).exitCode, 7)
  assert.equal(await readFile(join(directory, 'boots'), 'utf8'), 'boot\nboot\nboot\n')
  assert.equal(await readFile(output, 'utf8'), '')
})

test('SIGTERM reaches the host, which may take its time and is not started again', linux, async () => {
  const script = 'trap "sleep 0.2; echo bye; exit 133" TERM; echo ready; while :; do sleep 0.01; done'
  const { run, record, output } = supervise('term', script)
  await contains(output, 'ready')
  const id = await readProcessFile(record)
  assert.equal(id?.pid, run.pid)
  run.kill('SIGTERM')
  assert.equal((await run).exitCode, 133)
  assert.equal(await readFile(output, 'utf8'), 'ready\nbye\n')
})

test('nothing is left when the supervisor is killed', linux, async () => {
  const { run, record, output } = supervise('kill', 'echo ready; while :; do sleep 1; done')
  await contains(output, 'ready')
  const id = await readProcessFile(record)
  assert.ok(id && (await isRunning(id)))
  const [child, ...others] = await childrenOf(id)
  assert.ok(child)
  assert.deepEqual(others, [])
  run.kill('SIGKILL')
  await run
  assert.equal(await isRunning(id), false)
  assert.ok(await waitForEnd(child, LIMIT_MS))
})

test('a process of another boot, or a recycled pid, is not the recorded one', linux, async () => {
  const { run, record, output } = supervise('recycled', 'echo ready; while :; do sleep 1; done')
  await contains(output, 'ready')
  const id = await readProcessFile(record)
  assert.ok(id)
  assert.equal(await isRunning({ ...id, startTime: '1' }), false)
  assert.equal(await isRunning({ ...id, bootId: 'another' }), false)
  run.kill('SIGKILL')
  await run
})

test('the supervisor is a clean POSIX shell script', linux, async (t) => {
  const { exitCode, stdout, code } = await execa('shellcheck', ['--shell=sh', '-'], {
    input: SUPERVISOR,
    reject: false,
  })
  if (code === 'ENOENT') return t.skip('shellcheck is not installed')
  assert.equal(exitCode, 0, stdout)
})
