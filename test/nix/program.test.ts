import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { mainProgram } from '../../src/nix/program.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

/** The program of a package with some files, and perhaps `meta.mainProgram`. */
async function program(names: string[], main: string | null = null): Promise<string> {
  for (const name of names) {
    folder.write({ [`bin/${name}`]: '' })
    chmodSync(join(folder.path, 'bin', name), 0o755)
  }
  const package_ = { drv: '', out: folder.path, main, name: 'app-1.0', system: '' }
  return mainProgram(localNix(folder.path), 'web', package_)
}

describe('mainProgram', () => {
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
