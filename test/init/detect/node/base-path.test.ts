import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { initialise, textTree } from '../corpus.js'

/** What `init --yes` makes of a package: its routes, and what is said of a path. */
function of(files: Record<string, string>, json: Record<string, unknown>) {
  const { name: _, ...rest } = { name: '', ...json }
  const manifest = JSON.stringify({ name: 'page', ...rest }, undefined, 1)
  const used = { ...(json.dependencies as object), ...(json.devDependencies as object) }
  const packages = Object.fromEntries(
    Object.entries(used).map(([name, version]) => [
      `node_modules/${name}`,
      { version: String(version), resolved: `https://registry.npmjs.org/${name}.tgz`, integrity: 'sha512-a' },
    ]),
  )
  const { dependencies = {}, devDependencies = {} } = json
  const lock = { lockfileVersion: 3, packages: { '': { dependencies, devDependencies }, ...packages } }
  const { config, detection } = initialise(
    textTree({ ...files, 'package.json': manifest, 'package-lock.json': JSON.stringify(lock) }),
    undefined,
  )
  return {
    routes: /routes: (\[.*\]), \/\//.exec(config)?.[1],
    notes: detection.projects.flatMap(({ programs }) => programs.flatMap(({ notes }) => notes)),
  }
}

const VITE = { scripts: { build: 'vite build' }, devDependencies: { vite: '6.0.0' } }
const NEXT = { scripts: { start: 'next start', build: 'next build' }, dependencies: { next: '15.0.0' } }

describe('a path below which a package was made to be served', () => {
  it('is part of the URL, and said', () => {
    assert.deepEqual(
      of({ 'index.html': '', 'vite.config.ts': "export default {\n  base: '/shop',\n}\n" }, VITE),
      {
        routes: "['http://page.example.test/shop/']",
        notes: ['vite.config.ts:2: it is made to be served below /shop/: elsewhere its links lead nowhere'],
      },
    )
    const scripts = { build: 'tsc && vite build --base=/a/b/' }
    assert.equal(of({ 'index.html': '' }, { ...VITE, scripts }).routes, "['http://page.example.test/a/b/']")
    const react = { scripts: { build: 'react-scripts build' }, dependencies: { 'react-scripts': '5.0.0' } }
    assert.equal(
      of({}, { ...react, homepage: 'https://me.example/board' }).routes,
      "['http://page.example.test/board/']",
    )
  })

  it('is kept in the requests of a server', () => {
    assert.equal(
      of({ 'next.config.mjs': "export default { basePath: '/docs' }\n" }, NEXT).routes,
      "[{ url: 'http://page.example.test/docs/', strip: false }]",
    )
  })

  it('is none where no text says one', () => {
    const root = "['http://page.example.test']"
    for (const config of [
      "export default { base: '/' }",
      "export default { base: './' }",
      'export default { base: process.env.BASE }',
      "export default {\n  // base: '/old/',\n}",
      "export default { database: '/var/x' }",
      "export default { base: 'https://cdn.example/x/' }",
    ]) {
      assert.equal(of({ 'index.html': '', 'vite.config.js': config }, VITE).routes, root, config)
    }
    const homepage = 'https://me.example/board'
    assert.equal(of({ 'index.html': '' }, { ...VITE, homepage }).routes, root)
  })

  it('takes no time to be looked for', () => {
    const config = `export default { base: '/${'a'.repeat(50_000)}!' }`
    const from = performance.now()
    of({ 'index.html': '', 'vite.config.js': config }, VITE)
    assert.ok(performance.now() - from < 2000)
  })
})
