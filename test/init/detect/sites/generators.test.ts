import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  recogniseHtml,
  recogniseHugo,
  recogniseMkdocs,
  recogniseZola,
} from '../../../../src/init/detect/sites/generators.js'
import { textTree } from '../corpus.js'

describe('sites', () => {
  it('of Hugo and Zola are told apart by their config', () => {
    const zola = textTree({ 'config.toml': 'base_url = "https://x.test"', 'content/_index.md': '' })
    assert.equal(recogniseHugo(zola, ''), undefined)
    assert.equal(recogniseZola(zola, '')?.what, 'Zola site')
    const hugo = textTree({ 'config.toml': 'baseURL = "https://x.test"', 'content/_index.md': '' })
    assert.equal(recogniseHugo(hugo, '')?.what, 'Hugo site')
    assert.equal(recogniseZola(hugo, ''), undefined)
    assert.equal(recogniseHugo(textTree({ 'config.toml': 'baseURL = "x"' }), ''), undefined)
  })

  it('of Hugo that fetch modules say so', () => {
    const files = { 'hugo.toml': '', 'go.mod': 'module x' }
    assert.equal(recogniseHugo(textTree(files), '')?.notes.length, 1)
    assert.equal(recogniseHugo(textTree({ ...files, '_vendor/modules.txt': '' }), '')?.notes.length, 0)
  })

  it('of MkDocs need their theme and plugins', () => {
    const plugins = (text: string) => {
      const build = recogniseMkdocs(textTree({ 'mkdocs.yml': text }), '')?.build
      return build?.kind === 'mkdocs' ? build.plugins : undefined
    }
    assert.deepEqual(plugins('theme: material\nplugins:\n- search\n- minify'), [
      'mkdocs-material',
      'mkdocs-minify-plugin',
    ])
    assert.deepEqual(plugins('theme:\n  features: [a]\n  name: material\nnav:\n  - x: redirects.md'), [
      'mkdocs-material',
    ])
    assert.deepEqual(plugins('site_name: x'), [])
  })

  it('of plain HTML lie in a folder with a usual name', () => {
    const folder = (...files: string[]) => {
      const build = recogniseHtml(textTree(Object.fromEntries(files.map((file) => [file, '']))), '')?.build
      return build?.kind === 'html' ? build.folder : undefined
    }
    assert.equal(folder('index.html', 'public/index.html'), '')
    assert.equal(folder('www/index.html'), 'www')
    assert.equal(folder('elsewhere/index.html'), undefined)
  })
})
