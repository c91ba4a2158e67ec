import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDocument, parseValues, renderDocument, renderValues } from '../../src/secrets/document-text.js'
import { difficultWords } from '../release/words.js'

describe('a document as text', () => {
  it('comes back as it was, whatever the values', () => {
    const texts = [
      'yes',
      '0123',
      ' x ',
      'a: b',
      '# c',
      '*x',
      '|',
      'a\nb\n\n',
      '\n',
      '\t',
      ...difficultWords(200),
    ]
    const values = Object.fromEntries(texts.map((text, index) => [`V${index}`, text]))
    const former = { age1bob: { name: 'bob', knows: ['V1'] } }
    const document = { values, recipients: { ann: 'age1ann' }, former }
    assert.deepEqual(parseDocument(renderDocument(document)), document)
    assert.deepEqual(parseValues(renderValues(values)), { values })
  })

  it('is readable: a text of several lines is a block', () => {
    assert.equal(renderValues({ B: 'x', A: 'one\ntwo\n' }), 'A: |\n  one\n  two\nB: x\n')
    assert.equal(renderValues({}), '')
  })

  it('may be empty', () => {
    assert.deepEqual(parseValues('# nothing\n'), { values: {} })
    assert.deepEqual(parseDocument('values: {}\n'), { values: {}, recipients: {}, former: {} })
  })

  it('has only texts, whatever they look like', () => {
    assert.deepEqual(parseValues('A: 0123\nB: true\nweb/C: null\n'), {
      values: { A: '0123', B: 'true', 'web/C': 'null' },
    })
  })

  for (const [what, text] of [
    ['no YAML', 'A: x\nB: [hunter2'],
    ['an unknown alias', 'A: *hunter2'],
    ['a name twice', 'A: hunter2\nA: hunter2'],
    ['a list', '- hunter2'],
    ['a text alone', 'hunter2'],
    ['an object', 'A: { hunter2: x }'],
    ['a name that is none', 'hunter 2: x'],
    ['a tag', 'A: !hunter2 x\n  B: y'],
  ] as const) {
    it(`is refused where it is ${what}, in words that hold nothing of it`, () => {
      const parsed = parseValues(text)
      assert.ok('problem' in parsed, JSON.stringify(parsed))
      assert.doesNotMatch(parsed.problem, /hunter/)
    })
  }

  it('is refused where it is of somebody else, in words that hold nothing of it', () => {
    for (const text of ['PIN: hunter2', 'values: { A: [hunter2] }', 'values: hunter2']) {
      assert.deepEqual(parseDocument(text), { problem: 'it holds something else than secrets of slipway' })
    }
  })
})
