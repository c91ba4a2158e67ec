import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detect } from '../../../src/init/detect/detect.js'
import type { ExistingNix } from '../../../src/init/detect/project.js'
import { requireDefaults } from '../../../src/init/detect/questions.js'
import { candidates } from '../../../src/init/detect/setup.js'
import { textTree } from './corpus.js'
import { answers, refusal } from './samples.js'

const flake = (mainPrograms: Record<string, string>): ExistingNix => ({
  kind: 'flake',
  outputs: {
    evaluated: true,
    packages: Object.keys(mainPrograms),
    mainPrograms,
    apps: [],
    checks: [],
    nixosModules: [],
  },
})

const FLASK = {
  'flake.nix': '',
  'requirements.txt': 'flask\n',
  'app.py': 'from flask import Flask\napp = Flask(__name__)\n',
}
const GO = {
  'flake.nix': '',
  'go.mod': 'module x/clock',
  'main.go': 'package main\n\nfunc main() { http.ListenAndServe(":80", nil) }\n',
}

describe('an existing flake', () => {
  it('is not said to listen as a flake of init would', () => {
    const detection = detect(textTree(FLASK, 'quiz'), flake({ default: 'quiz' }))
    assert.deepEqual(
      detection.projects.map(({ facts, notes, programs }) => [
        facts,
        notes,
        programs.map(({ listen }) => listen),
      ]),
      [[[], [], [undefined]]],
    )
    assert.equal(
      refusal(() => requireDefaults(detection, answers())),
      'this is left to you and has no default: --listen',
    )
  })

  it('listens as its own program does', () => {
    const [project] = detect(textTree(GO), flake({ default: 'clock' })).projects
    assert.deepEqual(project?.programs[0]?.listen?.value.listen, { port: 80 })
  })

  it('runs a program that the source does not name: nothing of it is known', () => {
    const detection = detect(textTree(GO, 'clock'), flake({ default: 'gateway' }))
    assert.deepEqual(detection.projects, [])
    assert.deepEqual(detection.others, [
      'a Go module (go.mod): the flake runs gateway, which its source does not name',
    ])
    assert.deepEqual(
      candidates(detection).map(({ package: built, program }) => [built, program.listen]),
      [['.#default', undefined]],
    )
  })
})
