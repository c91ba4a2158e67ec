import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PackageRef } from '../../src/config/resolved.js'
import { groupPackages } from '../../src/nix/package-groups.js'

const flake = (text: string): PackageRef => ({ flake: text })
const file = (path: string, attr?: string): PackageRef => ({ file: path, attr })

describe('groupPackages', () => {
  it('puts together the packages of a flake', () => {
    const refs = [flake('.'), flake('.#web'), flake('.#nested.api')]
    const paths = [['default'], ['web'], ['nested', 'api']]
    assert.deepEqual(groupPackages(refs), [{ kind: 'packages', flake: '.', paths, refs }])
  })

  it('puts together what stands below an output', () => {
    const refs = [flake('.#nixosConfigurations.a.config.x'), flake('.#nixosConfigurations."b.c".config.x')]
    const paths = [
      ['a', 'config', 'x'],
      ['b.c', 'config', 'x'],
    ]
    assert.deepEqual(groupPackages(refs), [
      { kind: 'output', flake: '.', output: 'nixosConfigurations', paths, refs },
    ])
  })

  it('puts together attributes of a file, and the file itself', () => {
    const refs = [file('a.nix', 'web'), file('a.nix')]
    assert.deepEqual(groupPackages(refs), [{ kind: 'file', file: 'a.nix', attrs: ['web', undefined], refs }])
  })

  it('keeps apart flakes, files, outputs, and what only Nix can read', () => {
    const refs = [
      ...[flake('.#web'), flake('/b#web'), flake('.#packages.x.web'), flake('.#web^bin'), flake('.#api^bin')],
      ...[file('a.nix', 'web'), file('b.nix', 'web')],
    ]
    assert.deepEqual(
      groupPackages(refs),
      refs.map((ref) => ({ kind: 'single', refs: [ref] })),
    )
  })

  it('asks for no more at once than a command can hold', () => {
    const refs = Array.from({ length: 601 }, (_, index) => flake(`.#web${index}`))
    const groups = groupPackages(refs)
    assert.deepEqual(
      groups.map((group) => group.refs.length),
      [250, 250, 101],
    )
    assert.deepEqual(
      groups.flatMap((group) => group.refs),
      refs,
    )
  })
})
