import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flakeUrl, submoduleOf, submodules } from '../../../src/init/detect/submodules.js'
import { textTree } from './corpus.js'

describe('submodules', () => {
  it('are read as git-config(1) has them', () => {
    const text = `# ours
[core]
\tpath = not/this
[submodule "a b"]
\tPath = "libs/a b" ; quoted
\tbranch = main
\turl = https://x.example/a.git # the first
[submodule "c"] path = libs/c
\turl = "../c.git"
`
    const tree = textTree({ '.gitmodules': text })
    assert.deepEqual(submodules(tree), [
      { value: { path: 'libs/a b', url: 'https://x.example/a.git' }, at: { file: '.gitmodules', line: 7 } },
      { value: { path: 'libs/c', url: '../c.git' }, at: { file: '.gitmodules', line: 9 } },
    ])
    assert.equal(submoduleOf(tree, 'libs/c/src')?.value.path, 'libs/c')
    assert.equal(submoduleOf(tree, 'libs/cd'), undefined)
  })
})

describe('flakeUrl', () => {
  it('is what Nix calls a URL of git', () => {
    const urls: Record<string, string | undefined> = {
      'https://github.com/acme/plain.git': 'github:acme/plain',
      'git@github.com:acme/plain.git': 'github:acme/plain',
      'git@gitlab.com:acme/plain.git': 'git+ssh://git@gitlab.com/acme/plain.git',
      'git.example.test:plain.git': 'git+ssh://git.example.test/plain.git',
      'me@git.example.test:/srv/plain.git': 'git+ssh://me@git.example.test/srv/plain.git',
      'ssh://git@git.example.test:2222/plain.git': 'git+ssh://git@git.example.test:2222/plain.git',
      'https://codeberg.org/acme/plain': 'git+https://codeberg.org/acme/plain',
      '/srv/git/plain.git': 'git+file:///srv/git/plain.git',
      '../plain.git': undefined,
      './plain.git': undefined,
    }
    for (const [url, expected] of Object.entries(urls)) assert.equal(flakeUrl(url), expected, url)
  })
})
