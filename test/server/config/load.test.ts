import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { branchProblem, repoProblem } from '../../../src/server/config/git-names.js'
import { resolveServer } from '../../../src/server/config/load.js'
import { temporaryFolder } from '../temporary.js'

const SOURCE = { name: 'forum', repo: 'https://example.com/me/forum', services: ['forum'] }
const resolve = (input: unknown, env: NodeJS.ProcessEnv = {}, folder = '/') =>
  resolveServer(input, { file: 'slipway.server.ts', folder, env })
const problem = (input: unknown, env?: NodeJS.ProcessEnv, folder?: string): string => {
  try {
    resolve(input, env, folder)
  } catch (error) {
    return (error as { parts: { why: string } }).parts.why
  }
  return 'none'
}
const SECRET = '0123456789abcdef'

describe('slipway.server.ts', () => {
  it('has its defaults filled in', () => {
    assert.deepEqual(resolve({ sources: [SOURCE] }), {
      sources: [
        { ...SOURCE, branch: 'main', path: '.', pollMs: 60_000, deadlineMs: 3_600_000, webhook: undefined },
      ],
      ...{ host: '127.0.0.1', port: 4780, names: [], parallel: 2, secretVariables: [] },
    })
  })

  it('takes secrets from where it names them, and keeps the variables from deploys', () => {
    const webhook = { forge: 'github', secret: { env: 'HOOK' } }
    const server = resolve({ sources: [{ ...SOURCE, webhook }] }, { HOOK: SECRET })
    assert.equal(server.sources[0]?.webhook?.secret, SECRET)
    assert.deepEqual(server.secretVariables, ['HOOK'])
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 })
    const file = { ...SOURCE, webhook: { forge: 'gitlab', secret: { file: 'secret' } } }
    assert.equal(resolve({ sources: [file] }, {}, folder).sources[0]?.webhook?.secret, SECRET)
    chmodSync(join(folder, 'secret'), 0o640)
    assert.match(problem({ sources: [file] }, {}, folder), /can be read by others/)
  })

  const webhook = { forge: 'github', secret: { env: 'HOOK' } }
  for (const [what, input, expected] of [
    ['no sources', { sources: [] }, /^ {2}sources: /],
    ['a field that there is not', { sources: [SOURCE], port: 1 }, /port: unknown field/],
    [
      'a typo',
      { sources: [{ ...SOURCE, brunch: 'x' }] },
      /sources\[0\]\.brunch: unknown field; did you mean "branch"\?/,
    ],
    ['a source without services', { sources: [{ ...SOURCE, services: [] }] }, /services/],
    ['a service that is an option', { sources: [{ ...SOURCE, services: ['--all'] }] }, /services/],
    [
      'two sources of one name',
      { sources: [SOURCE, { ...SOURCE, services: ['b'] }] },
      /sources\[1\]\.name: there is another "forum"/,
    ],
    [
      'one service in two sources',
      { sources: [SOURCE, { ...SOURCE, name: 'wiki' }] },
      /sources\[1\]\.services: "forum" is deployed by forum/,
    ],
    ['a folder above the repository', { sources: [{ ...SOURCE, path: '../x' }] }, /expected a folder within/],
    ['a folder elsewhere', { sources: [{ ...SOURCE, path: '/etc' }] }, /expected a folder within/],
    [
      'an environment that is an option',
      { sources: [{ ...SOURCE, env: '--x' }] },
      /expected the name of an environment/,
    ],
    ['looks every second', { sources: [{ ...SOURCE, poll: '1s' }] }, /at least "10s"/],
    [
      'an address of a network',
      { sources: [SOURCE], listen: '0.0.0.0:80' },
      /expected an address of this machine/,
    ],
    ['a secret that is not set', { sources: [{ ...SOURCE, webhook }] }, /the variable HOOK is not set/],
  ] as const) {
    it(`is refused with ${what}`, () => assert.match(problem(input), expected))
  }

  it('is refused with a secret that can be guessed', () => {
    const input = { sources: [{ ...SOURCE, webhook }] }
    assert.match(problem(input, { HOOK: 'short' }), /fewer than 16 characters/)
    assert.doesNotMatch(problem(input, { HOOK: 'short' }), /short/)
  })
})

describe('names of branches', () => {
  for (const branch of ['main', 'release/1.2', 'feature/#12', 'ä', 'a@b']) {
    it(`takes ${branch}`, () => assert.equal(branchProblem(branch), undefined))
  }
  for (const branch of [
    ...[
      '',
      '@',
      '--upload-pack=x',
      '-x',
      '../x',
      'a/../b',
      'a..b',
      '.a',
      'a/.b',
      '/a',
      'a/',
      'a//b',
      'a.lock',
      'a.lock/b',
    ],
    ...['a.', 'a b', 'a\nb', 'a\0b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a@{1}', 'a\x7f'],
  ]) {
    it(`refuses ${JSON.stringify(branch)}`, () => assert.notEqual(branchProblem(branch), undefined))
  }
})

describe('repositories', () => {
  for (const repo of [
    ...[
      'https://example.com/me/forum',
      'ssh://git@example.com:2222/me/forum.git',
      'git@example.com:me/forum.git',
    ],
    ...['file:///srv/forum.git', '/srv/forum.git', 'git://example.com/x', 'https://me@example.com/x'],
  ]) {
    it(`takes ${repo}`, () => assert.equal(repoProblem(repo), undefined))
  }
  for (const repo of [
    ...[
      '',
      '--upload-pack=x',
      '-x',
      'ext::sh -c x',
      'ext::x',
      'fd::7',
      'relative/path',
      '../x',
      'https://me:pw@example.com/x',
    ],
    ...[
      'ssh://-oProxyCommand=x/y',
      'ssh://-l@example.com/y',
      '-x@example.com:y',
      'me@-x:y',
      'me@example.com:-x',
    ],
    ...[
      'me@example.com::x',
      'https://example.com/a b',
      'https://example.com/\n',
      'javascript:x',
      'data://x',
      'me@[::1]:x',
    ],
  ]) {
    it(`refuses ${JSON.stringify(repo)}`, () => assert.notEqual(repoProblem(repo), undefined))
  }
})
