import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Result } from '../../src/contract/verbs.js'
import { wantsUpgrade } from '../../src/engine/upgrade.js'
import { packageVersion } from '../../src/package-root.js'

const HELLO: Result<'hello'> = {
  contract: 1,
  version: packageVersion(),
  bundle: 'aaaaaaaaaaaaaaaa',
  became: false,
  key: null,
}
const OWN = { hash: 'bbbbbbbbbbbbbbbb' }

describe('a host whose agent is another', () => {
  const wants = (hello: Partial<Result<'hello'>>) => wantsUpgrade({ ...HELLO, ...hello }, OWN)

  it('gets this one where it is of the same version, or newer', () => {
    assert.deepEqual([wants({}), wants({ version: '0.0.1' })], [true, true])
  })

  it("keeps its own where that is newer, the same, or nobody's to change", () => {
    assert.deepEqual(
      [
        wants({ version: '99.0.0' }),
        wants({ bundle: OWN.hash }),
        wants({ declared: true }),
        wants({ key: { service: 'app', name: 'ci' } }),
      ],
      [false, false, false, false],
    )
  })

  it('is not tried in vain twice', () => {
    assert.deepEqual(
      [OWN.hash, 'cccccccccccccccc'].map((hash) => wants({ failedUpgrade: { hash, why: '' } })),
      [false, true],
    )
  })
})
