import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  databaseInState,
  databaseProblem,
  databaseVariable,
  findDataFolders,
  findState,
} from '../../../src/init/detect/database.js'
import { environmentReads } from '../../../src/init/detect/environment.js'
import { textTree } from './corpus.js'
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

  it('is left open where the program can speak to a server too', () => {
    assert.deepEqual(state('getenv("DATABASE_URL")\nimport _ "github.com/lib/pq"')?.value, {
      path: undefined,
      variable: 'DATABASE_URL',
      maybeServer: true,
    })
    assert.equal(state('getenv("DATABASE_URL", "x.db")\nimport _ "github.com/lib/pq"')?.value.path, 'x.db')
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
  const inState = (path: string | undefined, form?: [string, string]) =>
    databaseInState({ path, variable: 'X', ...(form ? { form } : {}) }, '/var/lib/app', 'app')

  it('keeps the form of a path or URL', () => {
    assert.equal(inState('notes.db'), '/var/lib/app/notes.db')
    assert.equal(inState('./data/notes.db'), '/var/lib/app/notes.db')
    assert.equal(inState('sqlite://notes.db?mode=rwc'), 'sqlite:///var/lib/app/notes.db?mode=rwc')
    assert.equal(inState('sqlite:notes.db'), 'sqlite:/var/lib/app/notes.db')
    assert.equal(inState('sqlite:///notes.db'), 'sqlite:////var/lib/app/notes.db')
    assert.equal(inState('sqlite+aiosqlite:///./a.db'), 'sqlite+aiosqlite:////var/lib/app/a.db')
    assert.equal(inState('Data Source=app.db'), 'Data Source=/var/lib/app/app.db')
    assert.equal(inState('jdbc:sqlite:data/a.db'), 'jdbc:sqlite:/var/lib/app/a.db')
  })

  it('has a name of its own where the source has none, in the form its library wants', () => {
    assert.equal(inState(undefined), '/var/lib/app/app.db')
    assert.equal(inState(undefined, ['sqlite://', '?mode=rwc']), 'sqlite:///var/lib/app/app.db?mode=rwc')
  })
})

describe('databaseProblem', () => {
  it('is a place where the database would be lost', () => {
    const at = { file: 'a', line: 1 }
    const problem = (value: object, assets: string[]) =>
      databaseProblem({ value: { path: 'x.db', variable: undefined, ...value }, at }, assets, '/var/lib/app')
    assert.equal(problem({}, []), undefined)
    assert.match(problem({}, ['public']) ?? '', /read-only/)
    assert.match(problem({ besideSource: true }, []) ?? '', /beside the source/)
    assert.equal(problem({ variable: 'DB' }, ['public']), undefined)
    assert.equal(problem({ path: '/var/lib/app/x.db' }, ['public']), undefined)
    assert.equal(problem({ path: '/tmp/x.db' }, []), 'in /tmp/x.db, which no release keeps')
    assert.equal(problem({ path: undefined }, []), undefined)
    assert.equal(databaseProblem(undefined, ['public'], '/var/lib/app'), undefined)
  })
})

describe('findDataFolders', () => {
  it('are variables for folders that the repository does not have', () => {
    const sources = [source('getenv("DATA_DIR", "./data")\ngetenv("UPLOAD_DIR", "up")\ngetenv("LOG_DIR")')]
    const found = findDataFolders(textTree({ 'data/x.json': '' }), '', environmentReads(sources))
    assert.deepEqual(
      found.map(({ value }) => value),
      ['UPLOAD_DIR'],
    )
  })
})
