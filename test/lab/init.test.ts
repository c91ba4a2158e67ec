import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { EXPECTED, REPOSITORIES } from '../init/detect/corpus.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

/** What of the corpus can't be built here, and why. */
const NOT_BUILT: Record<string, string> = {
  monorepo: 'its lock file is cut short; a Vite application is built by first-hour.test.ts',
  'node-astro': 'its lock file is cut short',
  'node-next': 'its lock file is cut short',
  'node-pnpm-server': 'its lock file is cut short; first-hour.test.ts builds with pnpm',
  'node-vite-pnpm': 'its lock file is cut short; first-hour.test.ts builds with pnpm',
  mkdocs: 'Debian has no git-revision-date-localized plugin; mkdocs-plain is built',
  'rust-axum': 'the example fortune-cookie is built, with the same crates but reqwest, which takes minutes',
  'rust-git-dependency': 'its crates come from git',
  'rust-nightly': 'its compiler comes from rust-overlay',
  'rust-sqlite': 'Debian has no sqlx 0.8',
  'rust-two-servers': 'Debian has no rdkafka',
  zola: 'Debian has no Zola',
}

/** What `init` refuses: its files are never written, see test/cli/init-refusals.test.ts. */
const REFUSED = readdirSync(REPOSITORIES).filter(
  (name) => !existsSync(join(EXPECTED, name, 'slipway.config.ts')),
)

