import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  messageLength,
} from '../../../../src/agent/systemd/dbus/message.js'

describe('messages of D-Bus', () => {
  const call: Message = {
    type: 'call',
    serial: 2,
    path: '/a',
    interface: 'b.c',
    member: 'D',
    destination: ':1.5',
    signature: 'su',
    body: ['xy', 7],
  }

  it('are written byte by byte as the specification says', () => {
    const expected = [
      // Little endian, a call, not to start anybody, version 1; 12 bytes of values, serial 2, 72 bytes of fields.
      '6c 01 02 01 0c000000 02000000 48000000',
      '01 01 6f 00 02000000 2f61 00 0000000000',
      '02 01 73 00 03000000 622e63 00 00000000',
      '03 01 73 00 01000000 44 00 000000000000',
      '06 01 73 00 04000000 3a312e35 00 000000',
      '08 01 67 00 02 7375 00',
      '02000000 7879 00 00 07000000',
    ]
    const hex = encodeMessage(call).toString('hex')
    assert.equal(hex, expected.join('').replaceAll(' ', ''))
  })

  it('are read as they were written', () => {
    const others: Message[] = [
      call,
      { type: 'return', serial: 3, replySerial: 2, sender: ':1.0', signature: 'as', body: [['a']] },
      { type: 'error', serial: 4, replySerial: 2, errorName: 'a.B', signature: 's', body: ['no'] },
      {
        type: 'signal',
        serial: 0xffffffff,
        path: '/a',
        interface: 'b.c',
        member: 'E',
        signature: '',
        body: [],
      },
    ]
    for (const message of others) {
      const bytes = encodeMessage(message)
      assert.equal(messageLength(bytes), bytes.length)
      const read = Object.entries(decodeMessage(bytes) ?? {}).filter(([, value]) => value !== undefined)
      assert.deepEqual(Object.fromEntries(read), message)
    }
  })

  it('have a length that is known from their first 16 bytes', () => {
    const bytes = encodeMessage(call)
    assert.equal(messageLength(bytes.subarray(0, 15)), undefined)
    assert.equal(messageLength(bytes.subarray(0, 16)), bytes.length)
  })

  it('of a type that is not known yet are ignored', () => {
    const bytes = encodeMessage(call)
    bytes[1] = 9
    assert.equal(decodeMessage(bytes), undefined)
  })

  it('are refused where they are not what we speak, or too large', () => {
    const changed = (at: number, value: number) => {
      const bytes = encodeMessage(call)
      bytes[at] = value
      return bytes
    }
    assert.throws(() => messageLength(changed(0, 0x42)), /not little endian/)
    assert.throws(() => messageLength(changed(3, 2)), /version 2/)
    assert.throws(() => messageLength(changed(7, 1)), /has \d+ bytes/)
    assert.throws(() => messageLength(changed(15, 0xff)), /has \d+ bytes/)
  })
})
