import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { resolveOverrides } from '../../src/engine/overrides.js'

const root = mkdtempSync(join(tmpdir(), 'slipway-overrides-'))
const cwd = join(root, 'inner')
mkdirSync(join(cwd, 'nixpkgs'), { recursive: true })
after(() => rmSync(root, { recursive: true }))

/** What becomes of a reference given in the config, and of one given to the command. */
function both(ref: string): [string | undefined, string | undefined] {
  return [resolveOverrides(root, { x: ref }, cwd, {}).x, resolveOverrides(root, {}, cwd, { x: ref }).x]
}

describe('resolveOverrides', () => {
  it('takes folders from the config’s folder, or from where the command runs', () => {
    assert.deepEqual(both('./lib'), [`path:${root}/lib`, `path:${cwd}/lib`])
    assert.deepEqual(both('../lib/'), [`path:${join(root, '..', 'lib')}`, `path:${root}/lib`])
    assert.deepEqual(both('path:./lib'), [`path:${root}/lib`, `path:${cwd}/lib`])
  })

  it('leaves full paths as they are', () => {
    assert.deepEqual(both('/src/lib'), ['path:/src/lib', 'path:/src/lib'])
    assert.deepEqual(both('path:/src/lib'), ['path:/src/lib', 'path:/src/lib'])
  })

  it('takes a bare word for a folder only where there is one', () => {
    assert.deepEqual(both('nixpkgs'), ['nixpkgs', `path:${cwd}/nixpkgs`])
  })

  for (const ref of ['github:NixOS/nixpkgs/nixos-25.05', 'git+ssh://git@example.com/x', 'flake:nixpkgs']) {
    it(`leaves ${ref} as it is`, () => assert.deepEqual(both(ref), [ref, ref]))
  }

  it('lets the command have the last word', () => {
    assert.deepEqual(resolveOverrides('/p', { a: '/config', b: '/config' }, '/p', { b: '/command' }), {
      a: 'path:/config',
      b: 'path:/command',
    })
  })
})
