import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nextStepsText } from '../../../src/cli/text/detection-text.js'
import { folderTree, initialise } from '../../init/detect/corpus.js'
import './no-color.js'

describe('nextStepsText', () => {
  const git = { repository: true, untracked: [] } as unknown as Parameters<typeof nextStepsText>[2]

  it('has what a program fails without, in the encrypted file where its name says that it is secret', () => {
    const { setup } = initialise(folderTree('python-flask'), undefined, {})
    assert.equal(
      nextStepsText(['flake.nix', 'slipway.config.ts'], setup, git, true),
      `Wrote flake.nix and slipway.config.ts. Next:
  add secrets: ['SECRET_KEY'] to slipway.config.ts, and who may read them: slipway secrets init
  slipway secrets set SECRET_KEY
  slipway deploy   # makes the throwaway host web if there is none`,
    )
  })
})
