import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { isReplaced } from '../../../src/agent/upgrade/replaced.js'
import { testAgent } from '../test-agent.js'

it('an agent knows whether its unit starts another bundle', async () => {
  let bundle = ''
  const test = testAgent({
    systemd: { property: async () => [['/nix/node', ['/nix/node', bundle, 'serve'], false, 0]] },
  })
  try {
    const [one = '', other = ''] = ['one', 'other'].map((name) => join(test.folder, name))
    for (const path of [one, other]) writeFileSync(path, '')
    const own = { path: one, hash: '', declared: true }
    const replaced = async (path: string) => {
      bundle = path
      return isReplaced(test.agent, own)
    }
    assert.deepEqual(
      [await replaced(one), await replaced(other), await replaced('/no/such/agent.cjs')],
      [false, true, false],
    )
  } finally {
    test.remove()
  }
})
