import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CONFIG_FILES, findConfig, loadConfig } from '../../src/config/load.js'
import { ExitCode, SlipwayError } from '../../src/index.js'

let folder: string
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-config-')))
})
after(() => rm(folder, { recursive: true }))

/** Writes a config and gives its path. */
async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

/** The error that loading ends with. */
async function refusal(file: string): Promise<SlipwayError> {
  const error = await loadConfig(file).then(
    () => assert.fail('it was loaded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof SlipwayError, String(error))
  assert.equal(error.code, ExitCode.usage)
  return error
}

describe('loadConfig', () => {
  it('takes TypeScript that imports slipway, which is not installed beside it', async () => {
    const file = await write(
      'good.ts',
      `import { defineConfig, service, type Service } from 'slipway'
       const web: Service = service({ package: '.#web' })
       export default defineConfig({ hosts: { nixie: 'root@nixie' }, services: { web } })`,
    )
    const config = await loadConfig(file)
    assert.equal(config.root, folder)
    assert.deepEqual(
      config.services.map(({ name, hosts }) => ({ name, hosts })),
      [{ name: 'web', hosts: ['nixie'] }],
    )
  })

  it('lets a config import other files and await', async () => {
    await write('hosts.ts', "export const hosts = { nixie: 'root@nixie' }")
    const file = await write(
      'split.ts',
      `import { hosts } from './hosts'
       export default await Promise.resolve({ hosts, services: {} })`,
    )
    assert.deepEqual(Object.keys((await loadConfig(file)).hosts), ['nixie'])
  })

  it('sees a config that changed since it was loaded', async () => {
    const text = (host: string) => `export default { hosts: { ${host}: 'x' }, services: {} }`
    await loadConfig(await write('twice.ts', text('first')))
    const again = await loadConfig(await write('twice.ts', text('second')))
    assert.deepEqual(Object.keys(again.hosts), ['second'])
  })

  it('takes plain JavaScript', async () => {
    const file = await write('plain.mjs', 'export default { hosts: {}, services: {} }')
    assert.deepEqual((await loadConfig(file)).services, [])
  })

  it('takes a CommonJS module', async () => {
    const file = await write('common.cjs', 'module.exports = { hosts: {}, services: {} }')
    assert.deepEqual((await loadConfig(file)).services, [])
  })

  it('says where a syntax error is', async () => {
    const file = await write('broken.ts', 'export default {\n  hosts: {,\n}\n')
    const { what, why, still } = (await refusal(file)).parts
    assert.equal(what, `${file} can't be loaded`)
    assert.match(why ?? '', /broken\.ts:2:\d+/)
    assert.equal(still, 'Nothing was contacted or changed.')
  })

  it('says where a name is not known, and what it was meant to be', async () => {
    const file = await write(
      'unknown.ts',
      "import { service } from 'slipway'\n\nexport default {\n  services: {\n    app: servce({}),\n  },\n}\n",
    )
    // Once translated, once as it was kept.
    for (const _ of [1, 2]) {
      const { why, next } = (await refusal(file)).parts
      assert.equal(why, 'unknown.ts:5: servce is not defined')
      assert.equal(next, "Did you mean service? It is imported from 'slipway'.")
    }
  })

  it('says which file that is imported has the error', async () => {
    await write('parts.ts', '\nexport const hosts = nothing.at.all\n')
    const file = await write('imports.ts', "import { hosts } from './parts'\nexport default { hosts }")
    const { why, next } = (await refusal(file)).parts
    assert.deepEqual([why, next], ['parts.ts:2: nothing is not defined', undefined])
  })

  it('passes on what a config throws', async () => {
    const file = await write('throws.ts', "throw new Error('set DATABASE first')")
    assert.deepEqual((await refusal(file)).parts, {
      what: `${file} can't be loaded`,
      why: 'throws.ts:1: set DATABASE first',
      still: 'Nothing was contacted or changed.',
      code: ExitCode.usage,
    })
  })

  it('says what a config without a default export lacks', async () => {
    const file = await write('none.ts', 'export const config = { hosts: {}, services: {} }')
    const { what, next } = (await refusal(file)).parts
    assert.equal(what, `${file} exports no config`)
    assert.equal(next, 'End it with `export default defineConfig({ … })`.')
  })

  it('names the file in the problems of a config', async () => {
    const file = await write('wrong.ts', 'export default { hosts: {}, services: {}, service: {} }')
    const { what, why } = (await refusal(file)).parts
    assert.equal(what, `${file} has a problem`)
    assert.equal(why, '  service: unknown field; did you mean "services"?')
  })

  it('says that a file is missing', async () => {
    const file = join(folder, 'missing.ts')
    assert.equal((await refusal(file)).parts.what, `there is no config at ${file}`)
  })
})

describe('findConfig', () => {
  it('takes the nearest config upwards', async () => {
    const inner = join(folder, 'up', 'a', 'b')
    await mkdir(inner, { recursive: true })
    await write('up/slipway.config.ts', '')
    assert.equal(findConfig(inner), join(folder, 'up', 'slipway.config.ts'))
    await write('up/a/slipway.config.mjs', '')
    assert.equal(findConfig(inner), join(folder, 'up', 'a', 'slipway.config.mjs'))
  })

  it('prefers TypeScript within a folder', async () => {
    await mkdir(join(folder, 'all'))
    for (const name of [...CONFIG_FILES].reverse()) {
      await write(`all/${name}`, '')
      assert.equal(findConfig(join(folder, 'all')), join(folder, 'all', name))
    }
  })

  it('says where it looked', async () => {
    await mkdir(join(folder, 'empty'))
    assert.throws(
      () => findConfig(join(folder, 'empty')),
      new SlipwayError({
        what: `there is no slipway.config.ts in ${join(folder, 'empty')} or above it`,
        next: '`slipway init` writes one; or name it with --config FILE.',
        code: ExitCode.usage,
      }),
    )
  })
})
