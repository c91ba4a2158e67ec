import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exceeds, isLimit, spanSeconds } from '../../../../src/agent/access/policy/limits.js'

describe('spanSeconds', () => {
  for (const [text, seconds] of [
    ['90', 90],
    ['1.5', 1.5],
    ['90s', 90],
    ['1min 30s', 90],
    ['1min30s', 90],
    ['2 h', 7200],
    ['100ms', 0.1],
    ['0', 0],
    ['', undefined],
    [' ', undefined],
    ['infinity', undefined],
    ['-1', undefined],
    ['1 fortnight', undefined],
    ['1e9', undefined],
    ['90s infinity', undefined],
    ['90s;', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${seconds}`, () => assert.equal(spanSeconds(text), seconds))
  }

  it('ends soon, whatever it is given', () => {
    const began = Date.now()
    spanSeconds(`${'9'.repeat(100_000)}!`)
    spanSeconds(`${'1 '.repeat(100_000)}!`)
    assert.ok(Date.now() - began < 1000)
  })
})

describe('a limit that an administrator has deployed', () => {
  for (const [name, value, than, wider] of [
    ['MemoryMax', '512M', '1G', false],
    ['MemoryMax', '1025M', '1G', true],
    ['MemoryMax', 1024, '1K', false],
    ['MemoryMax', 1025, '1K', true],
    ['MemoryMax', undefined, '1G', true],
    ['MemoryMax', 'infinity', '1G', true],
    ['MemoryMax', '90%', '1G', true],
    ['MemoryMax', '1T', 'infinity', false],
    ['MemoryMax', '50%', '50%', false],
    ['CPUQuota', '201%', '200%', true],
    ['TasksMax', 64, 64, false],
    ['TasksMax', 65, '64', true],
    ['LimitNOFILE', '1024:4096', '4096', false],
    ['LimitNOFILE', '1024:4097', '4096', true],
    ['Nice', 10, 5, false],
    ['Nice', 4, 5, true],
    ['Nice', undefined, 5, true],
    ['TimeoutStopSec', '1h', '1min', false],
    ['toString', 'x', 'y', false],
  ] as const) {
    it(`${name}=${than} is ${wider ? 'wider' : 'not wider'} with ${value}`, () =>
      assert.equal(exceeds(name, value, than), wider))
  }
})

describe('isLimit', () => {
  for (const [name, value] of [
    ['MemoryMax', '512M'],
    ['MemoryMax', 1_000_000],
    ['MemoryHigh', '50%'],
    ['CPUQuota', '400%'],
    ['CPUWeight', 50],
    ['TasksMax', '512'],
    ['LimitNOFILE', '1024:65536'],
    ['LimitCORE', 0],
    ['Nice', 19],
    ['TimeoutStartSec', '2min'],
    ['RestartSec', '1s'],
    ['KillMode', 'mixed'],
    ['KillSignal', 'SIGINT'],
    ['Restart', 'no'],
    ['Type', 'notify'],
    ['PrivateNetwork', true],
    ['ProcSubset', 'pid'],
  ] as const) {
    it(`${name}=${value}`, () => assert.equal(isLimit(name, value), true))
  }

  for (const [name, value] of [
    ['MemoryMax', '1.5G'],
    ['MemoryMax', '101%'],
    ['MemoryMax', ''],
    ['MemoryMax', null],
    ['MemoryMax', ['1G']],
    ['CPUQuota', '0%'],
    ['TasksMax', '100%'],
    ['TasksMax', 0],
    ['LimitNOFILE', '1:2:3'],
    ['LimitNOFILE', '1024:infinity'],
    ['Restart', true],
    ['Type', 'forking'],
    ['MemoryMax', `1${' '.repeat(300)}`],
    ['toString', 'yes'],
    ['User', 'web'],
  ] as const) {
    it(`not ${name}=${JSON.stringify(value)?.slice(0, 40)}`, () =>
      assert.equal(
        isLimit(name, value === null ? null : Array.isArray(value) ? [...value] : (value as string)),
        false,
      ))
  }
})
