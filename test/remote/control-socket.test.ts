import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { controlSocket } from '../../src/remote/control-socket.js'

const { uid } = userInfo()
/** As many characters as a path of a socket may have (unix(7)), without those that ssh adds. */
const LONGEST = 107 - 17

describe('controlSocket', () => {
  let folder: string
  const given = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR, TMPDIR: process.env.TMPDIR }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-socket-'))
    delete process.env.XDG_RUNTIME_DIR
    process.env.TMPDIR = folder
  })
  afterEach(() => {
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    rmSync(folder, { recursive: true })
  })

  it('lies in a folder of the user’s own, each login’s apart', () => {
    const [one, other] = [controlSocket(), controlSocket()]
    assert.equal(dirname(one), join(folder, `slipway-${uid}`))
    assert.notEqual(one, other)
    process.env.XDG_RUNTIME_DIR = join(folder, 'run')
    mkdirSync(process.env.XDG_RUNTIME_DIR)
    assert.equal(dirname(controlSocket()), join(folder, 'run', `slipway-${uid}`))
  })

  it('lies elsewhere where the path of temporary files is too long for a socket', () => {
    process.env.TMPDIR = join(folder, 'x'.repeat(100))
    mkdirSync(process.env.TMPDIR)
    const path = controlSocket()
    assert.ok(path.length <= LONGEST, path)
    assert.equal(dirname(path), `/tmp/slipway-${uid}`)
  })

  it('lies in no folder that others may write to, or that is a link', () => {
    const own = join(folder, `slipway-${uid}`)
    mkdirSync(own)
    chmodSync(own, 0o755)
    assert.equal(dirname(controlSocket()), `/tmp/slipway-${uid}`)
    rmSync(own, { recursive: true })
    mkdirSync(join(folder, 'other'), { mode: 0o700 })
    symlinkSync('other', own)
    assert.equal(dirname(controlSocket()), `/tmp/slipway-${uid}`)
  })
})
