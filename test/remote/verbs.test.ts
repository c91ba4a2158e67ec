import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import type { Connection, RemoteResult } from '../../src/remote/connection.js'
import { hostProgram } from '../../src/remote/program.js'
import { LockedError, runVerb, runVerbUninstalled, verbCommand, verbError } from '../../src/remote/verbs.js'

/** A connection to this machine: what a host's login shell is given, a shell here runs. */
const HERE: Connection = {
  host: 'here',
  destination: 'ann@here',
  become: ['sudo', '-n'],
  sshOptions: () => [],
  close: () => {},
  run: async (command, { input } = {}) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', input })
    return { exitCode: status ?? 1, stdout, stderr }
  },
}

/** A host on which every command ends in one way, as recorded on a real one. */
function ending(result: Partial<RemoteResult>): Connection {
  return {
    ...HERE,
    host: 'nixie',
    destination: 'ann@nixie',
    run: async () => ({ exitCode: 0, stdout: '', stderr: '', ...result }),
  }
}

async function failure(work: Promise<unknown>): Promise<SlipwayError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof SlipwayError, String(error))
  return error
}

describe('verbCommand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-verbs-'))
  after(() => rmSync(folder, { recursive: true }))

  /** How a login's shell ends the command line, where a script stands in the place of the program. */
  function run(script: string, args: string[]) {
    const place = join(folder, 'program')
    if (script) writeFileSync(place, script)
    const command = verbCommand({ become: ['env', 'BECAME=yes'] }, 'log', args).replaceAll(
      hostProgram().path,
      place,
    )
    const env = { ...process.env, SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' }
    const { status, stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env })
    return { status, stdout }
  }

  it('tells where the program is missing', () => assert.deepEqual(run('', []), { status: 90, stdout: '' }))

  it('runs the program with arguments as they are', () => {
    const args = [`a'b $(id) "c"`, '', '*', '-n']
    assert.deepEqual(run(`printf '%s\\n' "$@"`, args), { status: 0, stdout: `log\n${args.join('\n')}\n` })
  })

  it('tells the program which connection it was called over', () => {
    assert.equal(run('echo "$SLIPWAY_CONNECTION"', []).stdout, '192.0.2.1 50000 192.0.2.2 22\n')
  })

  it('ends as the program does', () => assert.equal(run('exit 66', []).status, 66))
})

describe('runVerbUninstalled', () => {
  const skip = process.getuid?.() === 0 ? false : 'needs root'

  it('runs the program though it is not installed, with arguments as they are', { skip }, async () => {
    const installed = existsSync(hostProgram().path)
    const { exitCode, stdout, stderr } = await runVerbUninstalled(HERE, 'log', [`a'b $(id) "c"`])
    assert.deepEqual([exitCode, stdout, stderr], [1, '', 'log: not a service\n'])
    assert.equal(existsSync(hostProgram().path), installed)
  })
})

describe('runVerb', () => {
  for (const stderr of [
    'sudo: a password is required\n',
    'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n',
    'ann is not in the sudoers file.\n',
    'sh: 1: sudo: not found\n',
    'bash: line 1: run0: command not found\n',
    'Failed to start transient service unit: Interactive authentication required.\n',
    'Failed to start transient service unit: Access denied\n',
  ]) {
    it(`says that the login may not become root: ${stderr.trim().slice(0, 40)}`, async () => {
      const error = await failure(runVerb(ending({ exitCode: 1, stderr }), 'report', []))
      assert.equal(error.parts.what, 'the login ann@nixie may not become root on nixie')
      assert.equal(error.parts.why, stderr.trim())
    })
  }

  it('says who holds the lock', async () => {
    const holder = { id: 'x', who: 'bob@desk', what: 'deploy web', since: 1_700_000_000 }
    const connection = ending({ exitCode: 75, stdout: `${JSON.stringify({ locked: holder })}\n` })
    const error = await failure(runVerb(connection, 'apply', []))
    assert.ok(error instanceof LockedError)
    assert.equal(error.code, ExitCode.locked)
    assert.equal(error.parts.what, 'nixie is being worked on')
    assert.equal(error.parts.why, 'bob@desk holds its lock since 22:13:20 UTC: deploy web')
  })

  it('says what the gate refuses, and why', async () => {
    const stderr =
      'sudo: x\nslipway refuses: a line of its unit is not allowed: User=root\nslipway refuses: two\n'
    const error = await failure(runVerb(ending({ exitCode: 77, stderr }), 'apply', []))
    assert.equal(error.parts.what, 'nixie refuses what the key of ann@nixie asks for')
    assert.equal(error.parts.why, 'a line of its unit is not allowed: User=root\ntwo')
  })

  it('does not bring a program where the key may not', async () => {
    const error = await failure(
      runVerb(ending({ exitCode: 91, stderr: 'slipway refuses: x\n' }), 'report', []),
    )
    assert.equal(error.parts.what, 'nixie has another version of slipway than this one')
    assert.match(error.parts.next ?? '', /slipway setup nixie/)
  })

  it('says so where the lock was released in the meantime', async () => {
    const error = await failure(runVerb(ending({ exitCode: 75, stdout: '{"locked":null}\n' }), 'apply', []))
    assert.equal(error.parts.why, 'Its lock was just released.')
  })
})

describe('verbError', () => {
  const result = { exitCode: 1, stdout: '', stderr: '' }

  it('shows what the host said', () => {
    const { what, why } = verbError(HERE, 'apply', {
      ...result,
      stderr: 'mkdir: read-only file system\n',
    }).parts
    assert.equal(what, 'slipway-host apply failed on here')
    assert.equal(why, 'mkdir: read-only file system')
  })

  it('shows how it ended where the host said nothing', () => {
    assert.equal(verbError(HERE, 'apply', result).parts.why, 'It exited with status 1.')
  })

  it('knows a full disk', () => {
    const stderr = 'tar: releases/web/1/env: Cannot write: No space left on device\n'
    const { what, next } = verbError(HERE, 'apply', { ...result, stderr }).parts
    assert.equal(what, 'the disk of here is full')
    assert.match(next ?? '', /^Make room/)
  })
})
