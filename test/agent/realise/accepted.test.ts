import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { accepted } from '../../../src/agent/realise/accepted.js'
import { PACKAGE } from '../../release/samples.js'
import { endedWith, testAgent } from '../test-agent.js'

const PLAIN = `[{"path":"${PACKAGE}","narHash":"sha256-x","signatures":["ci-1:x"]}]`

/** Whether a service may have a package of which Nix says so, and which a release of `holder` has. */
async function judge({ pathInfo = PLAIN, verify = 1, holder = 'none' }) {
  const test = testAgent({
    run: async (argv) =>
      argv.includes('path-info')
        ? endedWith(pathInfo === '' ? 1 : 0, { stdout: pathInfo })
        : endedWith(verify),
  })
  mkdirSync(test.agent.places.release(holder, 2), { recursive: true })
  symlinkSync(PACKAGE, join(test.agent.places.release(holder, 2), 'package'))
  const taken = await accepted(test.agent, 'app', PACKAGE)
  test.remove()
  return taken
}

describe('a package without its derivation', () => {
  for (const [name, given, taken] of [
    ['that a release of the service has', { holder: 'app' }, true],
    ['that only a release of another has', { holder: 'blog' }, false],
    ['that a trusted key has signed', { verify: 0 }, true],
    ['that nobody has signed', {}, false],
    ['that is named by its content', { pathInfo: `[{"path":"${PACKAGE}","ca":"fixed:r:sha256:x"}]` }, true],
    ['that a newer Nix says is', { pathInfo: `{"${PACKAGE}":{"ca":{"method":"nar","hash":"x"}}}` }, true],
    ['of an empty address', { pathInfo: `{"${PACKAGE}":{"ca":""}}` }, false],
    ['of no address', { pathInfo: `{"${PACKAGE}":{"ca":null}}` }, false],
    ['that Nix does not know', { pathInfo: '' }, false],
    ['that Nix says is not there', { pathInfo: `{"${PACKAGE}":null}` }, false],
    ['of which Nix speaks in riddles', { pathInfo: '?' }, false],
  ] as [string, Parameters<typeof judge>[0], boolean][]) {
    it(`${name}: ${taken ? 'taken' : 'not taken'}`, async () => assert.equal(await judge(given), taken))
  }
})
