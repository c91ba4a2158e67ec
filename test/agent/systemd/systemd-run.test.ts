import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemdRun } from '../../../src/agent/systemd/systemd-run.js'

describe('the words of systemd-run', () => {
  it('for a unit of its own', () => {
    const words = systemdRun({
      unit: 'slipway-apply-1',
      description: 'slipway: web',
      properties: ['KillMode=mixed', 'Environment=A=b c'],
      command: ['/bin/node', '--version'],
    })
    assert.deepEqual(words, [
      'systemd-run',
      '--quiet',
      '--collect',
      '--unit=slipway-apply-1',
      '--description=slipway: web',
      '--property=KillMode=mixed',
      '--property=Environment=A=b c',
      '--',
      '/bin/node',
      '--version',
    ])
  })

  it('for a command that is waited for', () => {
    const start = ['systemd-run', '--quiet', '--collect', '--wait']
    assert.deepEqual(systemdRun({ wait: true, command: ['a'] }), [...start, '--', 'a'])
    assert.deepEqual(systemdRun({ pipe: 'pipe', command: ['a'] }), [...start, '--pipe', '--', 'a'])
    assert.deepEqual(systemdRun({ wait: true, pipe: 'pty', command: ['a'] }), [...start, '--pty', '--', 'a'])
  })

  it('leave the arguments as they are, also where systemd would see variables in them', () => {
    const words = systemdRun({ command: ['sh', '-c', 'echo $HOME x$$', '$@'] })
    assert.deepEqual(words.slice(-4), ['sh', '-c', 'echo $$HOME x$$$$', '$$@'])
  })

  it('are none without a command', () => {
    assert.throws(() => systemdRun({ command: [] }), /has no command/)
  })
})
