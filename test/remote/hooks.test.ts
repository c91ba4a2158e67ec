import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { Service } from '../../src/index.js'
import { composeRelease } from '../../src/release/compose.js'
import { app, ingredients, PACKAGE } from '../release/samples.js'
import { difficultWords } from '../release/words.js'
import { copyProgram, type Ended } from './program-copy.js'

const copy = copyProgram()
after(() => copy.remove())

const release = join(copy.root, 'services/web/releases/4')
const calls = join(dirname(copy.root), 'systemd-run-calls')
const written = join(dirname(copy.root), 'written')

// This machine's systemd is not the program's to touch: the commands run, but as whoever runs the tests.
const systemdRun = join(dirname(copy.root), 'bin/systemd-run')
writeFileSync(
  systemdRun,
  `#!/bin/sh\nprintf '%s\\n' "$@" >>${calls}\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n`,
)
chmodSync(systemdRun, 0o755)

beforeEach(() => {
  for (const path of [release, calls, written]) rmSync(path, { recursive: true, force: true })
})

/** Puts release 4 of a service where the host keeps it. */
function put(fields: Partial<Service>): void {
  const { files } = composeRelease(app(fields), ingredients({ ports: [20_000, 20_001] }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(release, path)), { recursive: true })
    writeFileSync(join(release, path), text)
  }
}

/** Has the host's program run the hooks of release 4, which is to serve from green. */
function run(when: 'before' | 'after', hooks: 'yes' | 'no' = 'yes'): Ended {
  return copy.functions(`set -u
item=${dirname(copy.root)}/item item_name=web item_to=4 item_to_slot=green item_hooks=${hooks}
mkdir -p "$item"
load_spec "$(release_dir web 4)"
run_hooks ${when} "$spec_${when}"`)
}

/** A command that writes words to a file, each with a NUL after it. */
function write(...words: string[]): string[] {
  return ['/bin/sh', '-c', 'printf "%s\\0" "$@" >>"$0"', written, ...words]
}

function wordsWritten(): string[] {
  return existsSync(written) ? readFileSync(written, 'utf8').split('\0').slice(0, -1) : []
}

describe('run_hooks', () => {
  it('runs them in order, with the words as the config has them', () => {
    const words = ['', '-n', '*', '~', '--', ...difficultWords(300, { without: /\n/ })]
    put({ before: [{ run: write('first') }, { run: write(...words) }], after: write('later') })
    assert.deepEqual(run('before'), { status: 0, stdout: '', stderr: '' })
    assert.deepEqual(wordsWritten(), ['first', ...words])
    run('after')
    assert.deepEqual(wordsWritten(), ['first', ...words, 'later'])
  })

  it('runs programs of the release, with its limit of time', () => {
    put({ before: { run: ['migrate', '--all'], timeout: '1500ms' } })
    assert.equal(run('before').status, 1)
    const called = readFileSync(calls, 'utf8').trimEnd().split('\n')
    assert.deepEqual(called.slice(-6), [
      '--pipe',
      '-p',
      'RuntimeMaxSec=2',
      '--',
      `${PACKAGE}/bin/migrate`,
      '--all',
    ])
  })

  it('runs them once for each release', () => {
    put({ before: write('once') })
    run('before')
    assert.equal(run('before').status, 0)
    assert.deepEqual(wordsWritten(), ['once'])
  })

  it('runs none on a host that leaves them to another', () => {
    put({ before: write('never') })
    assert.equal(run('before', 'no').status, 0)
    assert.deepEqual(wordsWritten(), [])
  })

  it('ends with the first that fails, says which and what it said, and begins again the next time', () => {
    put({
      before: [
        { run: write('first') },
        { run: ['/bin/sh', '-c', 'echo no room; exit 3'] },
        { run: write('third') },
      ],
    })
    for (const expected of [['first'], ['first', 'first']]) {
      assert.deepEqual(run('before'), {
        status: 1,
        stdout: 'its before hook sh exited with status 3\n',
        stderr: 'no room\n',
      })
      assert.deepEqual(wordsWritten(), expected)
    }
    assert.equal(readFileSync(join(dirname(copy.root), 'item/output'), 'utf8'), 'no room\n')
  })

  it('has on record, before one runs, that what it changes can not be undone', () => {
    put({
      before: [
        { run: ['/bin/sh', '-c', '! test -e "$0"', join(release, 'irreversible')] },
        { run: ['/bin/sh', '-c', 'test -e "$0"; exit 7', join(release, 'irreversible')], irreversible: true },
      ],
    })
    assert.equal(run('before').stdout, 'its before hook sh exited with status 7\n')
    assert.ok(existsSync(join(release, 'irreversible')))
  })
})

describe('sandbox_of', () => {
  /** The settings that a command of release 4 gets for green. */
  function sandbox(): string[] {
    return copy.functions('sandbox_of web 4 green').stdout.trimEnd().split('\n')
  }

  it('is what the unit allows, on the files of the release, and nothing of how the unit starts and stops', () => {
    put({ listen: 'unix', state: true, assets: ['views'], unit: { MemoryMax: '1G' } })
    assert.deepEqual(sandbox().slice(0, 6), [
      'User=web',
      'Group=web',
      'WorkingDirectory=/var/lib/slipway/services/web/releases/4/assets',
      'Environment=PATH=/var/lib/slipway/services/web/releases/4/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin',
      'EnvironmentFile=/var/lib/slipway/services/web/releases/4/env',
      'EnvironmentFile=-/var/lib/slipway/services/web/releases/4/env@green',
    ])
    assert.deepEqual(
      sandbox()
        .slice(6)
        .map((line) => line.slice(0, line.indexOf('='))),
      [
        ...['UMask', 'StateDirectory', 'StateDirectoryMode', 'NoNewPrivileges', 'CapabilityBoundingSet'],
        ...['AmbientCapabilities', 'ProtectSystem', 'ProtectHome', 'PrivateTmp', 'PrivateDevices'],
        ...['DevicePolicy', 'PrivateUsers', 'ProtectHostname', 'ProtectClock', 'ProtectKernelTunables'],
        ...['ProtectKernelModules', 'ProtectKernelLogs', 'ProtectControlGroups', 'ProtectProc'],
        ...['RestrictAddressFamilies', 'RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID'],
        ...['LockPersonality', 'RemoveIPC', 'KeyringMode', 'SystemCallArchitectures', 'SystemCallFilter'],
        ...['SystemCallFilter', 'SystemCallErrorNumber', 'ReadWritePaths', 'MemoryMax'],
      ],
    )
  })

  it('is that of a worker’s unit where nothing listens', () => {
    put({})
    assert.deepEqual(sandbox().slice(0, 5), [
      'User=web',
      'Group=web',
      'WorkingDirectory=/',
      'Environment=PATH=/var/lib/slipway/services/web/releases/4/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin',
      'EnvironmentFile=/var/lib/slipway/services/web/releases/4/env',
    ])
  })

  it('is told to systemd in the order of the unit', () => {
    put({ before: '/bin/true' })
    run('before')
    const called = readFileSync(calls, 'utf8').split('\n')
    assert.deepEqual(
      called.filter((word) => word.startsWith('SystemCallFilter=')),
      ['SystemCallFilter=@system-service', 'SystemCallFilter=~@privileged @resources'],
    )
  })
})
