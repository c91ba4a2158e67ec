import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startWithin } from '../../../src/agent/services/health.js'
import { testAgent } from '../test-agent.js'

describe('starting a unit', () => {
  const starting = (type: string) =>
    testAgent({
      systemd: {
        start: (_name, { signal } = {}) =>
          new Promise((_resolve, reject) => {
            if (signal?.aborted) reject(signal.reason)
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
          }),
        property: async () => type,
      },
    })
  const start = async (type: string, signal = new AbortController().signal) => {
    const { agent, remove } = starting(type)
    try {
      await startWithin({ agent, signal }, 'start', ['web@blue.service'], 50)
    } finally {
      remove()
    }
  }

  it('ends with the time for health where it never says that it is ready', () =>
    assert.rejects(
      start('notify'),
      /^ItemProblem: web@blue\.service did not say that it is ready within 0 s/,
    ))

  it('ends with the reason for which the activation is to stop', () =>
    assert.rejects(start('notify', AbortSignal.abort(new Error('asked to stop'))), /asked to stop/))
})
