import assert from 'node:assert/strict'
import { type Source, withoutComments } from '../../src/detect/source.js'
import { ExitCode, SlipwayError } from '../../src/errors.js'

/** A source of some language. */
export function source(raw: string, syntax: 'c' | 'rust' | 'python' = 'c', file = 'main'): Source {
  return { file, raw, text: withoutComments(raw, syntax) }
}

/** What a refusal says; it must be one that the user can act on, with nothing contacted. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error))
    assert.equal(error.code, ExitCode.usage)
    return error.parts.what
  }
  assert.fail('nothing was refused')
}
