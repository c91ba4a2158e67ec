import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findApplication } from '../../../../src/init/detect/python/application.js'
import { moduleOf } from '../../../../src/init/detect/python/modules.js'
import { readSources } from '../../../../src/init/detect/source.js'
import { textTree } from '../corpus.js'

function application(files: Record<string, string>) {
  const tree = textTree(files)
  const found = findApplication(
    tree,
    '',
    readSources(
      tree,
      tree.files.filter((file) => file.endsWith('.py')),
      'python',
    ),
  )
  return (
    found &&
    `${found.framework} ${found.protocol} ${found.app}${found.factory ? '()' : ''} ${found.at.file}:${found.at.line}`
  )
}

describe('findApplication', () => {
  it('is one that a module has', () => {
    assert.equal(
      application({ 'app.py': 'import x\n\napp = Flask(__name__)' }),
      'Flask wsgi app:app app.py:3',
    )
    assert.equal(
      application({ 'src/shop/api.py': 'api: FastAPI = fastapi.FastAPI(title="x")' }),
      'FastAPI asgi shop.api:api src/shop/api.py:1',
    )
    assert.equal(application({ 'a.py': 'def f():\n    app = Flask(__name__)' }), undefined)
  })

  it('is preferably in a file that is meant for it', () => {
    const files = { 'admin.py': 'app = Flask(__name__)', 'main.py': 'app = Flask(__name__)' }
    assert.equal(application(files), 'Flask wsgi main:app main.py:1')
  })

  it('is made by a factory, called where a module calls it', () => {
    const factory = 'def create_app(config=None):\n    app = Flask(__name__)\n    return app\n'
    assert.equal(
      application({ 'shop/__init__.py': factory }),
      'Flask wsgi shop:create_app() shop/__init__.py:1',
    )
    const called = {
      'shop/__init__.py': factory,
      'wsgi.py': 'from shop import create_app\napplication = create_app()',
    }
    assert.equal(application(called), 'Flask wsgi wsgi:application wsgi.py:2')
  })

  it("is Django's", () => {
    const files = {
      'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
      'shop/wsgi.py': 'import os\napplication = get_wsgi_application()',
    }
    assert.equal(application(files), 'Django wsgi shop.wsgi:application shop/wsgi.py:2')
    const channels = { ...files, 'shop/asgi.py': 'application = ProtocolTypeRouter({})' }
    assert.equal(application(channels), 'Django asgi shop.asgi:application shop/asgi.py:1')
  })
})

describe('moduleOf', () => {
  it('is a path with dots', () => {
    assert.equal(moduleOf('', 'src/a/__init__.py'), 'a')
    assert.equal(moduleOf('api', 'api/app/main.py'), 'app.main')
  })
})
