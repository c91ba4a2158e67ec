import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { gateFile } from '../../../src/agent/access/gate.js'
import { countLogins, endLogins } from '../../../src/agent/access/logins.js'
import { testAgent } from '../test-agent.js'

const { agent, folder, remove } = testAgent()
after(remove)

const proc = join(folder, 'proc')
const running: ChildProcess[] = []
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process that /proc shows with other words and in another session. */
function fakeProcess(session: number, words: readonly string[]): ChildProcess {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  running.push(child)
  const at = join(proc, String(child.pid))
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'stat'), `${child.pid} (a) name (x) S 1 ${session} ${session} 0 -1\n`)
  writeFileSync(join(at, 'cmdline'), words.map((word) => `${word}\0`).join(''))
  return child
}

it('audit 19, 34: what sshd runs for a key is counted, and ends, with what that has started, and nothing else', async () => {
  const gate = gateFile(agent)
  const mine = [
    fakeProcess(100, ['node', gate, 'web', 'ci']),
    fakeProcess(100, ['nix-store', '--serve', '--write']),
    fakeProcess(200, ['node', gate, 'web', 'ci', '192.0.2.1 1 192.0.2.2 22']),
  ]
  const others = [
    fakeProcess(300, ['node', gate, 'web', 'other']),
    fakeProcess(300, ['nix-store', '--serve', '--write']),
    fakeProcess(400, ['node', gate, 'blog', 'ci']),
    fakeProcess(500, ['node', gate, 'web']),
    fakeProcess(600, ['web', 'ci']),
  ]
  mkdirSync(join(proc, '999999'))
  mkdirSync(join(proc, 'self'))
  // Also before they have reached the agent, or where they never do.
  assert.equal(await countLogins(agent, { service: 'web', name: 'ci' }, proc), 2)
  assert.equal(await countLogins(agent, { service: null, name: 'ci' }, proc), 0)
  const ended = mine.map((child) => once(child, 'exit'))
  await endLogins(agent, { service: 'web', name: 'ci' }, proc)
  for (const [, signal] of await Promise.all(ended)) assert.equal(signal, 'SIGKILL')
  assert.deepEqual(
    others.map(({ exitCode, signalCode }) => [exitCode, signalCode]),
    others.map(() => [null, null]),
  )
  // One that has ended meanwhile is no matter.
  await endLogins(agent, { service: 'web', name: 'ci' }, proc)
})
