import './no-color.js'
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { createTerminal, formatBytes, formatDuration } from '../../../src/cli/text/terminal.js'

/** What a terminal writes to a stream. */
function written(
  options: { quiet?: boolean; tty?: { columns: number; rows?: number } },
  act: (terminal: ReturnType<typeof createTerminal>) => void,
): string {
  const stream = new PassThrough()
  const like = Object.assign(stream, options.tty ? { isTTY: true, ...options.tty } : {})
  act(createTerminal(options, like as unknown as typeof process.stderr))
  return String(stream.read() ?? '')
}

describe('createTerminal', () => {
  it('writes lines and warnings', () => {
    const text = written({}, (terminal) => {
      terminal.line('building web')
      terminal.warn('the clock is off')
    })
    assert.equal(text, 'building web\nwarning: the clock is off\n')
  })

  it('keeps warnings where it is quiet', () => {
    const text = written({ quiet: true, tty: { columns: 80 } }, (terminal) => {
      terminal.line('building web')
      terminal.status('fetching libc')
      terminal.warn('the clock is off')
    })
    assert.equal(text, 'warning: the clock is off\n')
  })

  it('shows no passing status where nobody watches', () => {
    const text = written({}, (terminal) => {
      terminal.status('fetching libc')
      terminal.line('done')
    })
    assert.equal(text, 'done\n')
  })

  it('overwrites a status by what comes next, or clears it', () => {
    const text = written({ tty: { columns: 80 } }, (terminal) => {
      terminal.status('fetching a')
      terminal.status('fetching b')
      terminal.line('done')
      terminal.status('fetching c')
      terminal.status('')
    })
    const clear = '\r\u001b[K'
    assert.equal(text, `fetching a${clear}fetching b${clear}done\nfetching c${clear}`)
  })

  it('overwrites a status of several lines, no more than the screen has', () => {
    const text = written({ tty: { columns: 80, rows: 3 } }, (terminal) => {
      terminal.status('a\nb\nc\nd')
      terminal.line('done')
    })
    assert.equal(text, 'a\nb\r\u001b[K\u001b[A\u001b[Kdone\n')
  })

  it('cuts a status so that it stays on one line', () => {
    assert.equal(
      written({ tty: { columns: 10 } }, (terminal) => terminal.status('0123456789')),
      '012345678',
    )
  })
})

describe('formatDuration', () => {
  for (const [ms, text] of [
    [0, '0.0 s'],
    [1349, '1.3 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_600, '2 min 0 s'],
    [125_400, '2 min 5 s'],
    [3_600_000, '60 min 0 s'],
  ] as const) {
    it(`says "${text}" for ${ms} ms`, () => assert.equal(formatDuration(ms), text))
  }
})

describe('formatBytes', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [12_897_484, '12.3 MiB'],
    [5 * 1024 ** 4, '5120.0 GiB'],
  ] as const) {
    it(`says "${text}" for ${bytes}`, () => assert.equal(formatBytes(bytes), text))
  }
})
