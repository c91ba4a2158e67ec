import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { abort, apply, follow, undo } from '../../src/remote/activation.js'
import type { Connection } from '../../src/remote/connection.js'
import type { HostEvent } from '../../src/remote/verbs.js'
import { copyProgram, type ProgramCopy, writeGuard } from './program-copy.js'

let copy: ProgramCopy
beforeEach(() => {
  copy = copyProgram()
})
afterEach(() => copy.remove())

const END = '{"end":true}\n'

/** What a host tells of `box`. */
function told(...events: [HostEvent['step'], string | null][]): HostEvent[] {
  return events.map(([step, detail]) => ({ item: 'box', step, detail }))
}

/** Events as a guard keeps them. */
function lines(events: HostEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

const DONE = told(
  ['starting', '/nix/store/x'],
  ['active', '8'],
  ['confirmed', null],
  ['done', '/nix/store/x'],
)

describe('follow', () => {
  it('tells all events to the end, after which the host drops its record', async () => {
    const guard = writeGuard(copy, 'abc', {}, { events: lines(DONE) + END })
    const seen: HostEvent[] = []
    assert.equal(await follow(copy.connection, 'abc', 0, (event) => seen.push(event)), 'ended')
    assert.deepEqual(seen, DONE)
    assert.equal(guard.exists(), false)
  })

  it('passes over what is known', async () => {
    writeGuard(copy, 'abc', {}, { events: lines(DONE) + END })
    const seen: HostEvent[] = []
    assert.equal(await follow(copy.connection, 'abc', 3, (event) => seen.push(event)), 'ended')
    assert.deepEqual(seen, DONE.slice(3))
  })

  it('tells events as they come', async () => {
    const guard = writeGuard(copy, 'abc', {}, { events: lines(DONE.slice(0, 1)) })
    const seen: HostEvent[] = []
    const end = await follow(copy.connection, 'abc', 0, (event) => {
      seen.push(event)
      const next = DONE[seen.length]
      appendFileSync(join(guard.path, 'events'), next ? lines([next]) : END)
    })
    assert.equal(end, 'ended')
    assert.deepEqual(seen, DONE)
  })

  it('says so where the host has no such activation', async () => {
    assert.equal(await follow(copy.connection, 'abc', 0, () => assert.fail()), 'gone')
  })

  it('fails where the host does', async () => {
    await assert.rejects(
      follow(copy.connection, '../abc', 0, () => assert.fail()),
      new SlipwayError({
        what: 'slipway-host follow failed on here',
        why: 'not an activation: ../abc',
        still: 'What served before serves still.',
        next: '`slipway doctor here` checks everything a deploy needs.',
      }),
    )
  })

  /** A connection that is cut off after it told some text. */
  function cutOff(text: string): Connection {
    return {
      ...copy.connection,
      run: async (_, { onLine } = {}) => {
        for (const line of text.split('\n')) onLine?.(line, () => undefined)
        return { exitCode: 0, stdout: text, stderr: '' }
      },
    }
  }

  it('is lost where the end did not come', async () => {
    const seen: HostEvent[] = []
    assert.equal(await follow(cutOff(lines(DONE)), 'abc', 0, (event) => seen.push(event)), 'lost')
    assert.deepEqual(seen, DONE)
  })

  it('passes over a line that was cut off', async () => {
    const seen: HostEvent[] = []
    const text = lines(DONE).slice(0, -10)
    assert.equal(await follow(cutOff(text), 'abc', 0, (event) => seen.push(event)), 'lost')
    assert.deepEqual(seen, DONE.slice(0, -1))
  })
})

describe('abort', () => {
  it('leaves the reason for the activation, and tells how it ends', async () => {
    const guard = writeGuard(copy, 'abc', {}, { events: lines(DONE.slice(0, 1)) })
    let reason = ''
    const seen: HostEvent[] = []
    const end = await abort(copy.connection, 'abc', 0, `it's "bad"`, (event) => {
      seen.push(event)
      reason = readFileSync(join(guard.path, 'abort'), 'utf8')
      appendFileSync(join(guard.path, 'events'), END)
    })
    assert.deepEqual([end, reason, seen], ['ended', `it's "bad"`, DONE.slice(0, 1)])
  })

  it('says so where the host has no such activation', async () => {
    assert.equal(await abort(copy.connection, 'abc', 0, 'no', () => assert.fail()), 'gone')
  })
})

describe('undo', () => {
  // A system that never ran and has no generation: nothing of this machine is touched to put it back.
  const record = [
    'kind=system',
    'to=/nix/store/x',
    'action=deploy',
    'mode=test',
    'user=root',
    'profile=/none',
  ]

  it('takes back what was confirmed, and tells so', async () => {
    const ended = { events: lines(DONE) + END, ended: '' }
    const guard = writeGuard(copy, 'abc', { box: { state: 'confirmed', record } }, ended)
    const seen: HostEvent[] = []
    const end = await undo(copy.connection, 'abc', 'ann@laptop', 'another host failed', (event) => {
      seen.push(event)
    })
    assert.equal(end, 'ended')
    assert.deepEqual(seen, [...DONE, ...told(['failed', 'another host failed'], ['reverted', null])])
    assert.equal(guard.exists(), false)
  })
})

describe('apply', () => {
  it('says so where what was sent did not arrive whole', async () => {
    const request = {
      id: 'abc',
      who: 'ann',
      what: 'deploy',
      archive: Buffer.from('no tar'),
      secrets: new Uint8Array(),
      keep: false,
    }
    await assert.rejects(
      apply(copy.connection, request, () => assert.fail()),
      (error: SlipwayError) => /the releases did not arrive whole$/.test(error.parts.why ?? ''),
    )
  })
})
