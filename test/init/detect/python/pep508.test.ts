import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { applies, markerEnvironment } from '../../../../src/init/detect/python/markers.js'
import { parseDependency } from '../../../../src/init/detect/python/pep508.js'

function parsed(text: string) {
  const found = parseDependency(text)
  return found && `${found.name}[${found.extras}]${found.versions}${found.url ? ` @ ${found.url}` : ''}`
}

describe('parseDependency', () => {
  it('reads what PEP 508 has', () => {
    const lines: Record<string, string> = {
      flask: 'flask[]',
      'flask==3.0.3 ; python_version >= "3.11"': 'flask[]==3.0.3',
      'requests [security, tests] >= 2.8.1, == 2.8.*': 'requests[security,tests]>=2.8.1,==2.8.*',
      'Flask (>=2.0)': 'Flask[]>=2.0',
      'numpy>=1.0,': 'numpy[]>=1.0',
      'six===1.16.0': 'six[]===1.16.0',
      'x!=1.0,~=2.0rc1': 'x[]!=1.0,~=2.0rc1',
      'a.b-c_d>1!2.0+local.1': 'a.b-c_d[]>1!2.0+local.1',
      'pip @ https://x.example/pip.zip#sha1=0': 'pip[] @ https://x.example/pip.zip#sha1=0',
      'pip@https://x.example/a.zip ; os_name=="posix"': 'pip[] @ https://x.example/a.zip',
      'acme[web] @ git+https://x.example/a.git@v1': 'acme[web] @ git+https://x.example/a.git@v1',
    }
    for (const [line, expected] of Object.entries(lines)) assert.equal(parsed(line), expected, line)
  })

  it('refuses what is none', () => {
    for (const line of [
      '',
      '-e .',
      '=1',
      'a b',
      'a==',
      'a; b',
      'a; python_version',
      'a ==1 extra',
      'a[',
      'a; (os_name == "x"',
    ])
      assert.equal(parsed(line), undefined, line)
  })
})

describe('applies', () => {
  const here = (marker: string) => applies(parseDependency(`x; ${marker}`)?.marker, markerEnvironment(13))

  it('compares versions as versions', () => {
    assert.ok(here('python_version >= "3.9"'))
    assert.ok(here('python_version < "4.0"'))
    assert.ok(!here('python_version < "3.9"'))
    assert.ok(here('"3.8" < python_version'))
    assert.ok(here('python_full_version ~= "3.11"'))
    assert.ok(here('python_version == "3.*"'))
    assert.ok(here('python_version not in "2.7, 3.8"'))
  })

  it('compares the rest as text', () => {
    assert.ok(!here('sys_platform == "win32"'))
    assert.ok(here("platform_system != 'Windows'"))
    assert.ok(here('"linux" in sys_platform'))
    assert.ok(here('os.name == "posix" and platform_python_implementation == "CPython"'))
    assert.ok(!here('extra == "dev"'))
  })

  it('binds "and" before "or", and parentheses before both', () => {
    assert.ok(here('sys_platform == "linux" or os_name == "nt" and os_name == "x"'))
    assert.ok(!here('(sys_platform == "linux" or os_name == "nt") and os_name == "x"'))
  })

  it('leaves nothing out for what differs between hosts', () => {
    assert.ok(here('platform_machine == "aarch64"'))
    assert.ok(here('platform_machine != "aarch64"'))
  })

  it('is as its parts are, however they are joined', () => {
    const leaf = fc.constantFrom(['os_name == "posix"', true] as const, ['os_name == "nt"', false] as const)
    const tree = fc.letrec<{ node: readonly [string, boolean] }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(fc.constantFrom('and', 'or'), tie('node'), tie('node'))
          .map(
            ([word, [a, x], [b, y]]) => [`(${a} ${word} ${b})`, word === 'and' ? x && y : x || y] as const,
          ),
      ),
    })).node
    fc.assert(fc.property(tree, ([text, expected]) => assert.equal(here(text), expected)))
  })
})
