import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AskOptions, ask } from '../../../src/agent/certificates/http.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'
import { web } from './web.js'

const OPTIONS: AskOptions = { timeoutMs: 5_000, maxBytes: 100 }

describe('ask', () => {
  let server: Awaited<ReturnType<typeof web>>
  before(async () => {
    server = await web(({ url = '', headers }, response) => {
      const [, kind = '', rest = ''] = /^\/([a-z]*)\/?(.*)$/.exec(url) ?? []
      if (kind === 'silent') return
      if (kind === 'cut') return void response.destroy()
      if (kind === 'to')
        return void response.writeHead(302, { Location: decodeURIComponent(rest) }).end('moved')
      if (kind === 'long') return void response.end('x'.repeat(101))
      if (kind === 'endless') {
        const more = setInterval(() => response.write('x'), 1)
        response.on('close', () => clearInterval(more))
        return
      }
      response.writeHead(kind === 'lost' ? 404 : 200).end(`${headers.host} ${url}`)
    })
  })
  after(() => server.close())

  it('tells status, headers and body, whatever the status', async () => {
    const { status, headers, body } = await ask(`${server.url}/lost?a=b`, OPTIONS)
    assert.equal(status, 404)
    assert.ok(headers.date)
    assert.equal(body.toString(), `127.0.0.1:${server.port} /lost?a=b`)
  })

  it('goes where a domain is taken to be', async () => {
    const url = `http://a.example:${server.port}/x`
    const { body } = await ask(url, { ...OPTIONS, address: '127.0.0.1' })
    assert.equal(body.toString(), `a.example:${server.port} /x`)
  })

  it('follows so many redirects, within the domain and out of it', async () => {
    const there = encodeURIComponent(`${server.url}/there`)
    const asked = { ...OPTIONS, address: '127.0.0.1' }
    const url = `http://a.example:${server.port}/to/${encodeURIComponent(`/to/${there}`)}`
    assert.equal((await ask(url, asked)).status, 302)
    assert.equal((await ask(url, { ...asked, redirects: 1 })).status, 302)
    const { status, body } = await ask(url, { ...asked, redirects: 2 })
    assert.deepEqual([status, body.toString()], [200, `127.0.0.1:${server.port} /there`])
  })

  it('follows no redirect to what is not the web', async () => {
    const url = `${server.url}/to/${encodeURIComponent('file:///etc/passwd')}`
    await assert.rejects(
      ask(url, { ...OPTIONS, redirects: 1 }),
      /file:\/\/\/etc\/passwd is not a web address/,
    )
  })

  it('does not wait longer than it may', async () => {
    for (const path of ['silent', 'endless']) {
      const began = performance.now()
      const asked = ask(`${server.url}/${path}`, { timeoutMs: 200, maxBytes: 1_000_000 })
      await assert.rejects(asked, /no answer within 0\.2 s/)
      assert.ok(performance.now() - began < 2_000)
    }
  })

  it('does not read more than it may', async () => {
    await assert.rejects(ask(`${server.url}/long`, OPTIONS), { name: 'AnswerTooLong' })
    await assert.rejects(ask(`${server.url}/endless`, OPTIONS), { name: 'AnswerTooLong' })
    assert.equal((await ask(`${server.url}/long`, { ...OPTIONS, maxBytes: 101 })).body.length, 101)
  })

  it('fails where nobody answers', async () => {
    await assert.rejects(ask(`${server.url}/cut`, OPTIONS), /socket hang up/)
    await assert.rejects(ask('http://127.0.0.1:1/', OPTIONS), /ECONNREFUSED/)
  })

  it('trusts any certificate', { skip: WITHOUT_OPENSSL }, async () => {
    const folder = opensslFolder()
    const secure = await web((_, response) => response.end('hello'), folder.selfSigned('a'))
    try {
      const url = `https://a.example:${secure.port}/`
      assert.equal((await ask(url, { ...OPTIONS, address: '127.0.0.1' })).body.toString(), 'hello')
      assert.equal((await ask(secure.url, OPTIONS)).status, 200)
    } finally {
      await secure.close()
      folder.remove()
    }
  })
})
