import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorText } from '../../../src/cli/text/error-text.js'
import { SlipwayError } from '../../../src/errors.js'

describe('errorText', () => {
  it('is one line where there is nothing more to say', () => {
    assert.equal(errorText(new SlipwayError({ what: 'the disk is full' })), 'error: the disk is full')
  })

  it('says what, why, what still works and what to do', () => {
    const error = new SlipwayError({
      what: 'the build of web failed on this machine',
      why: 'line 1\n  line 2\n',
      still: 'Nothing was changed on any host.',
      next: 'See all of its log: nix log web.drv',
    })
    assert.equal(
      errorText(error),
      `error: the build of web failed on this machine
  line 1
  line 2
Nothing was changed on any host.
next: See all of its log: nix log web.drv`,
    )
  })

  it('owns up to anything else', () => {
    const text = errorText(new TypeError('x is not a function'))
    const [first, second] = text.split('\n')
    assert.equal(first, 'This is a defect in slipway, not something you did:')
    assert.equal(second, 'TypeError: x is not a function')
    assert.match(text, /\n {4}at /)
  })

  it('shows what was thrown that is no error', () => {
    assert.equal(errorText('boom'), 'This is a defect in slipway, not something you did:\nboom')
  })
})
