import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { generateKey } from '../../src/secrets/age.js'
import { defaultKeyFile, findIdentities } from '../../src/secrets/identities.js'

const folder = mkdtempSync(join(tmpdir(), 'slipway-identities-'))
after(() => rmSync(folder, { recursive: true }))
const [one, two, three] = (await Promise.all([1, 2, 3].map(async () => (await generateKey()).identity))) as [
  string,
  string,
  string,
]

describe('findIdentities', () => {
  it('says where it has looked, where there is none', () => {
    assert.deepEqual(findIdentities({ XDG_CONFIG_HOME: folder }), {
      keys: [],
      looked: [
        '$SLIPWAY_AGE_KEY: not set',
        '$SLIPWAY_AGE_KEY_FILE: not set',
        `${folder}/slipway/age.key: not there`,
      ],
    })
  })

  it('takes all there are, each once', () => {
    const env = { XDG_CONFIG_HOME: join(folder, 'home'), SLIPWAY_AGE_KEY_FILE: join(folder, 'keys') }
    mkdirSync(join(folder, 'home/slipway'), { recursive: true })
    writeFileSync(defaultKeyFile(env), `# created: today\n# public key: age1x\n${three}\n`)
    writeFileSync(env.SLIPWAY_AGE_KEY_FILE, `${two}\r\n\n${one}\r\n`)
    assert.deepEqual(findIdentities({ ...env, SLIPWAY_AGE_KEY: ` ${one}\n` }), {
      keys: [one, two, three],
      looked: [
        '$SLIPWAY_AGE_KEY: one key',
        `${folder}/keys: 2 keys`,
        `${folder}/home/slipway/age.key: one key`,
      ],
    })
  })

  for (const [what, env] of [
    ['the variable', { SLIPWAY_AGE_KEY: 'hunter2' }],
    ['a key that is cut off', { SLIPWAY_AGE_KEY: one.slice(0, -1) }],
    ['the file', { SLIPWAY_AGE_KEY_FILE: join(folder, 'absent') }],
  ] as const) {
    it(`refuses ${what} that holds no key, without showing what it holds`, () => {
      assert.throws(
        () => findIdentities({ XDG_CONFIG_HOME: join(folder, 'none'), ...env }),
        (error) =>
          error instanceof SlipwayError && !/hunter2|AGE-SECRET-KEY-1\w/.test(JSON.stringify(error.parts)),
      )
    })
  }
})
