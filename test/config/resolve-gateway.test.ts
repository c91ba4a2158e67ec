import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problems, resolved, withService } from './samples.js'

describe('protocol', () => {
  const gateway = (fields: object) => {
    const [web] = resolved(withService({ listen: 'unix', ...fields })).services
    return web?.kind === 'service' ? web.gateway : undefined
  }

  it('travels only where it is not HTTP', () => {
    assert.equal(gateway({}), undefined)
    assert.equal(gateway({ protocol: 'http' }), undefined)
    assert.deepEqual(gateway({ protocol: 'uwsgi' }), { protocol: 'uwsgi', params: {} })
    assert.deepEqual(gateway({ protocol: 'fastcgi', params: { SCRIPT_FILENAME: '/srv/a b.php' } }), {
      protocol: 'fastcgi',
      params: { SCRIPT_FILENAME: '/srv/a b.php' },
    })
  })

  it('is refused of what does not listen, and variables without it', () => {
    assert.deepEqual(problems(withService({ protocol: 'uwsgi' })), [
      'services.web.protocol: says how it is spoken to, but the service does not listen; add `listen`',
    ])
    assert.deepEqual(problems(withService({ listen: 'unix', params: { A: 'b' } })), [
      "services.web.params: needs `protocol: 'uwsgi'` or `'fastcgi'`: HTTP has no such variables",
    ])
  })

  it('has no variable that would end a word of nginx’s, or begin one', () => {
    for (const value of ['a"; evil', '$document_root', 'a\\', 'a\nb', 'é']) {
      const found = problems(withService({ listen: 'unix', protocol: 'fastcgi', params: { A: value } }))
      assert.match(found[0] ?? '', /^services\.web\.params\.A: expected printable ASCII/, value)
    }
    assert.equal(
      problems(withService({ listen: 'unix', protocol: 'fastcgi', params: { 'A;B': '' } })).length,
      1,
    )
  })
})
