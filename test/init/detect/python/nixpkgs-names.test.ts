import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nixpkgsNames, renamedDependencies } from '../../../../src/init/detect/python/nixpkgs-names.js'

const required = (name: string, ...extras: string[]) => ({
  name,
  extras,
  at: { file: 'requirements.txt', line: 1 },
})

describe('nixpkgsNames', () => {
  it('are those of nixpkgs, with what extras add, once', () => {
    const wanted = [
      required('uvicorn', 'standard'),
      required('psycopg2-binary'),
      required('uwsgi'),
      required('websockets'),
      required('flask', 'unheard-of'),
    ]
    assert.deepEqual(nixpkgsNames(wanted), [
      'flask',
      'httptools',
      'psycopg2',
      'python-dotenv',
      'uvicorn',
      'uvloop',
      'websockets',
    ])
    assert.deepEqual(renamedDependencies(wanted), ['psycopg2-binary', 'uwsgi'])
  })
})
