import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mergeDirectives, quoteValue, quoteWord, renderUnit } from '../../src/release/unit-file.js'
import { environment, execStart, WITHOUT_SYSTEMD } from './systemd.js'
import { difficultWords } from './words.js'

describe('renderUnit', () => {
  it('writes the mark, then sections in order', () => {
    const sections = {
      Unit: { Description: 'Web' },
      Service: { Type: 'exec', TimeoutStopSec: 30, PrivateTmp: true, RemainAfterExit: false },
    }
    assert.equal(
      renderUnit('web', sections),
      `# Managed by slipway for the service web; deploys overwrite changes made here.
[Unit]
Description=Web

[Service]
Type=exec
TimeoutStopSec=30
PrivateTmp=yes
RemainAfterExit=no
`,
    )
  })

  const lines = (directives: Parameters<typeof mergeDirectives>[1]) =>
    renderUnit('web', { Service: directives }).split('\n').slice(2, -1)

  it('gives each entry of an array a line', () => {
    assert.deepEqual(lines({ ExecStartPre: ['/bin/a', '/bin/b'] }), [
      'ExecStartPre=/bin/a',
      'ExecStartPre=/bin/b',
    ])
  })

  it('leaves out what is null, and sections that are empty then', () => {
    assert.deepEqual(lines({ Nice: null, User: 'web' }), ['User=web'])
    assert.equal(
      renderUnit('web', { Unit: { After: null }, Service: { User: 'web' } }).includes('[Unit]'),
      false,
    )
  })

  it('keeps an empty value, which resets a directive', () => {
    assert.deepEqual(lines({ CapabilityBoundingSet: '' }), ['CapabilityBoundingSet='])
  })

  it('puts a value on one line, so that none of it becomes a directive', () => {
    assert.deepEqual(lines({ ExecStartPre: '/bin/a\nUser=root' }), ['ExecStartPre=/bin/a User=root'])
    assert.deepEqual(lines({ ExecStartPre: ['/bin/a\r\nUser=root', 'b\rc', 'd\0e'] }), [
      'ExecStartPre=/bin/a User=root',
      'ExecStartPre=b c',
      'ExecStartPre=d e',
    ])
  })

  it('lets no value take the next directive for more of it', () => {
    assert.deepEqual(lines({ UMask: '0077\\', SyslogIdentifier: 'a\\\\', Slice: 'b\\\\\\ ', User: 'web' }), [
      'UMask=0077\\\\',
      'SyslogIdentifier=a\\\\',
      'Slice=b\\\\\\\\',
      'User=web',
    ])
  })

  it('systemd reads what follows a value, whatever that is', { skip: WITHOUT_SYSTEMD }, () => {
    const values = [
      'a\n#',
      'a\n;',
      'a\\',
      'a\\ ',
      'a\\\n',
      'a\n\\\n#b',
      'a\0User=root',
      ...difficultWords(60),
    ]
    for (const value of values) {
      const unit = renderUnit('web', { Service: { SyslogIdentifier: value, ExecStart: '/bin/echo kept' } })
      assert.deepEqual(execStart(unit), ['/bin/echo', 'kept'], JSON.stringify(value))
    }
  })
})

