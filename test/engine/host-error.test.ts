import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Failure } from '../../src/contract/failure.js'
import { CONTRACT_VERSION } from '../../src/contract/verbs.js'
import { call, hostError, LockedError } from '../../src/engine/host-error.js'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { fakeHost } from './fake-host.js'

const LOGIN = { host: 'nixie', destination: 'root@nixie' }

/** What is said of a failure: what, why, next. */
function said(failure: Failure): (string | undefined)[] {
  const { what, why, next } = hostError(LOGIN, failure).parts
  return [what, why, next]
}

describe('hostError', () => {
  it('says that somebody has just been at work', () => {
    const error = hostError(LOGIN, { kind: 'locked', holder: null })
    assert.ok(error instanceof LockedError)
    assert.deepEqual([error.parts.why, error.code], ['Its lock was just released.', ExitCode.locked])
  })

  it('says which versions do not fit', () => {
    assert.deepEqual(said({ kind: 'version', contract: 99 }), [
      'nixie has another version of slipway than this one',
      `Its agent speaks version 99 of the contract, this slipway version ${CONTRACT_VERSION}.`,
      "Somebody with full access has to run `slipway setup nixie` with this version, or use the host's version here.",
    ])
  })

  it('says what was not understood', () => {
    assert.deepEqual(said({ kind: 'invalid', problem: 'apply: items: too many' }), [
      'nixie does not take what was sent',
      'apply: items: too many',
      undefined,
    ])
  })

  it('says what a host could not do, and what checks everything', () => {
    assert.deepEqual(said({ kind: 'failed', what: 'systemd does not answer', why: 'a timeout' }), [
      'nixie: systemd does not answer',
      'a timeout',
      '`slipway doctor nixie` checks everything a deploy needs.',
    ])
  })

  it('says that a disk is full, and how to make room', () => {
    const [what, why, next] = said({ kind: 'failed', what: 'release.json', why: 'ENOSPC', full: true })
    assert.deepEqual([what, why], ['the disk of nixie is full', 'release.json: ENOSPC'])
    assert.match(next ?? '', /^Make room \(`slipway gc nixie`/)
  })
})

describe('call', () => {
  it('gives what the host gives, or says why it does not', async () => {
    const host = fakeHost({ answers: { stop: () => ({}) } })
    const login = await host.login('main')
    assert.deepEqual(await call(login, 'stop', { service: 'web', who: 'ann@laptop' }), {})
    const id = '0123456789abcdef'
    await assert.rejects(call(login, 'acknowledge', { id }), (error: SlipwayError) => {
      assert.ok(error instanceof SlipwayError)
      assert.equal(error.message, 'nixie knows of no such activation')
      return true
    })
    login.close()
  })

  it('passes on that the connection was lost', async () => {
    const host = fakeHost()
    const login = await host.login('main')
    host.lose()
    await assert.rejects(
      call(login, 'report', { probe: false, settings: false, secretKeys: false, systems: [] }),
      {
        message: /nixie/,
      },
    )
  })
})
