import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { temporaryStore } from '../temporary.js'

describe('the audit log', () => {
  const filled = () => {
    const { store } = temporaryStore()
    for (const verb of ['deploy', 'cancel', 'resume']) {
      store.audit.add({ actor: 'ci', verb, object: 'forum', args: { n: verb.length } })
    }
    return store
  }

  it('gives the newest, in order, each with the hash of the one before', () => {
    const { audit } = filled()
    assert.deepEqual(
      audit.list(2).map(({ seq, verb }) => [seq, verb]),
      [
        [2, 'cancel'],
        [3, 'resume'],
      ],
    )
    assert.equal(audit.broken(), undefined)
  })

  for (const [what, sql, at] of [
    ['changed', `UPDATE audit SET entry = replace(entry, '"ci"', '"me"') WHERE seq = 2`, 2],
    ['taken out', 'DELETE FROM audit WHERE seq = 2', 2],
    [
      'put in place of another',
      'UPDATE audit SET entry = (SELECT entry FROM audit WHERE seq = 1), hash = (SELECT hash FROM audit WHERE seq = 1) WHERE seq = 3',
      3,
    ],
    ['taken off the beginning', 'DELETE FROM audit WHERE seq = 1', 1],
  ] as const) {
    it(`tells of an entry that was ${what}`, () => {
      const { audit, db } = filled()
      db.sql(sql).run()
      assert.equal(audit.broken(), at)
    })
  }
})
