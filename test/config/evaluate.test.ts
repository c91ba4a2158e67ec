import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { evaluateConfig } from '../../src/config/evaluate.js'

let folder: string
const cacheHome = process.env.XDG_CACHE_HOME
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-evaluate-')))
})
beforeEach(() => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  process.env.XDG_CACHE_HOME = join(folder, 'cache')
})
after(() => {
  rmSync(folder, { recursive: true })
  if (cacheHome === undefined) delete process.env.XDG_CACHE_HOME
  else process.env.XDG_CACHE_HOME = cacheHome
})

/** Writes files, and gives the path of the first. */
function write(files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return join(folder, Object.keys(files)[0] ?? '')
}

/** The translations that are kept. */
function kept(): string[] {
  const cache = join(folder, 'cache/slipway/config')
  return readdirSync(cache)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(cache, name))
}

/** Changes the code that is kept, so that it shows whether that is what runs. */
function mark(): void {
  const [file = ''] = kept()
  const { made, files } = JSON.parse(readFileSync(file, 'utf8'))
  files[0].code += ';exports.default = { marked: exports.default }'
  writeFileSync(file, JSON.stringify({ made, files }))
}

/** What a config comes to now, and whether that comes from what was kept. */
async function again(path: string): Promise<{ value: unknown; fromKept: boolean }> {
  const value = (await evaluateConfig(path)) as { marked?: unknown }
  return 'marked' in value ? { value: value.marked, fromKept: true } : { value, fromKept: false }
}

