import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  RESERVED_NAMES,
  serviceNameProblem,
  suggestServiceName,
  suggestSystemName,
} from '../../src/config/names.js'

const RULE = `can't be a unit and user name: 1 to 31 of a-z, 0-9 and "-", starting with a letter, not ending with "-"`

describe('serviceNameProblem', () => {
  for (const name of ['a', 'web', 'web-2', 'a--b', 'a'.repeat(31)]) {
    it(`accepts ${name}`, () => assert.equal(serviceNameProblem(name), undefined))
  }

  for (const name of [
    '',
    'Web',
    'my app',
    '2fast',
    '-web',
    'web-',
    'web_app',
    'web.app',
    'wéb',
    'a'.repeat(32),
  ]) {
    it(`refuses "${name}"`, () => assert.equal(serviceNameProblem(name), `"${name}" ${RULE}`))
  }

  it('refuses the name of a system user', () =>
    assert.equal(
      serviceNameProblem('www-data'),
      `"www-data" is a system's user, unit or state directory already`,
    ))
})

describe('suggestServiceName', () => {
  for (const [name, suggestion] of [
    ['My App', 'my-app'],
    ['2fast', 'fast'],
    ['web_', 'web'],
    ['Cafés', 'cafes'],
    ['nginx', 'nginx-app'],
    ['NGINX', 'nginx-app'],
    ['123', 'my-app'],
    ['', 'my-app'],
    [`${'a'.repeat(30)}-b`, 'a'.repeat(30)],
  ] as const) {
    it(`suggests ${suggestion} for "${name}"`, () => assert.equal(suggestServiceName(name), suggestion))
  }

  it('always suggests a name that is possible', () => {
    for (const name of [
      ...RESERVED_NAMES,
      '-',
      '--a--',
      '漢字',
      'A'.repeat(50),
      'x.y/z',
      '9-9',
      `${'b'.repeat(31)}c`,
    ]) {
      const suggestion = suggestServiceName(name)
      assert.equal(serviceNameProblem(suggestion), undefined, `${name} → ${suggestion}`)
    }
  })
})

describe('suggestSystemName', () => {
  for (const [name, expected] of [
    ['web.example', 'web-example'],
    ['10.0.0.1', 'my-system'],
    ['nginx', 'nginx'],
    ['a'.repeat(70), 'a'.repeat(63)],
  ]) {
    it(`for ${name}`, () => assert.equal(suggestSystemName(name ?? ''), expected))
  }
})
