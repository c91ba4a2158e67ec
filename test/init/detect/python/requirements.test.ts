import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readToml } from '../../../../src/init/detect/manifest.js'
import {
  checkPythonLock,
  normalise,
  readRequirements,
} from '../../../../src/init/detect/python/requirements.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

function requirements(files: Record<string, string>) {
  const tree = textTree(files)
  const { main, development, foreign } = readRequirements(
    tree,
    '',
    files['pyproject.toml'] ? readToml(tree, 'pyproject.toml') : undefined,
  )
  const named = (all: typeof main) =>
    all.map(({ name, extras }) => (extras.length > 0 ? `${name}[${extras}]` : name))
  return { main: named(main), development: named(development), foreign }
}

describe('readRequirements', () => {
  it('of PEP 621 and its groups', () => {
    const text = `[project]
dependencies = ["Flask>=3", "uvicorn[standard] ~= 0.30", "pywin32; sys_platform == 'win32'"]
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = ["ruff", {include-group = "test"}]
[tool.uv]
dev-dependencies = ["mypy"]`
    assert.deepEqual(requirements({ 'pyproject.toml': text }), {
      main: ['flask', 'uvicorn[standard]'],
      development: ['ruff', 'pytest', 'mypy'],
      foreign: [],
    })
  })

  it('of Poetry', () => {
    const text = `[tool.poetry.dependencies]
python = "^3.12"
Flask = "^3"
psycopg = { version = "^3", extras = ["pool"] }
sentry-sdk = { version = "^2", optional = true }
[tool.poetry.group.dev.dependencies]
pytest = "^8"`
    assert.deepEqual(requirements({ 'pyproject.toml': text }), {
      main: ['flask', 'psycopg[pool]'],
      development: ['pytest'],
      foreign: [],
    })
  })

  it('of requirements.txt, with what it includes', () => {
    const files = {
      'requirements.txt':
        '-r requirements/base.txt  # all of it\n--index-url https://pypi.example\ngunicorn==23.0 \\\n  --hash=sha256:0\n-e .\n',
      'requirements/base.txt': 'Django_Environ\ngit+https://example.org/x.git@v1\n-r base.txt\n',
      'requirements-dev.txt': '-r requirements.txt\npytest\n',
    }
    assert.deepEqual(requirements(files), {
      main: ['django-environ', 'gunicorn'],
      development: ['django-environ', 'gunicorn', 'pytest'],
      foreign: ['git+https://example.org/x.git@v1'],
    })
  })
})

describe('normalise', () => {
  it('compares as indexes do', () => {
    assert.deepEqual(['Flask_SQLAlchemy', 'zope.interface', 'a--b'].map(normalise), [
      'flask-sqlalchemy',
      'zope-interface',
      'a-b',
    ])
  })
})

describe('checkPythonLock', () => {
  it('refuses a lock file without a dependency', () => {
    const tree = textTree({
      'pyproject.toml': '[project]\ndependencies = [\n  "Flask-Login",\n]',
      'uv.lock': '[[package]]\nname = "flask"\n',
    })
    const wanted = readRequirements(tree, '', readToml(tree, 'pyproject.toml')).main
    assert.equal(
      refusal(() => checkPythonLock(tree, '', wanted)),
      "uv.lock doesn't have flask-login, which pyproject.toml:3 depends on",
    )
  })
})
