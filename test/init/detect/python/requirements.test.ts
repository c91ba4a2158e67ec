import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readToml } from '../../../../src/init/detect/manifest.js'
import { checkPythonLock } from '../../../../src/init/detect/python/locks.js'
import { normalise, readRequirements } from '../../../../src/init/detect/python/requirements.js'
import { readSetupCfg, readSetupPy } from '../../../../src/init/detect/python/setup-files.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

function read(files: Record<string, string>, minor = 13) {
  const tree = textTree(files)
  return readRequirements({
    tree,
    dir: '',
    pyproject: files['pyproject.toml'] ? readToml(tree, 'pyproject.toml') : undefined,
    setup: [readSetupCfg(tree, 'setup.cfg'), readSetupPy(tree, 'setup.py')].filter(
      (one) => one !== undefined,
    ),
    minor,
  })
}

function requirements(files: Record<string, string>, minor?: number) {
  const { main, development, foreign } = read(files, minor)
  const named = (all: typeof main) =>
    all.map(({ name, extras }) => (extras.length > 0 ? `${name}[${extras}]` : name))
  return {
    main: named(main),
    development: named(development),
    foreign: foreign.map(({ value, at }) => `${at.file}:${at.line} ${value}`),
  }
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

  it('of PEP 621 with direct references, and what uv takes from elsewhere', () => {
    const text = `[project]
dependencies = [
  "flask",
  "acme-auth @ git+https://git.example.test/acme/auth.git@v1.2.0",
  "acme_mail",
]
[tool.uv.sources]
acme-mail = { git = "https://git.example.test/acme/mail" }`
    assert.deepEqual(requirements({ 'pyproject.toml': text }), {
      main: ['flask'],
      development: [],
      foreign: [
        'pyproject.toml:4 acme-auth @ git+https://git.example.test/acme/auth.git@v1.2.0',
        'pyproject.toml:5 acme-mail',
      ],
    })
  })

  it('of a file that setuptools reads', () => {
    const text = `[project]
dynamic = ["dependencies"]
[tool.setuptools.dynamic]
dependencies = { file = ["deps/run.txt"] }`
    assert.deepEqual(requirements({ 'pyproject.toml': text, 'deps/run.txt': 'bottle\n' }).main, ['bottle'])
  })

  it('of Poetry', () => {
    const text = `[tool.poetry.dependencies]
python = "^3.12"
Flask = "^3"
psycopg = { version = "^3", extras = ["pool"] }
sentry-sdk = { version = "^2", optional = true }
pywin32 = { version = "*", platform = "win32" }
uvloop = { version = "*", markers = "sys_platform != 'win32'" }
auth = { git = "https://git.example.test/auth.git" }
numpy = [{ version = "<2", markers = "python_version < '3.9'" }, { version = "^2", markers = "python_version >= '3.9'" }]
[tool.poetry.group.dev.dependencies]
pytest = "^8"`
    assert.deepEqual(requirements({ 'pyproject.toml': text }), {
      main: ['flask', 'psycopg[pool]', 'uvloop', 'numpy'],
      development: ['pytest'],
      foreign: ['pyproject.toml:8 auth (git https://git.example.test/auth.git)'],
    })
  })

  it('of Pipenv', () => {
    const text = `[packages]
flask = "*"
gunicorn = { version = ">=20", extras = ["gevent"] }
pywin32 = { version = "*", sys_platform = "== 'win32'" }
own = { path = "./own", editable = true }
[dev-packages]
pytest = "*"`
    assert.deepEqual(requirements({ Pipfile: text }), {
      main: ['flask', 'gunicorn[gevent]'],
      development: ['pytest'],
      foreign: ['Pipfile:5 own (path ./own)'],
    })
  })

  it('of setup.cfg and setup.py', () => {
    const cfg = `[metadata]
name = desk
[options]
install_requires =
    flask>=3
    # not on Windows
    uvloop; sys_platform != "win32"
`
    assert.deepEqual(requirements({ 'setup.cfg': cfg }).main, ['flask', 'uvloop'])
    const py = `setup(name="desk", install_requires=[\n  "flask>=3",  # the web\n  'requests',\n],\n)`
    assert.deepEqual(requirements({ 'setup.py': py }).main, ['flask', 'requests'])
    const computed = 'setup(name="desk", install_requires=read("requirements.txt"))'
    assert.deepEqual(requirements({ 'setup.py': computed }).main, [])
  })

  it('of requirements.txt, with what it includes', () => {
    const files = {
      'requirements.txt':
        '-r requirements/base.txt  # all of it\n--index-url https://pypi.example\n-c versions.txt\ngunicorn==23.0 \\\n  --hash=sha256:0 \\\n  --hash=sha256:1\n-e .\n./vendor/own\n',
      'requirements/base.txt': 'Django_Environ\ngit+https://example.org/x.git@v1\n-r base.txt\n-rmore.txt',
      'requirements/more.txt': '\uFEFFsix===1.16.0\r\nattrs (>=2.0),\n'.replace(',\n', '\n'),
      'requirements-dev.txt': '-r requirements.txt\npytest\n',
      'versions.txt': 'gunicorn==23.0',
    }
    assert.deepEqual(requirements(files), {
      main: ['django-environ', 'six', 'attrs', 'gunicorn'],
      development: ['django-environ', 'six', 'attrs', 'gunicorn', 'pytest'],
      foreign: [
        'requirements/base.txt:2 git+https://example.org/x.git@v1',
        'requirements.txt:8 ./vendor/own',
      ],
    })
  })

  it("of a folder: a service's before everything's", () => {
    const files = {
      'requirements/base.txt': 'django',
      'requirements/local.txt': '-r base.txt\ndebug',
      'requirements/production.txt': '-r base.txt\ngunicorn',
    }
    assert.deepEqual(requirements(files).main, ['django', 'gunicorn'])
    assert.deepEqual(requirements({ 'requirements/pinned.txt': 'bottle' }).main, ['bottle'])
  })

  it('by the markers of the Python that is used', () => {
    const files = { 'requirements.txt': 'tomli; python_version < "3.11"\nflask; python_version >= "3.9"' }
    assert.deepEqual(requirements(files).main, ['flask'])
    assert.deepEqual(requirements(files, 10).main, ['tomli', 'flask'])
  })

  it('refuses what pip would', () => {
    assert.equal(
      refusal(() => read({ 'requirements.txt': 'flask\n<<<<<<< HEAD' })),
      "requirements.txt:2 can't be read",
    )
    assert.equal(
      refusal(() => read({ 'requirements.txt': '-r base.txt' })),
      "requirements.txt:1 can't be read",
    )
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
  const check = (files: Record<string, string>) => checkPythonLock(textTree(files), '', read(files).main)
  const project = { 'pyproject.toml': '[project]\ndependencies = [\n  "Flask-Login",\n]' }

  it('refuses a lock file without a dependency', () => {
    for (const name of ['uv.lock', 'poetry.lock', 'pdm.lock'])
      assert.equal(
        refusal(() => check({ ...project, [name]: '[[package]]\nname = "flask"\n' })),
        `${name} doesn't have flask-login, which pyproject.toml:3 depends on`,
      )
    assert.equal(
      refusal(() => check({ Pipfile: '[packages]\nflask = "*"', 'Pipfile.lock': '{"default": {}}' })),
      "Pipfile.lock doesn't have flask, which Pipfile:2 depends on",
    )
  })

  it('takes one that has all', () => {
    check({ ...project, 'uv.lock': '[[package]]\nname = "flask-login"\n' })
    check({ ...project, 'pylock.toml': '[[packages]]\nname = "flask-login"\n' })
  })
})
