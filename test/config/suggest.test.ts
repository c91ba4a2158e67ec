import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { didYouMean } from '../../src/config/suggest.js'

describe('didYouMean', () => {
  const fields = ['listen', 'routes', 'health', 'env']

  it('finds the field with a letter missing', () => assert.equal(didYouMean('lisen', fields), 'listen'))
  it('finds the field with letters swapped', () => assert.equal(didYouMean('haelth', fields), 'health'))
  it('does not mind the case', () => assert.equal(didYouMean('Routes', fields), 'routes'))
  it('takes the nearest of several', () => assert.equal(didYouMean('rout', ['route', 'router']), 'route'))
  it('takes the one that starts alike of those equally near', () =>
    assert.equal(didYouMean('evn', ['run', 'env']), 'env'))
  it('has nothing for an unrelated word', () => assert.equal(didYouMean('database', fields), undefined))
  it('has nothing for a word that shares no letter', () => assert.equal(didYouMean('x', ['ab']), undefined))
  it('has nothing without candidates', () => assert.equal(didYouMean('listen', []), undefined))
})
