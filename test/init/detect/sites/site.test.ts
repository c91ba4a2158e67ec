import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findUrl, submodules } from '../../../../src/init/detect/sites/site.js'
import { textTree } from '../corpus.js'

describe('findUrl', () => {
  it('is the URL of a line, unless it is a placeholder', () => {
    const url = (text: string) => findUrl(textTree({ 'hugo.toml': text }), 'hugo.toml', /^baseURL/)?.value
    assert.equal(url('title = "x"\nbaseURL = "https://quietriver.net/blog/"'), 'https://quietriver.net/blog/')
    assert.equal(url('baseURL = "https://example.org/"'), undefined)
    assert.equal(url('baseURL = "http://localhost:1313"'), undefined)
    assert.equal(url('# https://quietriver.net'), undefined)
  })
})

describe('submodules', () => {
  it('are those below a folder, as flakes name their sources', () => {
    const text = `[submodule "a"]
\tpath = site/themes/a
\turl = git@github.com:example/a.git
[submodule "b"]
\tpath = themes/b
\turl = https://codeberg.org/example/b
`
    const tree = textTree({ '.gitmodules': text })
    assert.deepEqual(submodules(tree, 'site'), [{ path: 'themes/a', url: 'github:example/a' }])
    assert.deepEqual(submodules(tree, '')[1], { path: 'themes/b', url: 'git+https://codeberg.org/example/b' })
  })
})
