import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Connection, RemoteResult } from '../../src/remote/connection.js'
import { type Ask, becomeOnTerminal, becomeWith, runAsRoot, unlock } from '../../src/remote/password.js'

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

describe('a password that several logins want', () => {
  const PASSWORD = 'open sesame'
  const lock = (host: string) => ({
    host,
    destination: `ann@${host}`,
    become: ['sudo', '-n'],
    run: async (_command: string, input: string) => ({
      exitCode: input === `${PASSWORD}\n` ? 0 : 1,
      stderr: '',
    }),
  })
  /** Somebody who answers slowly, and what was asked. */
  function somebody(answers: (string | undefined)[]): { ask: Ask; asked: boolean[] } {
    const asked: boolean[] = []
    const ask: Ask = async ({ again }) => {
      asked.push(again)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return answers.shift()
    }
    return { ask, asked }
  }

  it('is asked for once, and is known from then on', async () => {
    const { ask, asked } = somebody(['wrong', PASSWORD])
    const one = lock('several')
    assert.deepEqual(await Promise.all([unlock(one, ask), unlock(one, ask)]), [true, true])
    assert.equal(await unlock(one, ask), true)
    assert.deepEqual(asked, [false, true])
    assert.equal(becomeWith({ name: 'several', become: ['sudo', '-n'] }).first, `${PASSWORD}\n`)
  })

  it('is asked for again where nobody knew it', async () => {
    const { ask, asked } = somebody([undefined, 'a', 'b', 'c', PASSWORD])
    const one = lock('later')
    assert.equal(await unlock(one, ask), false)
    await assert.rejects(unlock(one, ask), /sudo on later does not take that password/)
    assert.equal(await unlock(one, ask), true)
    assert.deepEqual(asked, [false, false, true, true, false])
  })
})
