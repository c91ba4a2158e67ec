import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problems, resolved, withService } from './samples.js'

const secretsOf = (secrets: unknown) => {
  const [web] = resolved(withService({ secrets })).services
  assert.ok(web?.kind === 'service')
  return web.secrets
}

describe('secrets', () => {
  it('are none by default, in a file beside the config', () => {
    assert.deepEqual(secretsOf(undefined), [])
    assert.deepEqual(resolved(withService({})).secrets, { file: 'secrets.age', recipients: {} })
  })

  it('are names in the common case, in an order of their own', () => {
    assert.deepEqual(secretsOf(['B', 'A_1']), [
      { name: 'A_1', from: 'file', as: 'env' },
      { name: 'B', from: 'file', as: 'env' },
    ])
  })

  it('say where each comes from', () => {
    const given = {
      D: { from: { command: ['sh', '-c', 'pass a | head -n 1'] } },
      C: { from: { command: ' op read  op://a/b ' } },
      B: { from: { env: 'CI_B' } },
      A: { from: 'host', as: 'file' },
    }
    assert.deepEqual(secretsOf(given), [
      { name: 'A', from: 'host', as: 'file' },
      { name: 'B', from: { env: 'CI_B' }, as: 'env' },
      { name: 'C', from: { command: ['op', 'read', 'op://a/b'] }, as: 'env' },
      { name: 'D', from: { command: ['sh', '-c', 'pass a | head -n 1'] }, as: 'env' },
    ])
  })

  it('have names that a variable may have', () => {
    for (const name of ['a-b', '1A', '', '../x', 'A B']) {
      assert.match(problems(withService({ secrets: [name] })).join('\n'), /expected a name of letters/)
      assert.match(
        problems(withService({ secrets: { [name]: {} } })).join('\n'),
        /expected a name of letters/,
      )
    }
  })

  it('whose values stand in the config are refused without showing them', () => {
    for (const secrets of [
      { PIN: 'hunter2' },
      { PIN: { value: 'hunter2' } },
      'hunter2',
      { PIN: { from: 'hunter2' } },
    ]) {
      const lines = problems(withService({ secrets })).join('\n')
      assert.match(lines, /^services\.web\.secrets/)
      assert.doesNotMatch(lines, /hunter2/)
    }
  })

  it('that are named twice', () => {
    assert.deepEqual(problems(withService({ secrets: ['A', 'A'] })), [
      'services.web.secrets.A: is named twice',
    ])
  })

  it('that would be what a shell or slipway sets', () => {
    assert.deepEqual(problems(withService({ secrets: ['PATH'] })), [
      "services.web.secrets.PATH: the variable PATH has a meaning of its own; as: 'file'",
    ])
    assert.equal(secretsOf({ PATH: { as: 'file' } }).length, 1)
  })

  it('that are variables already', () => {
    const fields = { secrets: ['A'], env: { A: 'x' }, processes: { worker: { run: 'w', env: { A: 'y' } } } }
    assert.deepEqual(problems(withService(fields)), [
      'services.web.env.A: is a secret too: leave it out here',
      'services.web.processes.worker.env.A: is a secret too: leave it out here',
    ])
  })

  it('whose way to the program a unit takes away', () => {
    const unit = { LoadCredential: 'x:/etc/x' }
    assert.deepEqual(problems(withService({ secrets: ['A'], unit })), [
      'services.web.unit.LoadCredential: would replace what brings the program its `secrets`; ' +
        "make it one of them, with as: 'file'",
    ])
    resolved(withService({ unit }))
  })

  it('recipients are public keys', () => {
    const config = { ...(withService({}) as object), secrets: { recipients: { ann: 'AGE-SECRET-KEY-1X' } } }
    assert.deepEqual(problems(config), [
      'secrets.recipients.ann: expected the public half of an age key: "age1…"',
    ])
  })
})
