import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeFor, packageManager, readPackage } from '../../../../src/init/detect/node/package-json.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

const PACKAGE = '{\n  "dependencies": {\n    "express": "^5",\n    "@a/b": "1"\n  }\n}'
const lock = (dependencies: object) => JSON.stringify({ packages: { '': { dependencies } } })

function manager(files: Record<string, string>, ignored: string[] = []) {
  const tree = {
    ...textTree({ 'package.json': PACKAGE, ...files }),
    isIgnored: (file: string) => ignored.includes(file),
  }
  return packageManager(tree, '', readPackage(tree, ''))
}

describe('packageManager', () => {
  it('is the one of the lock file', () => {
    assert.equal(manager({ 'package-lock.json': lock({ express: '^5', '@a/b': '1' }) }), 'npm')
    assert.equal(manager({ 'pnpm-lock.yaml': "      '@a/b':\n      express:\n" }), 'pnpm')
    assert.equal(manager({ 'package.json': '{}' }), 'none')
  })

  it('refuses a lock file that contradicts the manifest', () => {
    assert.equal(
      refusal(() => manager({ 'package-lock.json': lock({ express: '^4', '@a/b': '1' }) })),
      'package-lock.json has express ^4, but package.json:3 says ^5',
    )
    assert.equal(
      refusal(() => manager({ 'package-lock.json': lock({ express: '^5' }) })),
      "package-lock.json doesn't have @a/b, which package.json:4 depends on",
    )
    assert.equal(
      refusal(() => manager({ 'pnpm-lock.yaml': '      express:\n' })),
      "pnpm-lock.yaml doesn't have @a/b, which package.json:4 depends on",
    )
  })

  it('refuses what it has no lock file of', () => {
    assert.equal(
      refusal(() => manager({})),
      'there is no package-lock.json',
    )
    assert.equal(
      refusal(() => manager({ 'yarn.lock': '' })),
      "yarn.lock is of a package manager that slipway init doesn't know",
    )
    assert.equal(
      refusal(() => manager({}, ['pnpm-lock.yaml'])),
      "git ignores pnpm-lock.yaml, so Nix can't see it",
    )
  })
})

describe('nodeFor', () => {
  const node = (files: Record<string, string>) => {
    const tree = textTree({ 'package.json': '{}', ...files })
    return nodeFor(tree, '', readPackage(tree, ''))
  }

  it('is the release that is named, but no range', () => {
    assert.equal(node({ '.nvmrc': 'v22.4.0\n' }), 'nodejs_22')
    assert.equal(node({ 'package.json': '{ "engines": { "node": "22.x" } }' }), 'nodejs_22')
    assert.equal(node({ 'package.json': '{ "engines": { "node": ">=22" } }' }), 'nodejs')
    assert.equal(node({ '.node-version': '24' }), 'nodejs')
    assert.equal(node({}), 'nodejs')
  })
})
