import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { envFileName, programPath, programWord } from '../../src/release/places.js'
import { PACKAGE } from './samples.js'

describe('programPath', () => {
  it('is in the package', () => assert.equal(programPath(PACKAGE, 'app'), `${PACKAGE}/bin/app`))
  it('is a full path as it stands', () => assert.equal(programPath(PACKAGE, '/bin/sh'), '/bin/sh'))
})

describe('programWord', () => {
  const word = (program: string) => programWord('/slots/%i/package', program)

  it('leaves the slot to systemd, and nothing else', () => {
    assert.equal(word('app'), '/slots/%i/package/bin/app')
    assert.equal(word('100%h'), '/slots/%i/package/bin/100%%h')
    assert.equal(word('two words'), '"/slots/%i/package/bin/two words"')
  })
  it('is a full path as it stands', () => assert.equal(word('/bin/sh'), '/bin/sh'))
})

describe('envFileName', () => {
  it('is the service’s, or a job’s', () =>
    assert.deepEqual([envFileName(), envFileName('worker')], ['env', 'env-worker']))
})
