import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findUrl, themeInputs } from '../../../../src/init/detect/sites/site.js'
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

describe('themeInputs', () => {
  it('are the submodules below a folder that a flake can name', () => {
    const text = `[submodule "a"]
\tpath = site/themes/a
\turl = git@github.com:example/a.git
[submodule "b"]
\tpath = themes/b
\turl = ../b.git
`
    const tree = textTree({ '.gitmodules': text })
    assert.deepEqual(themeInputs(tree, 'site'), [
      { value: { path: 'themes/a', url: 'github:example/a' }, at: { file: '.gitmodules', line: 3 } },
    ])
    assert.deepEqual(themeInputs(tree, ''), [])
  })
})
