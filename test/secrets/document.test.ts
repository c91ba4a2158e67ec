import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  EMPTY_DOCUMENT,
  forRecipients,
  type SecretsDocument,
  secretKey,
  valueFor,
  withValues,
} from '../../src/secrets/document.js'

const DOCUMENT: SecretsDocument = {
  values: { TOKEN: 'one', 'web/TOKEN': 'two', KEY: 'three' },
  recipients: { ann: 'age1ann', bob: 'age1bob' },
  former: {},
}

describe('valueFor', () => {
  it("takes a service's own value before the one for all", () => {
    assert.equal(valueFor(DOCUMENT, 'web', 'TOKEN'), 'two')
    assert.equal(valueFor(DOCUMENT, 'api', 'TOKEN'), 'one')
    assert.equal(valueFor(DOCUMENT, 'web', 'KEY'), 'three')
    assert.equal(valueFor(DOCUMENT, 'web', 'NONE'), undefined)
  })
  it('keeps them under these names', () => {
    assert.deepEqual([secretKey('TOKEN'), secretKey('TOKEN', 'web')], ['TOKEN', 'web/TOKEN'])
  })
})

describe('forRecipients', () => {
  it('remembers what somebody could read who is no longer among them', () => {
    assert.deepEqual(forRecipients(DOCUMENT, { ann: 'age1ann', ci: 'age1ci' }), {
      values: DOCUMENT.values,
      recipients: { ann: 'age1ann', ci: 'age1ci' },
      former: { age1bob: { name: 'bob', knows: ['KEY', 'TOKEN', 'web/TOKEN'] } },
    })
  })
  it('goes by keys, not by names', () => {
    const renamed = forRecipients(DOCUMENT, { ann: 'age1new', robert: 'age1bob' })
    assert.deepEqual(Object.keys(renamed.former), ['age1ann'])
  })
  it('forgets that of those who are back', () => {
    const away = forRecipients(DOCUMENT, { ann: 'age1ann' })
    assert.deepEqual(forRecipients(away, DOCUMENT.recipients).former, {})
  })
  it('keeps what is remembered where nobody left', () => {
    const away = forRecipients(DOCUMENT, { ann: 'age1ann' })
    assert.deepEqual(forRecipients(away, { ann: 'age1ann' }), away)
  })
  it('has nothing to remember at first', () => {
    assert.deepEqual(forRecipients(EMPTY_DOCUMENT, { ann: 'age1ann' }).former, {})
  })
})

describe('withValues', () => {
  const away = forRecipients(DOCUMENT, { ann: 'age1ann' })
  it('forgets of former recipients what has changed or is gone since', () => {
    const { values, former } = withValues(away, { TOKEN: 'new', 'web/TOKEN': 'two', OTHER: 'x' })
    assert.deepEqual(values, { TOKEN: 'new', 'web/TOKEN': 'two', OTHER: 'x' })
    assert.deepEqual(former, { age1bob: { name: 'bob', knows: ['web/TOKEN'] } })
  })
  it('forgets a former recipient who knows nothing that is still so', () => {
    assert.deepEqual(withValues(away, { TOKEN: 'new' }).former, {})
  })
})
