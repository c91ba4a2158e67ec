import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BuildEvent, buildEventReader, derivationName, stripAnsi } from '../../src/nix/internal-json.js'

const FAILS = '/nix/store/sa25na9bzjwv41byzvqmgp2aqy6ix89l-fails.drv'

/** Lines as Nix 2.8 prints them for a derivation that fails. */
const FAILING = [
  `@nix {"action":"start","id":123866856816640,"level":6,"text":"querying info about missing paths","type":0}`,
  `@nix {"action":"stop","id":123866856816640}`,
  `@nix {"action":"msg","level":3,"msg":"this derivation will be built:"}`,
  `@nix {"action":"msg","level":3,"msg":"  ${FAILS}"}`,
  `@nix {"action":"start","id":123866856816641,"level":0,"text":"","type":102}`,
  `@nix {"action":"start","id":123866856816642,"level":0,"text":"","type":104}`,
  `@nix {"action":"result","fields":[0,1,0,0],"id":123866856816642,"type":105}`,
  `@nix {"action":"result","fields":[101,0],"id":123866856816641,"type":106}`,
  `@nix {"action":"start","fields":["${FAILS}","",1,1],"id":123866856816645,"level":3,"text":"building '${FAILS}'","type":105}`,
  `@nix {"action":"result","fields":[0,1,1,0],"id":123866856816642,"type":105}`,
  `@nix {"action":"result","fields":["one"],"id":123866856816645,"type":101}`,
  `@nix {"action":"result","fields":["\\u001b[31mtwo\\u001b[0m"],"id":123866856816645,"type":101}`,
  `@nix {"action":"stop","id":123866856816645}`,
  `@nix {"action":"stop","id":123866856816642}`,
  `@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\\u001b[31;1merror:\\u001b[0m builder for '\\u001b[35;1m${FAILS}\\u001b[0m' failed with exit code 3","raw_msg":"builder for '\\u001b[35;1m${FAILS}\\u001b[0m' failed with exit code 3"}`,
]

/** What a reader makes of lines. */
function events(lines: string[]): BuildEvent[] {
  const found: BuildEvent[] = []
  const read = buildEventReader((event) => found.push(event))
  for (const line of lines) read(line)
  return found
}

describe('buildEventReader', () => {
  it('counts what is done and what failed, once for each change', () => {
    const progress = (fields: string, id: number) =>
      `@nix {"action":"result","fields":[${fields}],"id":${id},"type":105}`
    assert.deepEqual(
      events([
        '@nix {"action":"start","id":7,"level":0,"text":"","type":104}',
        progress('0,3,0,0', 7),
        progress('0,3,3,0', 7),
        progress('5,5,0,0', 8),
        progress('1,3,2,0', 7),
        progress('1,2,1,1', 7),
      ]),
      [
        { type: 'counted', done: 1, failed: 0 },
        { type: 'counted', done: 1, failed: 1 },
      ],
    )
  })

  it('tells the story of a build that fails', () => {
    assert.deepEqual(events(FAILING), [
      { type: 'message', text: 'this derivation will be built:', error: false },
      { type: 'message', text: `  ${FAILS}`, error: false },
      { type: 'building', derivation: FAILS },
      { type: 'log', derivation: FAILS, line: 'one' },
      { type: 'log', derivation: FAILS, line: 'two' },
      { type: 'built', derivation: FAILS },
      { type: 'message', text: `error: builder for '${FAILS}' failed with exit code 3`, error: true },
    ])
  })

  it('tells builds that run side by side apart', () => {
    const start = (id: number, drv: string) =>
      `@nix {"action":"start","fields":["${drv}","",1,1],"id":${id},"level":3,"text":"","type":105}`
    const log = (id: number, line: string) =>
      `@nix {"action":"result","fields":["${line}"],"id":${id},"type":101}`
    assert.deepEqual(events([start(1, 'a.drv'), start(2, 'b.drv'), log(2, 'x'), log(1, 'y')]).slice(2), [
      { type: 'log', derivation: 'b.drv', line: 'x' },
      { type: 'log', derivation: 'a.drv', line: 'y' },
    ])
  })

  it('tells what is fetched', () => {
    const path = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-libc'
    const line = `@nix {"action":"start","fields":["${path}","https://cache.example"],"id":7,"level":4,"text":"","type":108}`
    assert.deepEqual(events([line]), [{ type: 'fetching', path }])
  })

  it('passes on warnings as no errors', () => {
    const line = `@nix {"action":"msg","level":1,"msg":"\\u001b[35;1mwarning:\\u001b[0m you did not specify '--add-root'"}`
    assert.deepEqual(events([line]), [
      { type: 'message', text: "warning: you did not specify '--add-root'", error: false },
    ])
  })

  it('passes on lines that are not of this form, and knows errors by their beginning', () => {
    assert.deepEqual(events(['warning: old', 'error: no such file', '@nix {"action":"sta', '', '  ']), [
      { type: 'message', text: 'warning: old', error: false },
      { type: 'message', text: 'error: no such file', error: true },
      { type: 'message', text: '@nix {"action":"sta', error: false },
    ])
  })
})

describe('stripAnsi', () => {
  it('leaves what would stand on a terminal in the end', () => {
    assert.equal(stripAnsi('\u001b[2K\u001b[1mTotal\u001b[K 3\u0007'), 'Total 3')
    assert.equal(stripAnsi(' 1%\r 50%\r100%\nnext\r\n\tä'), '100%\nnext\n\tä')
  })
  it('takes colours away and nothing else', () => {
    assert.equal(stripAnsi('\u001b[31;1merror:\u001b[0m [m] 1;2m'), 'error: [m] 1;2m')
  })
})

describe('derivationName', () => {
  it('is what stands between the hash and the ending', () => {
    assert.equal(derivationName(FAILS), 'fails')
    assert.equal(derivationName('/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello-1.0.drv'), 'hello-1.0')
    assert.equal(derivationName('/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello-1.0'), 'hello-1.0')
  })
})
