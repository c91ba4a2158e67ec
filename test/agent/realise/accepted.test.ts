import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { packageProblem } from '../../../src/agent/access/package.js'
import type { Ended } from '../../../src/agent/run.js'
import { PACKAGE } from '../../release/samples.js'
import { endedWith, testAgent } from '../test-agent.js'

const SIGNED = `[{"path":"${PACKAGE}","narHash":"sha256-x","signatures":["ci-1:x"]}]`
const info = (text: string) => endedWith(0, { stdout: text })

/** What is said of a package of which Nix says so. */
async function judge({
  valid = endedWith(0),
  pathInfo = info(SIGNED),
  verify = endedWith(0),
  known = false,
}: {
  valid?: Ended
  pathInfo?: Ended
  verify?: Ended
  known?: boolean
} = {}) {
  const test = testAgent({
    run: async (argv) => {
      if (argv[0] === 'nix-store') return valid
      return argv.includes('path-info') ? pathInfo : verify
    },
  })
  if (known) {
    mkdirSync(test.agent.places.release('blog', 2), { recursive: true })
    symlinkSync(PACKAGE, join(test.agent.places.release('blog', 2), 'package'))
  }
  const problem = await packageProblem(test.agent, PACKAGE)
  test.remove()
  return { problem, ran: test.ran }
}

describe('a package that came with a key', () => {
  for (const [name, text] of [
    ['Nix 2.8', SIGNED],
    ['Nix 2.26', `{"${PACKAGE}":{"ca":null,"narHash":"sha256-x"}}`],
    ['an empty address', `{"${PACKAGE}":{"ca":""}}`],
  ] as const) {
    it(`is taken when it is signed, with ${name}`, async () => {
      const { problem, ran } = await judge({ pathInfo: info(text) })
      assert.equal(problem, undefined)
      const nix = 'nix --extra-experimental-features nix-command'
      assert.deepEqual(ran, [
        `nix-store --check-validity ${PACKAGE}`,
        `${nix} path-info --json ${PACKAGE}`,
        `${nix} store verify --no-contents --sigs-needed 1 ${PACKAGE}`,
      ])
    })
  }

  it('is taken when a release of any service has it already', async () => {
    assert.deepEqual(await judge({ known: true, valid: endedWith(1) }), { problem: undefined, ran: [] })
  })

  for (const [name, given, line] of [
    ['that did not arrive', { valid: endedWith(1) }, /did not arrive$/],
    ['that is not signed', { verify: endedWith(2) }, /is not signed by a key that this host trusts$/],
    ['whose signatures could not be looked at', { verify: endedWith(null) }, /is not signed by a key/],
    ['that Nix does not know', { pathInfo: endedWith(1) }, /Nix does not know the package/],
    ['of which Nix says nothing', { pathInfo: info('{}') }, /Nix does not know the package/],
    ['of which Nix says that it is not there', { pathInfo: info(`{"${PACKAGE}":null}`) }, /does not know/],
    ['of which Nix speaks in riddles', { pathInfo: info('?') }, /Nix does not know the package/],
    [
      'that is named by its content',
      { pathInfo: info(`[{"path":"${PACKAGE}","ca":"fixed:r:sha256:x"}]`) },
      /is named by its content, which nobody has signed$/,
    ],
    [
      'that a newer Nix says is named by its content',
      { pathInfo: info(`{"${PACKAGE}":{"ca":{"method":"nar","hash":"x"}}}`) },
      /is named by its content/,
    ],
  ] as [string, Parameters<typeof judge>[0], RegExp][]) {
    it(`is refused ${name}`, async () => assert.match((await judge(given)).problem ?? 'nothing', line))
  }
})
