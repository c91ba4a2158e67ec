import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problemOf, textOf } from '../../../src/agent/activation/problem.js'

const full = (path: string) =>
  Object.assign(new Error(`ENOSPC: no space left on device, open '${path}'`), { code: 'ENOSPC' })

describe('why a step failed', () => {
  it('audit 24: a full /run is told as what it is, with the file that was written', async () => {
    const problem = await problemOf(async () => {
      throw full('/run/slipway-slots/web@blue')
    })
    assert.match(problem ?? '', /the disk of the host is full .*\/run\/slipway-slots\/web@blue/)
    assert.doesNotMatch(problem ?? '', /units could not be written/)
  })

  it('audit 24: so is a full disk of units', () =>
    assert.match(
      textOf(full('/etc/systemd/system/web@blue.service')),
      /disk of the host is full .*web@blue\.service/,
    ))
})
