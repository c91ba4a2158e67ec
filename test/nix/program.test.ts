import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { mainPrograms } from '../../src/nix/program.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

/** The program of a package with some files, and perhaps `meta.mainProgram`. */
async function program(names: string[], main: string | null = null): Promise<string | undefined> {
  for (const name of names) {
    folder.write({ [`bin/${name}`]: '' })
    chmodSync(join(folder.path, 'bin', name), 0o755)
  }
  const package_ = { drv: '', out: folder.path, main, name: 'app-1.0', system: '' }
  return (await mainPrograms(localNix(folder.path), [{ service: 'web', package: package_ }]))[0]
}

describe('mainPrograms', () => {
  it('asks for all at once', async () => {
    const asked: (readonly string[])[] = []
    const nix = {
      ...localNix('/'),
      list: async (folders: readonly string[]) => {
        asked.push(folders)
        return [['serve'], ['a', 'b']]
      },
    }
    const needed = (service: string, main: string | null) => ({
      service,
      package: { drv: '', out: `/nix/store/${service}`, main, name: service, system: null },
    })
    assert.deepEqual(await mainPrograms(nix, [needed('web', null), needed('api', 'b')]), ['serve', 'b'])
    assert.deepEqual(asked, [['/nix/store/web/bin', '/nix/store/api/bin']])
    assert.deepEqual(await mainPrograms(nix, []), [])
    assert.equal(asked.length, 1)
  })

  it('is the only one', async () => assert.equal(await program(['serve']), 'serve'))
  it('is what the package says', async () => assert.equal(await program(['a', 'serve'], 'serve'), 'serve'))
  it('is the only one where the package names one that is not there', async () => {
    assert.equal(await program(['serve'], 'server'), 'serve')
  })
  it('is none of the hidden ones, which wrappers leave', async () => {
    assert.equal(await program(['serve', '.serve-wrapped']), 'serve')
  })

  it('is asked for where there are several', async () => {
    await assert.rejects(
      program(['serve', 'migrate']),
      new SlipwayError({
        what: 'services.web: which program of app-1.0 to run is not clear',
        why: 'Its bin/ holds migrate, serve.',
        still: 'Nothing was changed on any host.',
        next: "Set services.web.run, for example run: 'migrate', or meta.mainProgram in the package.",
        code: ExitCode.usage,
      }),
    )
  })

  it('is asked for where there is none', async () => {
    await assert.rejects(
      program([]),
      new SlipwayError({
        what: 'services.web: which program of app-1.0 to run is not clear',
        why: `${folder.path}/bin holds no program.`,
        still: 'Nothing was changed on any host.',
        next: 'Set services.web.run to a full path, or use site() for static files.',
        code: ExitCode.usage,
      }),
    )
  })
})