describe('quoteValue', () => {
  for (const [value, quoted] of [
    ['LEVEL=info', 'LEVEL=info'],
    ['', '""'],
    ['A=b c', '"A=b c"'],
    ['A=$HOME', '"A=$HOME"'],
    ['A=100%', 'A=100%%'],
    ['A="b"', '"A=\\"b\\""'],
    ["A='b'", `"A='b'"`],
    ['A=b\\n', '"A=b\\\\n"'],
    ['A=b\nC=d', '"A=b\\nC=d"'],
    ['A=b\r', '"A=b\\r"'],
    ['A=;', '"A=;"'],
    ['A=é', '"A=é"'],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as ${quoted}`, () => assert.equal(quoteValue(value), quoted))
  }

  it('systemd reads from Environment= what was quoted', { skip: WITHOUT_SYSTEMD }, () => {
    // systemd-analyze prints line breaks as they are, which could not be told from another line.
    const values = difficultWords(300, { without: /\n/ }).map((word) => `A=${word}`)
    const unit = [
      '[Service]',
      ...values.map((value) => `Environment=${quoteValue(value)}`),
      'ExecStart=/bin/true',
    ]
    const last = values.at(-1) ?? ''
    assert.deepEqual(environment(unit.join('\n')), [last])
    for (const value of values.slice(0, 40)) {
      const text = `[Service]\nEnvironment=${quoteValue(value)}\nExecStart=/bin/true\n`
      assert.deepEqual(environment(text), [value])
    }
  })
})

describe('quoteWord', () => {
  for (const [word, quoted] of [
    ['--port=3000', '--port=3000'],
    ['', '""'],
    ['a b', '"a b"'],
    ['$HOME', '"$$HOME"'],
    ['$$', '"$$$$"'],
    ['%h', '%%h'],
    ['100 %', '"100 %%"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["it's", `"it's"`],
    ['C:\\dir', '"C:\\\\dir"'],
    ['two\nlines', '"two\\nlines"'],
    ['a\rb', '"a\\rb"'],
    [';', '";"'],
  ] as const) {
    it(`writes ${JSON.stringify(word)} as ${quoted}`, () => assert.equal(quoteWord(word), quoted))
  }

  it('systemd reads from ExecStart= what was quoted', { skip: WITHOUT_SYSTEMD }, () => {
    const words = ['', ';', '-x', '@', '+a', 'a\rb', ...difficultWords(500)]
    const read = execStart(`[Service]\nExecStart=/bin/echo ${words.map(quoteWord).join(' ')}\n`)
    // It puts variables in later, when it starts the program; `$$` becomes `$` then.
    assert.deepEqual(
      read.map((word) => word.replaceAll('$$', '$')),
      ['/bin/echo', ...words],
    )
    assert.doesNotMatch(read.join('').replaceAll('$$', ''), /\$/)
  })
})

describe('mergeDirectives', () => {
  const sections = { Unit: { After: 'network.target' }, Service: { User: 'web', Nice: 5 } }

  it('replaces ours in place', () => {
    assert.deepEqual(mergeDirectives(sections, { Nice: 10 }), {
      Unit: { After: 'network.target' },
      Service: { User: 'web', Nice: 10 },
    })
  })

  it('puts new ones last, into the section where they belong', () => {
    assert.deepEqual(mergeDirectives(sections, { MemoryMax: '1G', OnFailure: 'mail.service' }), {
      Unit: { After: 'network.target', OnFailure: 'mail.service' },
      Service: { User: 'web', Nice: 5, MemoryMax: '1G' },
    })
  })

  it('puts what installs a unit into [Install], in place of ours', () => {
    const own = { Service: { User: 'web' }, Install: { WantedBy: 'multi-user.target' } }
    assert.deepEqual(mergeDirectives(own, { WantedBy: ['a.target', 'b.target'], Alias: 'www.service' }), {
      Service: { User: 'web' },
      Install: { WantedBy: ['a.target', 'b.target'], Alias: 'www.service' },
    })
  })

  it('takes ours away with null', () => {
    assert.deepEqual(mergeDirectives(sections, { After: null }).Unit, { After: null })
  })

  it('leaves what it was given alone', () => {
    mergeDirectives(sections, { Nice: 1, After: 'x' })
    assert.deepEqual(sections, { Unit: { After: 'network.target' }, Service: { User: 'web', Nice: 5 } })
  })

  for (const directive of [
    'Description',
    'Wants',
    'Requires',
    'BindsTo',
    'Before',
    'ConditionPathExists',
    'AssertFileNotEmpty',
    'StartLimitBurst',
    'JobTimeoutSec',
    'RequiresMountsFor',
    'JoinsNamespaceOf',
    'PropagatesReloadTo',
    'RefuseManualStop',
  ]) {
    it(`knows ${directive} for one of [Unit]`, () => {
      assert.equal(mergeDirectives({}, { [directive]: 'x' }).Unit?.[directive], 'x')
    })
  }

  for (const directive of ['Alias', 'WantedBy', 'RequiredBy', 'UpheldBy', 'Also', 'DefaultInstance']) {
    it(`knows ${directive} for one of [Install]`, () => {
      assert.deepEqual(mergeDirectives({}, { [directive]: 'x' }), { Install: { [directive]: 'x' } })
    })
  }

  for (const directive of ['RestartSec', 'ExecStartPre', 'Environment', 'MemoryMax', 'Type', 'UMask']) {
    it(`knows ${directive} for one of [Service]`, () => {
      assert.equal(mergeDirectives({}, { [directive]: 'x' }).Service?.[directive], 'x')
    })
  }
})
