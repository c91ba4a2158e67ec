import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { environmentReads } from '../../../src/init/detect/environment.js'
import { otherVariables } from '../../../src/init/detect/variables.js'
import { source } from './samples.js'

describe('otherVariables', () => {
  it('are those that nobody sets yet', () => {
    const reads = environmentReads([
      source(
        ['SECRET', 'PORT', 'API_ADDR', 'APP_DB', 'RUST_LOG', 'MAIL']
          .map((name) => `getenv("${name}")`)
          .join('\n'),
      ),
    ])
    const at = { file: 'main', line: 1 }
    const listen = { value: { listen: { port: 1 }, env: { API_ADDR: ':1' }, why: '' }, at }
    const state = { value: { path: undefined, variable: 'APP_DB' }, at }
    assert.deepEqual(otherVariables(reads, listen, state), [
      { value: 'MAIL', required: false, at: { file: 'main', line: 6 } },
      { value: 'SECRET', required: false, at: { file: 'main', line: 1 } },
    ])
  })
})
