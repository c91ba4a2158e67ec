import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { detectionText, setupText } from '../../../src/cli/text/detection-text.js'
import { errorText } from '../../../src/cli/text/error-text.js'
import { loadConfig } from '../../../src/config/load.js'
import type { Config } from '../../../src/config/resolved.js'
import { SlipwayError } from '../../../src/errors.js'
import type { ExistingNix } from '../../../src/init/detect/project.js'
import { moduleFile } from '../../../src/init/module/module-file.js'
import { temporaryFolder } from '../../nix/samples.js'
import '../../cli/text/no-color.js'
import { EXPECTED, folderTree, initialise, REPOSITORIES } from './corpus.js'

/**
 * Each repository of the corpus, recognised and written as `slipway init --yes` does it. What is expected lies
 * in test/fixtures/init; after a change that is meant, UPDATE_EXPECTED=1 writes it anew, to be read before it
 * is committed.
 */
const UPDATE = process.env.UPDATE_EXPECTED === '1'

interface Case {
  repository: string
  flags: Record<string, string>
  nix: ExistingNix | undefined
}

const flake = (
  packages: string[],
  more: { checks?: string[]; nixosModules?: string[] } = {},
): ExistingNix => ({
  kind: 'flake',
  outputs: { evaluated: true, packages, apps: [], checks: [], nixosModules: [], ...more },
})

const NIX: Record<string, ExistingNix> = {
  'default-nix': { kind: 'file', file: 'default.nix' },
  'existing-flake': flake(['default', 'status-page'], {
    checks: ['status-page'],
    nixosModules: ['status-page'],
  }),
  'unknown-flake': flake(['gateway', 'reporter']),
}

/** The same repositories with other answers. */
const MORE: Record<string, Omit<Case, 'nix'>> = {
  'existing-flake-elsewhere': {
    repository: 'existing-flake',
    flags: {
      host: 'deploy@nixie.quietriver.net',
      'url:status-page': 'https://quietriver.net/status/',
      state: 'yes',
    },
  },
  'node-express-kept': { repository: 'node-express', flags: { state: 'yes' } },
  'rust-axum-crane': { repository: 'rust-axum', flags: { crane: 'yes' } },
  'rust-nightly-crane': { repository: 'rust-nightly', flags: { crane: 'yes' } },
  'rust-workspace-told': {
    repository: 'rust-workspace',
    flags: {
      program: 'api,digest',
      'listen:digest': 'none',
      'name:api': 'tickets',
      host: 'root@quietriver.net',
    },
  },
  'service-and-site-both': { repository: 'service-and-site', flags: { program: 'shop,site' } },
  'unknown-flake-told': {
    repository: 'unknown-flake',
    flags: { program: 'gateway', listen: '8443', health: '/up', host: 'root@10.0.0.7' },
  },
}

const CASES: Record<string, Case> = Object.fromEntries([
  ...readdirSync(REPOSITORIES).map((name) => [name, { repository: name, flags: {}, nix: NIX[name] }]),
  ...Object.entries(MORE).map(([name, given]) => [name, { ...given, nix: NIX[given.repository] }]),
])

/** One of each shape: of the rest, the config says all that their modules are made of. */
const WITH_MODULE = [
  'go-cgo-sqlite',
  'go-stdlib',
  'hugo',
  'python-django',
  'rust-axum',
  'rust-workspace-told',
  'service-and-site-both',
]

/** A config that is in no folder of its own. */
async function loadText(config: string): Promise<Config> {
  const folder = temporaryFolder()
  try {
    folder.write({ 'slipway.config.ts': config })
    return await loadConfig(join(folder.path, 'slipway.config.ts'))
  } finally {
    folder.remove()
  }
}

/** The files that are written, and what is said. */
async function written(name: string, { repository, flags, nix }: Case): Promise<Record<string, string>> {
  try {
    const { detection, setup, config, flake } = initialise(folderTree(repository), nix, flags)
    return {
      'report.txt': `${detectionText(detection)}\n${setupText(setup, detection)}\n`,
      'slipway.config.ts': config,
      ...(flake === undefined ? {} : { 'flake.nix': flake }),
      ...(WITH_MODULE.includes(name) ? { 'module.nix': moduleFile(await loadText(config)) } : {}),
    }
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error))
    return { 'report.txt': `${errorText(error)}\n` }
  }
}

describe('the corpus', () => {
  it('has an expectation for each case, and no others', () => {
    if (UPDATE) return
    assert.deepEqual(readdirSync(EXPECTED).sort(), Object.keys(CASES).sort())
  })

  for (const [name, given] of Object.entries(CASES)) {
    it(name, async () => {
      const files = await written(name, given)
      const folder = join(EXPECTED, name)
      if (UPDATE) {
        mkdirSync(folder, { recursive: true })
        for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
      }
      assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort())
      for (const [file, text] of Object.entries(files)) {
        assert.equal(text, readFileSync(join(folder, file), 'utf8'), file)
      }
      if (files['slipway.config.ts'] !== undefined) await loadText(files['slipway.config.ts'])
    })
  }
})
