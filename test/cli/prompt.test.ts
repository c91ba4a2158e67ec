import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPrompt, type Ends, type Prompt } from '../../src/cli/prompt.js'
import { askOn } from '../../src/cli/questions.js'
import { ExitCode, SlipwayError } from '../../src/errors.js'

/** A terminal of which somebody types, and what is seen on it. */
function terminal(isTTY = true): { prompt: Prompt; type(text: string): void; end(): void; seen(): string } {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined })
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24 })
  let seen = ''
  output.on('data', (chunk) => {
    seen += String(chunk)
  })
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g')
  return {
    prompt: createPrompt({ input, output } as unknown as Ends),
    type: (text) => input.write(text),
    end: () => input.end(),
    seen: () => seen.replace(escapes, ''),
  }
}

const INTERRUPTED = (error: unknown) => error instanceof SlipwayError && error.code === ExitCode.interrupted

describe('createPrompt', () => {
  it('can ask only where both ends are a terminal', () => {
    assert.equal(terminal().prompt.canAsk, true)
    assert.equal(terminal(false).prompt.canAsk, false)
  })

  it('gives a line without blanks around it, or the fallback', async () => {
    const { prompt, type, seen } = terminal()
    const first = prompt.line('Name?', { fallback: 'web' })
    type('  api \r')
    assert.equal(await first, 'api')
    assert.match(seen(), /Name\? \[web\] /)
    const second = prompt.line('Name?', { fallback: 'web' })
    type('\r')
    assert.equal(await second, 'web')
  })

  it('asks one question after the other, and keeps what was typed ahead', async () => {
    const { prompt, type } = terminal()
    const both = Promise.all([prompt.line('One?'), prompt.line('Two?'), prompt.line('Three?')])
    type('1\r2\r3')
    await sleep(20)
    type('3\r')
    assert.deepEqual(await both, ['1', '2', '33'])
  })

  it('shows nothing of what is hidden', async () => {
    const { prompt, type, seen } = terminal()
    const asked = prompt.line('Password: ', { hidden: true })
    type(' correct horse \r')
    assert.equal(await asked, ' correct horse ')
    assert.equal(seen(), 'Password: \n')
  })

  for (const [answer, otherwise, expected] of [
    ['\r', true, true],
    ['\r', false, false],
    ['y\r', false, true],
    ['Yes\r', false, true],
    ['no\r', true, false],
    ['what\r', true, false],
  ] as const) {
    it(`takes ${JSON.stringify(answer)} for ${expected} where Enter means ${otherwise}`, async () => {
      const { prompt, type } = terminal()
      const asked = prompt.yes('Go on?', otherwise)
      type(answer)
      assert.equal(await asked, expected)
    })
  }

  it('has no answer where the input ends', async () => {
    const { prompt, end } = terminal()
    const asked = prompt.line('Name?', { fallback: 'web' })
    end()
    assert.equal(await asked, undefined)
  })

  it('ends with Ctrl-C', async () => {
    const { prompt, type } = terminal()
    const asked = prompt.yes('Go on?', true)
    type('\u0003')
    await assert.rejects(asked, INTERRUPTED)
  })

  it('takes a question back', async () => {
    const { prompt } = terminal()
    const controller = new AbortController()
    const asked = prompt.yes('Go on?', true, controller.signal)
    await sleep(5)
    controller.abort()
    await assert.rejects(asked, INTERRUPTED)
    await assert.rejects(prompt.line('Name?', { signal: controller.signal }), INTERRUPTED)
  })
})

describe('askOn', () => {
  it('asks for a password, and again after a wrong one', async () => {
    const { prompt, type, seen } = terminal()
    const ask = askOn(prompt)
    const first = ask({ kind: 'password', destination: 'ann@web', again: false })
    type('wrong\r')
    assert.equal(await first, 'wrong')
    const second = ask({ kind: 'password', destination: 'ann@web', again: true })
    type('right\r')
    assert.equal(await second, 'right')
    assert.equal(seen(), 'sudo password of ann@web: \nSorry, try again. sudo password of ann@web: \n')
  })

  it('asks whether to write hashes', async () => {
    const { prompt, type, seen } = terminal()
    const asked = askOn(prompt)({ kind: 'hashes' })
    type('\r')
    assert.equal(await asked, true)
    assert.match(seen(), /Write the right one and build again\? \[Y\/n\]/)
  })

  it('has no answers where there is no terminal', async () => {
    const ask = askOn(terminal(false).prompt)
    assert.equal(await ask({ kind: 'password', destination: 'ann@web', again: false }), undefined)
    assert.equal(await ask({ kind: 'hashes' }), false)
  })
})