/** `slipway init && slipway deploy`, and nothing else, for every kind that the lab's toolchain builds. */
describe('init', () => {
  const after = cleanups()
  const name = 't-kind-init'
  const override = ['--override-input', 'nixpkgs', NIXPKGS]
  let host: LabHost

  /** A repository without any of slipway's or Nix's files. */
  const plain = async (source: string, without: string[] = []): Promise<Project> => {
    const app = await project(source, after)
    for (const file of without) await rm(join(app.folder, file), { recursive: true })
    await app.commit()
    return app
  }
  const inits = async (app: Project, ...flags: string[]) => {
    const ended = await app.slipway('init', '--yes', '--host', `rehearse:${name}`, ...flags)
    assert.equal(ended.code, 0, ended.text)
    return ended.stdout
  }
  const deploys = async (app: Project, ...flags: string[]) => {
    const ended = await app.slipway('deploy', ...override, ...flags)
    assert.equal(ended.code, 0, ended.text)
  }
  /** Sets variables that `init` says are the user's to set. */
  const sets = async (app: Project, env: string) => {
    const config = await readFile(join(app.folder, 'slipway.config.ts'), 'utf8')
    const changed = config.includes(' env: {\n')
      ? config.replace(' env: {\n', ` env: {\n${env},\n`)
      : config.replace(/( +)routes: /, `$1env: { ${env} },\n$&`)
    assert.notEqual(changed, config)
    await app.write('slipway.config.ts', changed)
  }
  const body = async (domain: string, path = '/') => {
    const answer = await host.get(domain, path)
    assert.equal(answer.status, 200, `${domain}${path}: ${answer.body}`)
    return answer.body
  }
  const posts = (domain: string, path: string, ...fields: string[]) => {
    const data = fields.map((field) => `-d '${field}'`).join(' ')
    return host.run(`curl -fsS -H 'Host: ${domain}' ${data} http://127.0.0.1${path}`)
  }

  /** How the others are deployed and what is asked of them. */
  const trials: Record<string, (app: Project) => Promise<void>> = {
    'bad-name': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('postgres-app.example.test'), 'hi\n')
    },
    'default-nix': async (app) => {
      await inits(app)
      await deploys(app)
      await host.run('echo first post >/var/lib/forum/posts.txt')
      assert.equal(await body('forum.example.test'), 'first post\nthat is all\n')
    },
    'docker-hints': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('legacy.example.test'), 'still here\n')
    },
    'existing-flake': async (app) => {
      const before = await readFile(join(app.folder, 'flake.nix'), 'utf8')
      const said = await inits(app, ...override)
      assert.match(said, /packages +default, status-page\n/)
      assert.match(said, /nixosModules +status-page\n/)
      assert.equal(await readFile(join(app.folder, 'flake.nix'), 'utf8'), before)
      await deploys(app)
      assert.equal(await body('status-page.example.test', '/up'), 'up\n')
    },
    // With cgo and SQLite.
    'go-cgo-sqlite': async (app) => {
      await inits(app)
      await deploys(app)
      await posts('notes.example.test', '/', 'text=milk')
      assert.match(await body('notes.example.test'), /<li>milk/)
      assert.match(await body('notes.example.test', '/static/style.css'), /serif/)
      assert.match(await host.run('ls /var/lib/notes'), /notes\.db/)
    },
    // With a Procfile.
    'go-commands': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('relay.example.test', '/queue'), '3\n')
      assert.equal(await host.run('systemctl is-active relay-worker.service'), 'active')
    },
    'go-stdlib': async (app) => {
      await inits(app)
      await deploys(app)
      assert.match(await body('clock.example.test'), /It is \d+:\d+/)
    },
    // On a unix socket.
    'go-vendor': async (app) => {
      await inits(app)
      await deploys(app)
      const answer = await host.get('redirects.example.test', '/?title=My%20Page')
      assert.equal(answer.status, 302)
      assert.equal(answer.headers.get('location'), 'https://example.org/my-page')
    },
    html: async (app) => {
      await inits(app, '--url', 'http://html.example.test')
      await deploys(app)
      assert.match(await body('html.example.test'), /Open from seven/)
    },
    'html-public': async (app) => {
      await inits(app)
      await deploys(app)
      assert.match(await body('html-public.example.test'), /A page/)
      const missing = await host.get('html-public.example.test', '/nowhere')
      assert.equal(missing.status, 404)
      assert.match(missing.body, /Not here/)
    },
    // Its theme is another repository, which the flake has as an input.
    hugo: async (app) => {
      const theme = await project('test/fixtures/hugo-theme', after)
      await inits(app, '--url', 'http://hugo.example.test')
      await deploys(app, '--override-input', 'theme-plain', theme.folder)
      assert.match(await body('hugo.example.test'), /<h1>Hello/)
    },
    'hugo-own-theme': async (app) => {
      await inits(app)
      await deploys(app)
      assert.match(await body('hugo-own-theme.example.test'), /Nothing was decided/)
    },
    'mkdocs-plain': async (app) => {
      await inits(app, '--url', 'http://mkdocs-plain.example.test')
      await deploys(app)
      assert.match(await body('mkdocs-plain.example.test'), /The wren is small and loud/)
      assert.match(await body('mkdocs-plain.example.test', '/trees/'), /The yew is old/)
    },
    // TypeScript that a script compiles; packages of npm.
    'node-npm': async (app) => {
      await inits(app)
      await deploys(app)
      assert.match(await body('notices.example.test'), /Cake &amp; tea at &lt;four&gt;/)
    },
    'node-plain': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('counter.example.test'), '1\n')
      assert.equal(await body('counter.example.test'), '2\n')
    },
    // Its start script loads a module before the program.
    'node-preload': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('orders.example.test'), 'good day, traced\n')
    },
    'python-django': async (app) => {
      await inits(app)
      await sets(app, "DJANGO_SECRET_KEY: 'of the test'")
      await deploys(app)
      assert.equal(await body('python-django.example.test'), 'recipes')
      const version = await app.slipway('exec', 'python-django', '--', 'python-django-manage', 'version')
      assert.match(version.stdout, /^\d+\.\d+/, version.text)
      assert.match(await body('python-django.example.test', '/static/style.css'), /margin/)
      const migrated = await app.slipway('exec', 'python-django', '--', 'python-django-manage', 'migrate')
      assert.equal(migrated.code, 0, migrated.text)
      assert.match(await host.run('ls /var/lib/python-django'), /db\.sqlite3/)
    },
    'python-fastapi-uv': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('shortener.example.test', '/health'), '{"ok":true}')
      assert.match(await body('shortener.example.test', '/static/style.css'), /margin/)
    },
    // Its data is there after another deploy.
    'python-flask': async (app) => {
      await inits(app)
      await sets(app, "SECRET_KEY: 'of the test'")
      await deploys(app)
      await posts('python-flask.example.test', '/', 'text=Ada')
      await sets(app, "SECRET_KEY: 'another'")
      await deploys(app)
      assert.match(await body('python-flask.example.test'), /<li>Ada/)
    },
    'python-flask-factory': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('budget-planner.example.test', '/healthz'), 'ok')
    },
    'python-plain': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('python-plain.example.test'), 'hello\n')
    },
    'python-poetry-starlette': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('hooks.example.test'), 'thanks')
    },
    // With a program of its own.
    'python-script': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('echo-http.example.test'), '')
    },
    'python-uwsgi': async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('python-uwsgi.example.test'), 'gallery')
    },
    // The program that listens is the service.
    'rust-workspace': async (app) => {
      await inits(app)
      await deploys(app)
      assert.match(await body('rust-workspace.example.test'), /the printer is on fire/)
    },
    // Two projects, one flake.
    'service-and-site': async (app) => {
      const urls = ['--url', 'shop=http://shop.example.test/api/', '--url', 'site=http://shop.example.test']
      await inits(app, '--program', 'shop,site', ...urls)
      await deploys(app)
      assert.equal(await body('shop.example.test', '/api/up'), 'up\n')
      assert.match(await body('shop.example.test'), /Open all day/)
    },
    subdirectory: async (app) => {
      await inits(app)
      await deploys(app)
      assert.equal(await body('mailer.example.test'), 'queued\n')
    },
  }

  before(async () => {
    host = await labHost(name, after)
    const any = await plain('test/fixtures/repos/html')
    await inits(any)
    assert.equal((await any.slipway('setup', name, ...override)).code, 0)
  })

  it('is tried with the whole corpus', () => {
    const all = [...Object.keys(trials), ...Object.keys(NOT_BUILT), ...REFUSED]
    assert.deepEqual(all.sort(), readdirSync(REPOSITORIES).sort())
  })

  for (const [repository, trial] of Object.entries(trials)) {
    it(repository, async () => trial(await plain(`test/fixtures/repos/${repository}`)))
  }

  it('the example fortune-cookie, without its Nix and config', async () => {
    const app = await plain('examples/fortune-cookie', ['flake.nix', 'slipway.config.ts'])
    await inits(app)
    await deploys(app)
    assert.equal(typeof JSON.parse(await body('fortune-cookie.example.test')).message, 'string')
  })

  it('the example guestbook, without its Nix and config', async () => {
    const app = await plain('examples/guestbook', ['flake.nix', 'slipway.config.ts'])
    await inits(app)
    await deploys(app)
    await posts('guestbook.example.test', '/sign', 'name=Ada', 'message=words')
    assert.match(await body('guestbook.example.test'), /words/)
  })

  it('the example forum and its site, without their Nix and config', async () => {
    const app = await plain('examples/forum', ['default.nix', 'site.nix', 'slipway.config.ts'])
    const urls = ['--url', 'forum=http://club.example.test/forum/', '--url', 'site=http://club.example.test']
    await inits(app, '--program', 'forum,site', ...urls, '--name', 'forum=club')
    // A project before it has a site of that name here.
    await deploys(app, '--take-over')
    assert.match(await body('club.example.test', '/forum/'), /<form/)
    assert.match(await body('club.example.test'), /<html/)
  })
})
