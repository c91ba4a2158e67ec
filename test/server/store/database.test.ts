import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { openDatabase } from '../../../src/server/store/database.js'
import { MIGRATIONS } from '../../../src/server/store/migrations.js'
import { own } from '../../../src/server/store/owner.js'
import { temporaryFolder } from '../temporary.js'

describe('the database', () => {
  const tablesOf = (file: string) => {
    const db = new DatabaseSync(file)
    const rows = db.prepare(`SELECT name, sql FROM sqlite_schema ORDER BY name`).all()
    const { user_version } = db.prepare('PRAGMA user_version').get() ?? {}
    db.close()
    return { version: user_version, schema: rows.map(({ name, sql }) => [name, sql]) }
  }

  it('is brought from each earlier form into the same', () => {
    const folder = temporaryFolder()
    openDatabase(join(folder, 'new.sqlite')).close()
    const expected = tablesOf(join(folder, 'new.sqlite'))
    assert.equal(expected.version, MIGRATIONS.length)
    for (let form = 0; form < MIGRATIONS.length; form += 1) {
      const file = join(folder, `${form}.sqlite`)
      const db = new DatabaseSync(file)
      for (const step of MIGRATIONS.slice(0, form)) db.exec(step)
      db.exec(`PRAGMA user_version = ${form}`)
      db.close()
      openDatabase(file).close()
      assert.deepEqual(tablesOf(file), expected)
    }
  })

  it('is not touched where a newer slipway made it', () => {
    const file = join(temporaryFolder(), 'newer.sqlite')
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    db.close()
    assert.throws(() => openDatabase(file), /was written by a newer slipway/)
    assert.deepEqual(tablesOf(file), { version: MIGRATIONS.length + 1, schema: [] })
  })

  it("is its owner's alone, and what SQLite keeps beside it", () => {
    const file = join(temporaryFolder(), 'mine.sqlite')
    const db = openDatabase(file)
    db.transact(() => db.sql(`INSERT INTO source (name) VALUES ('forum')`).run())
    for (const path of [file, `${file}-wal`, `${file}-shm`])
      assert.equal(statSync(path).mode & 0o777, 0o600, path)
    db.close()
  })

  it('waits for the disk with each commit', () => {
    const db = openDatabase(join(temporaryFolder(), 'synced.sqlite'))
    assert.deepEqual({ ...db.sql('PRAGMA synchronous').get() }, { synchronous: 2 })
    assert.deepEqual({ ...db.sql('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
    db.close()
  })

  it('undoes all of a transaction that fails, parts within it too', () => {
    const db = openDatabase(join(temporaryFolder(), 'undone.sqlite'))
    const add = (name: string) => db.sql('INSERT INTO source (name) VALUES (?)').run(name)
    assert.throws(() =>
      db.transact(() => {
        db.transact(() => add('forum'))
        add('forum')
      }),
    )
    assert.equal(db.sql('SELECT count(*) AS n FROM source').get()?.n, 0)
    db.transact(() => add('forum'))
    assert.equal(db.sql('SELECT count(*) AS n FROM source').get()?.n, 1)
    db.close()
  })

  it('has one server at a time, and the next one as soon as that has ended', () => {
    const db = openDatabase(join(temporaryFolder(), 'owned.sqlite'))
    const [first, second] = [1, 2].map((pid) => ({ pid, started: '5', boot: 'one' }))
    assert.ok(first && second)
    const alive = new Set([1])
    const isAlive = ({ pid }: { pid: number }) => alive.has(pid)
    own(db, 'x', first, isAlive)
    assert.throws(() => own(db, 'x', second, isAlive), /another server works with x/)
    own(db, 'x', first, isAlive)
    alive.delete(1)
    own(db, 'x', second, isAlive)
    db.close()
  })
})
