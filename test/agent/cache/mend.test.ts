import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { brokenOf, type Entry, mendCaches } from '../../../src/agent/cache/mend.js'
import { testAgent } from '../test-agent.js'

const hashOf = (index: number) => index.toString(16).padStart(32, '0')
const pathOf = (index: number) => `${hashOf(index)}-x`
const entry = (index: number, references: number[], whole = true): Entry => ({
  ...{ name: `${hashOf(index)}.narinfo`, path: pathOf(index), references: references.map(pathOf), whole },
})

describe('brokenOf', () => {
  it('is what is not whole, and all that needs it, which goes first', () => {
    const entries = [entry(1, []), entry(2, [1], false), entry(3, [2, 3]), entry(4, [3]), entry(5, [1])]
    assert.deepEqual(
      brokenOf(entries).map(({ path }) => path),
      [4, 3, 2].map(pathOf),
    )
  })

  it('is what lacks something, too', () => {
    assert.deepEqual(
      brokenOf([entry(2, [1])]).map(({ path }) => path),
      [pathOf(2)],
    )
    assert.deepEqual(brokenOf([entry(2, [1, 2]), entry(1, [])]), [])
  })

  it('leaves a closed cache behind after each removal, and nothing goes that could stay', () => {
    const caches = fc
      .array(fc.record({ refs: fc.array(fc.nat(11), { maxLength: 3 }), whole: fc.boolean() }), {
        maxLength: 10,
      })
      // As Nix makes them: each needs what was there before.
      .map((items) =>
        items.map(({ refs, whole }, index) =>
          entry(
            index,
            refs.filter((ref) => ref <= index || ref > 9),
            whole,
          ),
        ),
      )
    fc.assert(
      fc.property(caches, (entries) => {
        const gone = brokenOf(entries)
        const bad = new Set(gone)
        let left = [...entries]
        for (const one of gone) {
          left = left.filter((other) => other !== one)
          assert.ok(!left.some(({ references }) => references.includes(one.path)))
        }
        assert.ok(left.every(({ whole }) => whole))
        for (const one of gone) {
          const hurt = one.references.some(
            (path) =>
              !entries.some((other) => other.path === path) ||
              [...bad].some((other) => other !== one && other.path === path),
          )
          assert.ok(!one.whole || hurt)
        }
      }),
    )
  })
})

describe('mendCaches', () => {
  it('takes out what a power cut left, where something was being added, and nothing else', async () => {
    const host = testAgent()
    const cache = (name: string, mark: boolean) => {
      const dir = join(host.agent.places.caches, name)
      mkdirSync(join(dir, 'files/nar'), { recursive: true })
      const info = (index: number, refs: number[], size: number, text?: string) =>
        writeFileSync(
          join(dir, `files/${hashOf(index)}.narinfo`),
          text ??
            `StorePath: /nix/store/${pathOf(index)}\nURL: nar/${index}.nar.zst\nFileSize: ${size}\nNarHash: sha256:x\nNarSize: 9\nReferences: ${refs.map(pathOf).join(' ')}\n`,
        )
      info(1, [], 3)
      info(2, [1], 3)
      info(3, [2], 3)
      info(4, [], 0, '')
      for (const index of [1, 3]) writeFileSync(join(dir, `files/nar/${index}.nar.zst`), 'abc')
      writeFileSync(join(dir, 'files/nar/2.nar.zst'), 'a')
      writeFileSync(join(dir, 'files/nar/5.nar.zst.tmp.12.3'), 'a')
      if (mark) writeFileSync(join(dir, 'adding-0'), '')
      return dir
    }
    const hurt = cache('hurt', true)
    const well = cache('well', false)
    await mendCaches(host.agent)
    assert.deepEqual(readdirSync(join(hurt, 'files')).sort(), [`${hashOf(1)}.narinfo`, 'nar'])
    assert.ok(!existsSync(join(hurt, 'files/nar/5.nar.zst.tmp.12.3')))
    assert.ok(!existsSync(join(hurt, 'adding-0')))
    assert.equal(readdirSync(join(well, 'files')).length, 5)
    host.remove()
  })
})
