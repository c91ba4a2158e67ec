import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { hostProgram } from '../../src/remote/program.js'

describe('hostProgram', () => {
  const { text, path } = hostProgram()

  it('lies at a path that names its content', () => {
    assert.match(path, /^\/var\/lib\/slipway\/host\/slipway-host-[0-9a-f]{16}$/)
  })

  it('stops at the first error', () => assert.match(text, /^#!\/bin\/sh\nset -eu\n/))

  it('holds every part', () => {
    const parts = readdirSync(new URL('../../host/', import.meta.url)).filter((name) => name.endsWith('.sh'))
    for (const verb of ['apply', 'report', 'setup'])
      assert.match(text, new RegExp(`^verb_${verb}\\(\\)`, 'm'))
    const headings = text.match(/^# .*/gm)?.length ?? 0
    assert.ok(headings >= parts.length)
  })

  for (const shell of ['sh', 'bash']) {
    it(`is a program to ${shell}`, () => {
      const { status, stderr } = spawnSync(shell, ['-n', '-s'], { input: text, encoding: 'utf8' })
      assert.deepEqual([status, stderr], [0, ''])
    })
  }
})
