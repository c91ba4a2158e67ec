import './text/no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusText } from '../../src/cli/commands/status.js'
import { SlipwayError } from '../../src/errors.js'

const NOTHING = { rows: [], certificates: [], locks: [], short: [], failures: [] }

describe('statusText', () => {
  it('says where there is nothing', () => assert.equal(statusText(NOTHING), 'no services yet'))

  it('says of a host that could not be asked that nothing is known, never that nothing is there', () => {
    const failures = [{ host: 'web', error: new SlipwayError({ what: "web can't be reached" }) }]
    assert.equal(statusText({ ...NOTHING, failures }), "web: not known, web can't be reached")
  })

  it('names the hosts that are short of room, and what makes some', () => {
    const short = [{ host: 'web', free: 300 * 1024 ** 2 }]
    assert.equal(
      statusText({ ...NOTHING, short }),
      'no services yet\nweb is short of room: 300.0 MiB free; slipway gc web',
    )
  })
})
