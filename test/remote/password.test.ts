import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Connection, RemoteResult } from '../../src/remote/connection.js'
import { becomeOnTerminal, becomeWith, runAsRoot } from '../../src/remote/password.js'

const wanted = { exitCode: 1, stdout: '', stderr: 'sudo: a password is required\n' }

function login(become: string[], result: RemoteResult): { connection: Connection; commands: string[] } {
  const commands: string[] = []
  const connection: Connection = {
    host: 'web',
    destination: 'ann@web',
    become,
    sshOptions: () => [],
    close: () => {},
    run: async (command) => {
      commands.push(command)
      return result
    },
  }
  return { connection, commands }
}

describe('runAsRoot', () => {
  const skip = process.stdin.isTTY ? 'would ask' : false

  it('asks nobody where there is no terminal', { skip }, async () => {
    const { connection, commands } = login(['sudo', '-n'], wanted)
    assert.deepEqual(await runAsRoot(connection, () => 'x'), wanted)
    assert.deepEqual(commands, ['x'])
  })

  it('asks no password for what is not sudo', async () => {
    const { connection, commands } = login(['run0'], wanted)
    assert.deepEqual(await runAsRoot(connection, () => 'x'), wanted)
    assert.deepEqual(commands, ['x'])
  })
})

describe('becoming root', () => {
  it('lets sudo ask on a terminal', () => {
    assert.deepEqual(becomeOnTerminal({ become: ['sudo', '-n', '-H'] }), ['sudo', '-H'])
    assert.deepEqual(becomeOnTerminal({ become: ['run0', '-n'] }), ['run0', '-n'])
  })

  it('is as ever where no password was asked for', () => {
    assert.deepEqual(becomeWith({ name: 'web', become: ['sudo', '-n'] }), { become: ['sudo', '-n'] })
  })
})
