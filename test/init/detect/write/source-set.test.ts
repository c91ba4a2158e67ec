import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { WITHOUT_NIX } from '../../../nix/samples.js'
import { initialise, textTree } from '../corpus.js'

const GO = {
  'go.mod': 'module example.test/shop\n\ngo 1.24\n',
  'main.go':
    'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe("127.0.0.1:3000", nil) }\n',
}

/** What of a repository its flake leaves out of `src`. */
function leftOut(files: Record<string, string>): string[] {
  const { flake = '' } = initialise(textTree(files), undefined)
  const [, list = ''] = /unions \[\n([\s\S]*?)\n +\]/.exec(flake) ?? []
  return [...list.matchAll(/\.\/\w[\w./-]*|\.\/\.\w[\w./-]*|"secrets\."/g)].map(([one]) => one)
}

const ALWAYS = [
  './flake.nix',
  './module.nix',
  './slipway.config.ts',
  './.forgejo',
  './.github',
  './.gitlab',
  './.gitlab-ci.yml',
  './flake.lock',
  '"secrets."',
]

describe('sourceLet', () => {
  it('leaves out what slipway and its CI keep in a repository', () => {
    assert.deepEqual(leftOut(GO), ALWAYS)
  })

  it('leaves out files for people and other tools', () => {
    assert.deepEqual(leftOut({ ...GO, 'README.md': '# Shop\n', Dockerfile: 'FROM scratch\n' }), [
      './Dockerfile',
      './README.md',
      ...ALWAYS,
    ])
  })

  it('keeps those that a source names, in whatever language', () => {
    const readme = { 'README.md': '# Shop\n' }
    assert.ok(leftOut({ ...GO, ...readme, 'CHANGES.md': 'See README.md\n' }).includes('./README.md'))
    for (const file of ['page.ts', 'shop.ex', 'lib/shop.rb', 'pyproject.toml', 'build.gradle']) {
      const named = { ...GO, ...readme, [`other/${file}`]: 'x = "../README.md"\n' }
      assert.ok(!leftOut(named).includes('./README.md'), file)
    }
  })

  it('keeps what may be a page of a site', () => {
    const files = {
      '_config.yml': 'title: Notes\nurl: https://notes.example.test\n',
      'README.md': '# The first page\n',
      Dockerfile: 'FROM ruby\n',
    }
    assert.deepEqual(leftOut(files), ['./Dockerfile', ...ALWAYS])
  })

  it('has secrets of all environments left out, and nothing else of that kind', {
    skip: WITHOUT_NIX,
  }, async () => {
    const { flake = '' } = initialise(textTree(GO), undefined)
    const [, filter] = /fileFilter \(\n\s+(file: .*)\n/.exec(flake) ?? []
    const names = ['secrets.age', 'secrets.staging.age', 'secrets.ts', 'mysecrets.age', 'cage', 'api.age']
    const expression = `let
      hasSuffix = end: text: let from = builtins.stringLength text - builtins.stringLength end; in
        from >= 0 && builtins.substring from (builtins.stringLength text) text == end;
      lib.hasPrefix = start: text: builtins.substring 0 (builtins.stringLength start) text == start;
      left = ${filter};
    in builtins.filter (name: left { inherit name; hasExt = ext: hasSuffix ".\${ext}" name; }) [ ${names.map((name) => JSON.stringify(name)).join(' ')} ]`
    const { stdout } = await execa('nix-instantiate', ['--eval', '--strict', '--json', '--expr', expression])
    assert.deepEqual(JSON.parse(stdout), ['secrets.age', 'secrets.staging.age'])
  })
})
