import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detect } from '../../../src/init/detect/detect.js'
import { nextQuestion, requireDefaults, unanswered } from '../../../src/init/detect/questions.js'
import { textTree } from './corpus.js'
import { answers, goDetection, refusal, TWO } from './samples.js'

const KNOWN = goDetection('http.ListenAndServe(":80", nil)')
const UNKNOWN = goDetection('')
const asked = (detection: typeof KNOWN, entries: Record<string, string> = {}) =>
  unanswered(detection, answers(entries)).map(({ flag, fallback }) => `${flag} ${fallback?.value}`)

describe('the questions', () => {
  it('are about what nobody can know but the user', () => {
    assert.deepEqual(asked(KNOWN), ['--host rehearse:web', '--url http://clock.example.test'])
    assert.deepEqual(asked(UNKNOWN), [
      '--host rehearse:web',
      '--listen port',
      '--url http://clock.example.test',
    ])
    assert.deepEqual(asked(KNOWN, { host: 'root@nixie', url: 'http://a.test' }), [])
  })

  it("have the host's domain for a default", () => {
    assert.deepEqual(asked(KNOWN, { host: 'root@quietriver.net:22' }), ['--url http://quietriver.net'])
    assert.deepEqual(asked(KNOWN, { host: 'root@10.0.0.1' }), ['--url http://clock.example.test'])
    assert.deepEqual(asked(TWO, { host: 'quietriver.net' }), [
      '--url a= http://a.quietriver.net',
      '--url b= http://b.quietriver.net',
    ])
  })

  it('ask no worker for a URL', () => {
    assert.deepEqual(asked(UNKNOWN, { host: 'x', listen: 'none' }), [])
  })

  it('are not answered by a guess that nothing runs without', () => {
    assert.equal(
      refusal(() => requireDefaults(UNKNOWN, answers())),
      'this is left to you and has no default: --listen',
    )
    requireDefaults(UNKNOWN, answers({ listen: '80' }))
    requireDefaults(KNOWN, answers())
  })

  it('check answers', () => {
    const problem = (answer: string, entries = {}) => nextQuestion(UNKNOWN, answers(entries))?.problem(answer)
    assert.equal(problem('two words'), 'a server is one word, such as root@example.com')
    assert.equal(
      problem('sideways', { host: 'x' }),
      'expected a port number, port, unix, socket, none or files',
    )
    assert.equal(problem('0', { host: 'x' }), 'expected a port number, port, unix, socket, none or files')
    assert.equal(problem('8080', { host: 'x' }), undefined)
    assert.match(problem('quietriver.net', { host: 'x', listen: 'port' }) ?? '', /is not a URL/)
  })

  it('end where one has no default', () => {
    const several = detect(
      textTree({
        'go.mod': 'module x',
        'cmd/a/main.go': 'package main\nfunc main() {}',
        'cmd/b/main.go': 'package main\nfunc main() {}',
      }),
      undefined,
    )
    assert.deepEqual(asked(several), ['--program undefined'])
    assert.equal(
      refusal(() => requireDefaults(several, answers())),
      'this is left to you and has no default: --program',
    )
    assert.equal(nextQuestion(several, answers())?.problem('a b'), undefined)
    assert.equal(nextQuestion(several, answers())?.problem('c'), 'there is no program "c"')
  })
})
