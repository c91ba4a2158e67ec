import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { SlipwayError } from '../../src/errors.js'
import { connect, eachLine } from '../../src/remote/connection.js'

describe('eachLine', () => {
  /** The lines of a stream that comes in chunks. */
  async function lines(...chunks: (string | Buffer)[]): Promise<string[]> {
    const stream = new PassThrough()
    const found: string[] = []
    eachLine(stream, (line) => found.push(line))
    for (const chunk of chunks) stream.write(chunk)
    stream.end()
    await new Promise((resolve) => stream.once('end', resolve))
    return found
  }

  it('puts lines together from chunks', async () => {
    assert.deepEqual(await lines('one\ntw', 'o', '\n', '\nthree\n'), ['one', 'two', '', 'three'])
  })
  it('gives the last line though it lacks its end', async () => {
    assert.deepEqual(await lines('one\ntwo'), ['one', 'two'])
  })
  it('puts characters together that chunks cut', async () => {
    const bytes = Buffer.from('漢\n')
    assert.deepEqual(await lines(bytes.subarray(0, 1), bytes.subarray(1)), ['漢'])
  })
  it('gives nothing for nothing', async () => assert.deepEqual(await lines(), []))
})

describe('connect', () => {
  it('says what is wrong with a host that is not there', async () => {
    const host = resolveHost('nixie', { ssh: '127.0.0.1', options: ['-p', '1', '-F', 'none'] })
    await assert.rejects(
      connect(host),
      new SlipwayError({
        what: 'nixie refuses ssh connections',
        why: 'ssh: connect to host 127.0.0.1 port 1: Connection refused',
        still: 'Nothing was changed there.',
        next: 'Check that sshd runs there and which port it listens on.',
      }),
    )
  })
})
