import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closureInfo, copyTo, evalFile, evalFlake, realise } from '../../src/nix/nix-command.js'

const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

describe('evalFlake', () => {
  it('leaves the lock file alone and replaces inputs', () => {
    const { program, args } = evalFlake('.#app', { nixpkgs: 'path:/src/nixpkgs', lib: 'github:me/lib' })
    assert.equal(program, 'nix')
    assert.deepEqual(args.slice(0, -1), [
      'eval',
      '--json',
      ...FEATURES,
      '--no-write-lock-file',
      '--override-input',
      'nixpkgs',
      'path:/src/nixpkgs',
      '--override-input',
      'lib',
      'github:me/lib',
      '.#app',
      '--apply',
    ])
  })
})

describe('another system', () => {
  it('is what evaluation is told', () => {
    const system = ['--system', 'aarch64-linux']
    assert.deepEqual(evalFlake('.', {}, 'aarch64-linux').args.slice(5, 7), system)
    assert.deepEqual(evalFile('/a.nix', undefined, {}, 'aarch64-linux').args.slice(5, 7), system)
  })
})

describe('evalFile', () => {
  /** The Nix expression that is evaluated, after the description of a package. */
  const expression = (...given: Parameters<typeof evalFile>) => {
    const { args } = evalFile(...given)
    return args.at(-1)?.replace(/^.*\) \(let /, '(let ')
  }

  it('calls a file that is a function', () => {
    assert.equal(
      expression('/src/default.nix', undefined, {}),
      '(let value = import (/. + "/src/default.nix"); in if builtins.isFunction value then value { } else value)',
    )
  })

  it('selects an attribute', () => {
    assert.match(expression('/src/default.nix', 'servers.web', {}) ?? '', /else value\)\.servers\.web$/)
  })

  it('quotes a path as Nix does', () => {
    assert.match(expression('/a "b"\\$' + '{c}', undefined, {}) ?? '', /\/\. \+ "\/a \\"b\\"\\\\\\\$\{c\}"\)/)
  })

  it('puts overriding folders on the search path', () => {
    const { args } = evalFile('/src/default.nix', undefined, { nixpkgs: 'path:/src/nixpkgs' })
    assert.deepEqual(args.slice(0, -2), [
      'eval',
      '--json',
      ...FEATURES,
      '--impure',
      '-I',
      'nixpkgs=/src/nixpkgs',
    ])
  })
})

describe('references on the search path', () => {
  const revision = 'f'.repeat(40)
  for (const [ref, path] of [
    [`github:NixOS/nixpkgs/${revision}`, `https://github.com/NixOS/nixpkgs/archive/${revision}.tar.gz`],
    ['github:NixOS/nixpkgs', 'https://github.com/NixOS/nixpkgs/archive/HEAD.tar.gz'],
    ['https://example.com/nixpkgs.tar.xz', 'https://example.com/nixpkgs.tar.xz'],
    ['tarball+https://example.com/nixpkgs', 'https://example.com/nixpkgs'],
    ['git+https://example.com/nixpkgs', 'flake:git+https://example.com/nixpkgs'],
  ] as const) {
    it(`${ref} is ${path}`, () => {
      assert.ok(evalFile('/a.nix', undefined, { nixpkgs: ref }).args.includes(`nixpkgs=${path}`))
    })
  }
})

describe('the other commands', () => {
  it('realise builds derivations with progress for programs', () => {
    assert.deepEqual(realise(['/nix/store/a.drv', '/nix/store/b.drv']), {
      program: 'nix-store',
      args: ['--realise', '/nix/store/a.drv', '/nix/store/b.drv', '--log-format', 'internal-json', '-v'],
    })
  })

  it('realise goes on after a failure, and side by side, where asked', () => {
    assert.deepEqual(realise(['/nix/store/a.drv'], { keepGoing: true, jobs: 4 }).args, [
      '--realise',
      '/nix/store/a.drv',
      '--keep-going',
      '--max-jobs',
      '4',
      '--log-format',
      'internal-json',
      '-v',
    ])
  })

  it('closureInfo lists closures', () => {
    assert.deepEqual(closureInfo(['/nix/store/a', '/nix/store/b']), {
      program: 'nix',
      args: ['path-info', '--json', '--recursive', ...FEATURES, '/nix/store/a', '/nix/store/b'],
    })
  })

  it('copyTo copies closures', () => {
    assert.deepEqual(copyTo('ssh://nixie', ['/nix/store/a', '/nix/store/b']), {
      program: 'nix',
      args: ['copy', ...FEATURES, '--no-check-sigs', '--to', 'ssh://nixie', '/nix/store/a', '/nix/store/b'],
    })
  })

  it('copyTo leaves to the host what it can fetch by itself, where it is to', () => {
    assert.deepEqual(copyTo('ssh://nixie', ['/nix/store/a'], true).args, [
      'copy',
      ...FEATURES,
      '--no-check-sigs',
      '--substitute-on-destination',
      '--to',
      'ssh://nixie',
      '/nix/store/a',
    ])
  })

  it('copyTo copies derivations as they are', () => {
    assert.deepEqual(copyTo('ssh://nixie', ['/nix/store/a.drv']).args, [
      ...['copy', ...FEATURES, '--no-check-sigs', '--derivation', '--to', 'ssh://nixie', '/nix/store/a.drv'],
    ])
  })
})
