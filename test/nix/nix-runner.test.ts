import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { localNix, remoteNix } from '../../src/nix/nix-runner.js'
import type { Connection } from '../../src/remote/connection.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

let folder: Folder
before(() => {
  folder = temporaryFolder()
  folder.write({ 'a b/c.nix': '"from $c"', bin: '' })
})
after(() => folder.remove())

/** A connection to this machine: what a host's login shell is given, a shell here runs. */
const HERE: Connection = {
  host: 'here',
  destination: 'here',
  become: ['sudo', '-n'],
  sshOptions: () => [],
  close: () => {},
  run: async (command, options) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    for (const line of stderr.split('\n').filter(Boolean)) options?.onErrorLine?.(line)
    return { exitCode: status ?? 1, stdout, stderr }
  },
}

describe('localNix', () => {
  it('runs Nix in its folder', { skip: WITHOUT_NIX }, async () => {
    const nix = localNix(`${folder.path}/a b`)
    const result = await nix.run({ program: 'nix-store', args: ['--version'] })
    assert.equal(result.exitCode, 0)
    assert.match(result.stdout, /^nix-store \(Nix\) \d/)
  })

  it('passes on errors line by line, and how it ended', { skip: WITHOUT_NIX }, async () => {
    const lines: string[] = []
    const command = { program: 'nix-store' as const, args: ['--realise', '/nix/store/missing'] }
    const { exitCode, stderr } = await localNix(folder.path).run(command, (line) => lines.push(line))
    assert.notEqual(exitCode, 0)
    assert.ok(lines.length > 0)
    assert.equal(lines.join('\n'), stderr)
  })

  it('says what to do without Nix', async () => {
    const path = process.env.PATH
    process.env.PATH = folder.path
    try {
      await assert.rejects(
        localNix(folder.path).run({ program: 'nix', args: [] }),
        new SlipwayError({
          what: 'Nix is not installed on this machine',
          next: "Install it (Debian: apt-get install nix-bin), or let the host build: `build: 'host'` or --build host.",
        }),
      )
    } finally {
      process.env.PATH = path
    }
  })

  it('lists the files of folders; none where there is no folder', async () => {
    const listed = await localNix(folder.path).list([
      folder.path,
      `${folder.path}/missing`,
      `${folder.path}/a b`,
    ])
    assert.deepEqual(
      listed.map((names) => names.sort()),
      [['a b', 'bin'], [], ['c.nix']],
    )
  })
})

describe('remoteNix', () => {
  it('runs Nix in a folder of the host, whatever its name and the words', { skip: WITHOUT_NIX }, async () => {
    const nix = remoteNix(HERE, `${folder.path}/a b`)
    const args = ['--eval', '--strict', '--expr', `import ./c.nix + " 'q' \\"d\\" \\\\ \\$x"`]
    const result = await nix.run({ program: 'nix-instantiate' as 'nix', args })
    assert.equal(result.stdout, `"from $c 'q' \\"d\\" \\\\ $x"\n`)
  })

  it('does not run anything in another folder', async () => {
    const result = await remoteNix(HERE, `${folder.path}/missing`).run({
      program: 'nix-store',
      args: ['--version'],
    })
    assert.notEqual(result.exitCode, 0)
    assert.equal(result.stdout, '')
  })

  it('lists the files of folders with one command; none where there is no folder', async () => {
    const commands: string[] = []
    const run: Connection['run'] = (command, options) => {
      commands.push(command)
      return HERE.run(command, options)
    }
    const nix = remoteNix({ ...HERE, run }, folder.path)
    const folders = [`${folder.path}/missing`, folder.path, `${folder.path}/missing`, `${folder.path}/a b`]
    assert.deepEqual(await nix.list(folders), [[], ['a b', 'bin'], [], ['c.nix']])
    assert.equal(commands.length, 1)
    assert.deepEqual(await nix.list([]), [])
    assert.equal(commands.length, 1)
  })
})
