import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detect } from '../../../src/init/detect/detect.js'
import type { ExistingNix } from '../../../src/init/detect/project.js'
import { candidates, defaultCandidates, packageOf, serviceName } from '../../../src/init/detect/setup.js'
import { textTree } from './corpus.js'

const SERVES = 'package main\n\nfunc main() { http.ListenAndServe(":1", nil) }\n'
const QUIET = 'package main\n\nfunc main() {}\n'
const flake = (...packages: string[]): ExistingNix => ({
  kind: 'flake',
  outputs: { evaluated: true, packages, apps: [], checks: [], nixosModules: [] },
})

function of(files: Record<string, string>, nix?: ExistingNix) {
  const detection = detect(textTree(files, 'shop'), nix)
  const all = candidates(detection)
  const chosen = defaultCandidates(all)
  return {
    all: all.map(({ id }) => id),
    chosen: chosen.map(({ id }) => id),
    packages: chosen.map((candidate) => packageOf(detection, candidate, chosen).value),
    names: chosen.map((candidate) => serviceName(candidate, chosen, detection.name)),
  }
}

describe('what is deployed', () => {
  it('is what serves', () => {
    const found = of({
      'go.mod': 'module x',
      'cmd/a/main.go': SERVES,
      'cmd/b/main.go': QUIET,
      'cmd/c/main.go': SERVES,
    })
    assert.deepEqual(found.all, ['a', 'b', 'c'])
    assert.deepEqual(found.chosen, ['a', 'c'])
    assert.deepEqual(found.packages, ['.#default', '.#default'])
  })

  it('is the only program, and nothing where that can not be told', () => {
    assert.deepEqual(of({ 'go.mod': 'module x', 'main.go': QUIET }).chosen, ['x'])
    assert.deepEqual(of({ 'go.mod': 'module x', 'cmd/a/main.go': QUIET, 'cmd/b/main.go': QUIET }).chosen, [])
  })

  it('is the one named for it among those that share the code that listens', () => {
    const files = {
      'go.mod': 'module x',
      'lib/lib.go': 'package lib\n\nfunc Serve() { http.ListenAndServe(":1", nil) }\n',
      'cmd/server/main.go': 'package main\n\nimport "x/lib"\n\nfunc main() {}\n',
      'cmd/ctl/main.go': 'package main\n\nimport "x/lib"\n\nfunc main() {}\n',
    }
    assert.deepEqual(of(files).chosen, ['server'])
  })

  it('is in packages of their own where there are several projects', () => {
    const found = of({ 'api/go.mod': 'module x/api', 'api/main.go': SERVES, 'site/hugo.toml': '' })
    assert.deepEqual(found.packages, ['.#api', '.#site'])
  })

  it('is told apart by its folder where names clash', () => {
    const files = (dir: string) => ({
      [`${dir}/go.mod`]: `module x/${dir}`,
      [`${dir}/cmd/server/main.go`]: SERVES,
    })
    assert.deepEqual(of({ ...files('one'), ...files('two') }).all, ['one-server', 'two-server'])
  })

  it("is the flake's packages where nothing else is known", () => {
    assert.deepEqual(of({ 'flake.nix': '' }, flake('a', 'b', 'default')).all, ['a', 'b'])
    const single = of({ 'flake.nix': '' }, flake('default'))
    assert.deepEqual([single.chosen, single.packages], [['shop'], ['.#default']])
  })

  it("is the flake's package of the same name where there is one", () => {
    const files = { 'go.mod': 'module x/app', 'main.go': SERVES }
    assert.deepEqual(of(files, flake('app', 'default')).packages, ['.#app'])
    assert.deepEqual(of(files, flake('default', 'other')).packages, ['.#default'])
    assert.deepEqual(of(files, { kind: 'file', file: 'default.nix' }).packages, [{ file: './default.nix' }])
  })
})

describe('serviceName', () => {
  it("is the program's, or its project's where that says more", () => {
    const name = (files: Record<string, string>) => of(files).names[0]
    assert.deepEqual(name({ 'go.mod': 'module example.org/clock', 'main.go': SERVES }), {
      name: 'clock',
      why: undefined,
    })
    assert.deepEqual(name({ 'go.mod': 'module example.org/relay', 'cmd/server/main.go': SERVES }), {
      name: 'relay',
      why: undefined,
    })
    assert.deepEqual(name({ 'go.mod': 'module example.org/server', 'main.go': SERVES }), {
      name: 'shop',
      why: undefined,
    })
  })

  it('is one that can be a unit and a user, and says why it is another', () => {
    assert.deepEqual(of({ 'go.mod': 'module example.org/My_App', 'main.go': SERVES }).names[0], {
      name: 'my-app',
      why: '"My_App" can\'t be a unit and user name: 1 to 31 of a-z, 0-9 and "-", starting with a letter, not ending with "-"',
    })
    assert.equal(of({ 'go.mod': 'module example.org/nginx', 'main.go': SERVES }).names[0]?.name, 'nginx-app')
  })
})
