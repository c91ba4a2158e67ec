import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { checkerOf, type Forge } from '../../../src/server/hooks/signature.js'

/** GitHub's own example: "Validating webhook deliveries", "Testing the webhook payload validation". */
const GITHUB = {
  secret: "It's a Secret to Everybody",
  body: 'Hello, World!',
  signature: '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
}
/** Standard Webhooks' own example: the signature of its specification's libraries. */
const STANDARD = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  time: 1614265330,
  body: '{"test": 2432232314}',
  signature: 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}

function isAuthentic(
  forge: Forge,
  secret: string,
  headers: Record<string, string>,
  body: string,
  now = Date.now(),
): boolean {
  const checker = checkerOf(forge, secret, (name) => headers[name], now)
  // As it comes: in pieces.
  for (const letter of body) checker.update(Buffer.from(letter))
  return checker.isAuthentic()
}

describe('a webhook of GitHub', () => {
  const { secret, body, signature } = GITHUB
  const header = (value: string) => ({ 'x-hub-signature-256': value })

  it('is authentic with the signature of its documentation', () =>
    assert.ok(isAuthentic('github', secret, header(`sha256=${signature}`), body)))

  for (const [what, headers, text] of [
    ['no signature', {}, body],
    ['an empty one', header(''), body],
    ['the name of another hash', header(`sha1=${signature}`), body],
    ['bare hex', header(signature), body],
    ['a digit less', header(`sha256=${signature.slice(1)}`), body],
    ['another digit', header(`sha256=${signature.replace('7', '8')}`), body],
    ['another body', header(`sha256=${signature}`), `${body} `],
    ['no body', header(`sha256=${signature}`), ''],
    [
      "the old header's SHA-1",
      { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` },
      body,
    ],
    ["GitLab's token", { 'x-gitlab-token': secret }, body],
  ] as const) {
    it(`is not, with ${what}`, () => assert.equal(isAuthentic('github', secret, headers, text), false))
  }

  it('is not, signed with another secret', () => {
    const other = createHmac('sha256', 'another').update(body).digest('hex')
    assert.equal(isAuthentic('github', secret, header(`sha256=${other}`), body), false)
  })
})

describe('a webhook of Forgejo', () => {
  const { secret, body, signature } = GITHUB
  for (const name of ['x-forgejo-signature', 'x-gitea-signature']) {
    it(`is authentic with bare hex in ${name}`, () =>
      assert.ok(isAuthentic('forgejo', secret, { [name]: signature }, body)))
  }

  it('is not, with another body', () =>
    assert.equal(isAuthentic('forgejo', secret, { 'x-gitea-signature': signature }, 'x'), false))
  it('is not, without a signature', () => assert.equal(isAuthentic('forgejo', secret, {}, body), false))
})

describe('a webhook of GitLab', () => {
  const { secret, id, time, body, signature } = STANDARD
  const signed = (more: Record<string, string> = {}) => ({
    ...{ 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${signature}` },
    ...more,
  })
  const now = time * 1000

  it("is authentic with the signature of Standard Webhooks' example", () =>
    assert.ok(isAuthentic('gitlab', secret, signed(), body, now)))
  it('is authentic with one of several signatures', () => {
    const several = `v1,${'A'.repeat(43)}= v1a,xyz v1,${signature}`
    assert.ok(isAuthentic('gitlab', secret, signed({ 'webhook-signature': several }), body, now))
  })

  for (const [what, headers, at] of [
    ['later than five minutes', signed(), now + 301_000],
    ['earlier than five minutes before', signed(), now - 301_000],
    ['another time', signed({ 'webhook-timestamp': String(time + 1) }), now],
    ['a time that is none', signed({ 'webhook-timestamp': 'NaN' }), now],
    ['another id', signed({ 'webhook-id': 'msg_x' }), now],
    ['no id', signed({ 'webhook-id': '' }), now],
    ['no version', signed({ 'webhook-signature': signature }), now],
    ['the secret as a token', { 'x-gitlab-token': secret }, now],
  ] as const) {
    it(`is not, with ${what}`, () => assert.equal(isAuthentic('gitlab', secret, headers, body, at), false))
  }

  it('is authentic with its secret token, where that is what it has', () => {
    const token = 'a secret of GitLab'
    assert.ok(isAuthentic('gitlab', token, { 'x-gitlab-token': token }, body))
    assert.equal(isAuthentic('gitlab', token, { 'x-gitlab-token': `${token} ` }, body), false)
    assert.equal(isAuthentic('gitlab', token, {}, body), false)
  })
})