describe('evaluateConfig', () => {
  it('evaluates what it has translated before, each time', async () => {
    const path = write({
      'config.ts': `import { site, type Service } from 'slipway'
        import { hosts } from './hosts'
        import { join } from 'node:path'
        import * as os from 'os'
        import fs from 'node:fs'
        enum Kind { A = 'a' }
        const late = await import('./lib/late.js')
        export default {
          hosts, from: process.env.SLIPWAY_TEST_VALUE, kind: Kind.A, late: late.default, joined: join('a', 'b'),
          platform: os.platform() === fs.constants && 0, fs: typeof fs.readFileSync,
          at: [import.meta.url, import.meta.dirname, import.meta.filename, __filename, __dirname], site: typeof site,
        }`,
      'hosts.ts': `import { back } from './lib/late'; export const hosts: Record<string, string> = { nixie: back }`,
      'lib/late.ts': `import * as hosts from '../hosts.ts'
        export const back = 'root@nixie'; export default () => Object.keys(hosts)`,
    })
    process.env.SLIPWAY_TEST_VALUE = 'first'
    const first = (await evaluateConfig(path)) as { from: string; late: () => string[] }
    assert.equal(kept().length, 1)
    mark()
    process.env.SLIPWAY_TEST_VALUE = 'second'
    const { value, fromKept } = await again(path)
    delete process.env.SLIPWAY_TEST_VALUE
    const second = value as typeof first
    assert.ok(fromKept)
    assert.deepEqual({ ...second, late: second.late() }, { ...first, from: 'second', late: first.late() })
    assert.deepEqual(first.late(), ['hosts'])
  })

  it('translates again what has changed, in the config or in what it imports', async () => {
    const path = write({
      'config.ts': `import { a } from './a'; export default { a }`,
      'a.ts': `import { b } from './b'; export const a = b`,
      'b.ts': 'export const b = 1',
    })
    await evaluateConfig(path)
    mark()
    assert.deepEqual(await again(path), { value: { a: 1 }, fromKept: true })
    write({ 'b.ts': 'export const b = 2' })
    assert.deepEqual(await again(path), { value: { a: 2 }, fromKept: false })
    mark()
    assert.deepEqual(await again(path), { value: { a: 2 }, fromKept: true })
    write({ 'config.ts': `import { a } from './a'; export default { a, c: 3 }` })
    assert.deepEqual(await again(path), { value: { a: 2, c: 3 }, fromKept: false })
  })

  it('sees that an import means another file now', async () => {
    const path = write({
      'config.ts': `import a from './a'; export default { a }`,
      'a.ts': 'export default 1',
    })
    await evaluateConfig(path)
    mark()
    write({ 'a.js': 'module.exports = { default: 2 }' })
    const { value, fromKept } = await again(path)
    assert.equal(fromKept, false)
    assert.notDeepEqual(value, { a: 1 })
    rmSync(join(folder, 'a.js'))
    rmSync(join(folder, 'a.ts'))
    await assert.rejects(evaluateConfig(path), { message: `${path} can't be loaded` })
  })

  it('sees that a link leads elsewhere now', async () => {
    write({
      'config.ts': `import a from './a'; export default { a }`,
      'one/x.ts': 'export default 1',
      'two/x.ts': 'export default 2',
    })
    symlinkSync('one/x.ts', join(folder, 'a.ts'))
    symlinkSync('.', join(folder, 'link'))
    const linked = join(folder, 'link/config.ts')
    await evaluateConfig(linked)
    mark()
    assert.deepEqual(await again(linked), { value: { a: 1 }, fromKept: true })
    rmSync(join(folder, 'a.ts'))
    symlinkSync('two/x.ts', join(folder, 'a.ts'))
    assert.deepEqual(await again(linked), { value: { a: 2 }, fromKept: false })
  })

  for (const [what, files] of [
    [
      'a package',
      {
        'config.ts': `import x from 'x'; export default { x }`,
        'node_modules/x/index.js': 'module.exports = 1',
      },
    ],
    [
      'a folder',
      { 'config.ts': `import x from './x'; export default { x }`, 'x/index.ts': 'export default 1' },
    ],
    ['JSON', { 'config.ts': `import x from './x.json'; export default { x }`, 'x.json': '{"default":1}' }],
    [
      'JavaScript',
      { 'config.ts': `import x from './x.mjs'; export default { x }`, 'x.mjs': 'export default 1' },
    ],
    [
      'what only a run tells',
      {
        'config.ts': `const x = (await import('./' + 'x.ts')).default; export default { x }`,
        'x.ts': 'export default 1',
      },
    ],
    [
      'by require',
      { 'config.ts': `const x = require('./x.cjs'); export default { x }`, 'x.cjs': 'module.exports = 1' },
    ],
  ] as const) {
    it(`leaves a config that imports ${what} to jiti`, async () => {
      const path = write(files)
      assert.deepEqual(await evaluateConfig(path), { x: 1 })
      assert.deepEqual(kept(), [])
      assert.deepEqual(await evaluateConfig(path), { x: 1 })
    })
  }

  it('leaves everything to jiti where the environment tells it how to work', async () => {
    const path = write({ 'config.ts': 'export default { a: 1 }' })
    await evaluateConfig(path)
    mark()
    process.env.JITI_ALIAS = '{}'
    try {
      assert.deepEqual(await again(path), { value: { a: 1 }, fromKept: false })
    } finally {
      delete process.env.JITI_ALIAS
    }
    assert.deepEqual(await again(path), { value: { a: 1 }, fromKept: true })
  })

  it('passes on what a config throws, now or when it is evaluated again', async () => {
    const path = write({
      'config.ts': `if (process.env.SLIPWAY_TEST_FAIL) throw new Error('no'); export default {}`,
    })
    await evaluateConfig(path)
    mark()
    process.env.SLIPWAY_TEST_FAIL = '1'
    try {
      await assert.rejects(
        evaluateConfig(path),
        (error: { parts?: { why?: string } }) => error.parts?.why === 'config.ts:1: no',
      )
    } finally {
      delete process.env.SLIPWAY_TEST_FAIL
    }
  })

  it('takes nothing that somebody else could have written, is cut off, or was made otherwise', async () => {
    const path = write({ 'config.ts': 'export default { a: 1 }' })
    await evaluateConfig(path)
    const [file = ''] = kept()
    const good = readFileSync(file, 'utf8')
    const spoil: Record<string, () => void> = {
      writable: () => chmodSync(file, 0o620),
      'cut off': () => writeFileSync(file, good.slice(0, -9)),
      'made otherwise': () =>
        writeFileSync(file, readFileSync(file, 'utf8').replace('"jiti":"', '"jiti":"0')),
      'another format': () => writeFileSync(file, '{}'),
    }
    for (const [what, change] of Object.entries(spoil)) {
      rmSync(file)
      await evaluateConfig(path)
      mark()
      assert.equal((await again(path)).fromKept, true)
      change()
      assert.deepEqual(await again(path), { value: { a: 1 }, fromKept: false }, what)
    }
  })

  it('works without a cache', async () => {
    const path = write({ 'config.ts': 'export default { a: 1 }', cache: 'a file' })
    assert.deepEqual(await evaluateConfig(path), { a: 1 })
    assert.deepEqual(await evaluateConfig(path), { a: 1 })
  })
})
