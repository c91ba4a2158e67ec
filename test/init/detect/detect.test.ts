import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { article } from '../../../src/init/detect/article.js'
import { detect } from '../../../src/init/detect/detect.js'
import { textTree } from './corpus.js'
import { refusal } from './samples.js'

const GO = {
  'go.mod': 'module x',
  'main.go': 'package main\n\nfunc main() { http.ListenAndServe(":1", nil) }\n',
}
const HUGO = { 'hugo.toml': 'title = "x"' }
const below = (dir: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${dir}/${file}`, text]))
const found = (files: Record<string, string>) =>
  detect(textTree(files), undefined).projects.map(
    ({ dir, what, beside }) => `${dir || '.'} ${what}${beside ? ', beside' : ''}`,
  )

describe('detect', () => {
  it('takes what is at the root, and what lies below only where it is asked for', () => {
    assert.deepEqual(found({ ...GO, ...below('site', HUGO) }), ['. Go module', 'site Hugo site, beside'])
    assert.deepEqual(found({ ...below('api', GO), ...below('site', HUGO) }), [
      'api Go module',
      'site Hugo site',
    ])
  })

  it('takes the first of what a folder could be, and says what else it is', () => {
    const { projects, others } = detect(textTree({ ...GO, 'mkdocs.yml': 'site_name: x' }), undefined)
    assert.deepEqual(
      projects.map(({ what }) => what),
      ['Go module'],
    )
    assert.deepEqual(others, ['an MkDocs site (mkdocs.yml)'])
  })

  it('looks neither into what is of others nor too deep', () => {
    const files = {
      ...below('vendor/x', GO),
      ...below('examples/x', GO),
      ...below('a/b/c/d', GO),
      'index.html': '',
    }
    assert.deepEqual(found(files), ['. folder of HTML'])
  })

  it('takes a crate of a workspace for a part of it', () => {
    const crate = { 'Cargo.toml': '[package]\nname = "api"', 'src/main.rs': 'fn main() {}' }
    const files = {
      'Cargo.toml': '[workspace]\nmembers = ["api"]',
      'Cargo.lock': '[[package]]\nname = "api"\nversion = "0.0.0"',
      ...below('api', crate),
    }
    assert.deepEqual(found(files), ['. Rust workspace of 1 crate'])
    assert.deepEqual(detect(textTree(files), undefined).others, [])
  })

  it('says what is wrong with the root, whatever is below', () => {
    assert.equal(
      refusal(() => found({ 'go.mod': 'oops', ...below('site', HUGO) })),
      "go.mod:1 can't be read",
    )
  })

  it('says what is wrong below, beside what is right', () => {
    const files = { ...below('api', { 'go.mod': 'oops' }), ...below('site', HUGO) }
    assert.deepEqual(detect(textTree(files), undefined).others, ["api/: api/go.mod:1 can't be read"])
    assert.equal(
      refusal(() => found(below('api', { 'go.mod': 'oops' }))),
      "api/go.mod:1 can't be read",
    )
  })

  it('needs to know nothing where there is Nix already', () => {
    const detection = detect(textTree({ 'default.nix': '' }), { kind: 'file', file: 'default.nix' })
    assert.deepEqual(detection.projects, [])
  })
})

describe('article', () => {
  it('goes with the sound', () => {
    assert.deepEqual(['Express application', 'MkDocs site', 'Rust crate'].map(article), [
      'an Express application',
      'an MkDocs site',
      'a Rust crate',
    ])
  })
})
