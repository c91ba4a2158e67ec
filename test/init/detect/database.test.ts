import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  databaseInState,
  databaseNotes,
  databaseVariable,
  findState,
} from '../../../src/init/detect/database.js'
import { environmentReads } from '../../../src/init/detect/environment.js'
import { source } from './samples.js'

const LIBRARY = { value: 'rusqlite', at: { file: 'Cargo.toml', line: 7 } }

function state(raw: string, library: typeof LIBRARY | undefined = LIBRARY) {
  const sources = [source(raw)]
  return findState(sources, environmentReads(sources), library)
}

describe('findState', () => {
  it('is what a variable names', () => {
    assert.deepEqual(state('getenv("NOTES_DB", "notes.db")\nOpen("other.db")')?.value, {
      path: 'notes.db',
      variable: 'NOTES_DB',
    })
  })

  it('is what the source opens', () => {
    assert.deepEqual(state('Connection::open("a/b.db")'), {
      value: { path: 'a/b.db', variable: undefined },
      at: { file: 'main', line: 1 },
    })
    assert.equal(state('sql.Open("sqlite3", "file:x.db?cache=shared")')?.value.path, 'x.db')
    assert.equal(state('connect("sqlite://data.db")')?.value.path, 'sqlite://data.db')
    assert.equal(state('new Database("todos.sqlite")')?.value.path, 'todos.sqlite')
  })

  it('is somewhere where only the library tells of it', () => {
    assert.deepEqual(state('Connection::open(path)'), {
      value: { path: undefined, variable: undefined },
      at: LIBRARY.at,
    })
  })

  it('is nothing without a library, but for the folder that is asked for', () => {
    assert.equal(findState([source('open("a.db")')], [], undefined), undefined)
    const sources = [source('os.Getenv("STATE_DIRECTORY")')]
    assert.deepEqual(findState(sources, environmentReads(sources), undefined)?.value, {
      path: undefined,
      variable: undefined,
    })
  })
})

describe('databaseVariable', () => {
  it('knows files from servers and from settings', () => {
    assert.ok(databaseVariable('DATABASE_URL', 'sqlite://x.db'))
    assert.ok(databaseVariable('GUESTBOOK_DB', ''))
    assert.ok(databaseVariable('WHERE', 'x.sqlite3'))
    assert.ok(!databaseVariable('DATABASE_URL', 'postgres://localhost/x'))
    assert.ok(!databaseVariable('DATABASE_POOL_SIZE', '5'))
  })
})

describe('databaseInState', () => {
  it('keeps the form of a path or URL', () => {
    const inState = (path: string) => databaseInState(path, '/var/lib/app')
    assert.equal(inState('notes.db'), '/var/lib/app/notes.db')
    assert.equal(inState('./data/notes.db'), '/var/lib/app/notes.db')
    assert.equal(inState('sqlite://notes.db?mode=rwc'), 'sqlite:///var/lib/app/notes.db?mode=rwc')
    assert.equal(inState('sqlite:notes.db'), 'sqlite:/var/lib/app/notes.db')
    assert.equal(inState('sqlite:///notes.db'), 'sqlite:////var/lib/app/notes.db')
    assert.equal(databaseInState(undefined, '/var/lib/app'), undefined)
  })
})

describe('databaseNotes', () => {
  it('warn where the database would lie in a folder that is read-only', () => {
    const at = { file: 'a', line: 1 }
    const found = (value: object) => ({ value: { path: 'x.db', variable: undefined, ...value }, at })
    assert.deepEqual(databaseNotes(found({}), []), [])
    assert.equal(databaseNotes(found({}), ['public']).length, 1)
    assert.equal(databaseNotes(found({ besideSource: true }), []).length, 1)
    assert.deepEqual(databaseNotes(found({ variable: 'DB' }), ['public']), [])
    assert.deepEqual(databaseNotes(found({ path: '/var/lib/x.db' }), ['public']), [])
    assert.deepEqual(databaseNotes(undefined, ['public']), [])
  })
})
