import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { ClosurePath } from '../../src/contract/release.js'
import { ship, shipEarly, storeUrl } from '../../src/engine/ship.js'
import { PACKAGE, SYSTEM } from '../plan/samples.js'

const SUDO = ['sudo', '-n']

describe('storeUrl', () => {
  it('names nix-store by its full path', () => {
    assert.equal(
      storeUrl(
        'root@nixie',
        { nixStore: '/nix/var/nix/profiles/default/bin/nix-store', became: false },
        SUDO,
      ),
      'ssh://root@nixie?remote-program=%2Fnix%2Fvar%2Fnix%2Fprofiles%2Fdefault%2Fbin%2Fnix-store',
    )
  })

  it('asks as root where the login is not', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, SUDO),
      'ssh://ann@nixie?remote-program=sudo%20-n%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  it('becomes root as the config says', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, ['doas', '-u', 'root']),
      'ssh://ann@nixie?remote-program=doas%20-u%20root%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  for (const [destination, authority] of [
    ['root@fd00::1', 'root@[fd00::1]'],
    ['fe80::1%eth0', '[fe80::1%25eth0]'],
    // Which Nix would take for this machine, whatever port ssh is told.
    ['localhost', '127.0.0.1'],
    ['root@localhost', 'root@localhost'],
  ] as const) {
    it(`writes ${destination} as Nix takes it`, () =>
      assert.equal(
        storeUrl(destination, { nixStore: null, became: false }, SUDO),
        `ssh://${authority}?remote-program=nix-store`,
      ))
  }

  it('leaves it to the host’s PATH where it was not found', () => {
    assert.equal(
      storeUrl('nixie', { nixStore: null, became: false }, SUDO),
      'ssh://nixie?remote-program=nix-store',
    )
  })
})

describe('shipEarly', () => {
  let folder: string
  /** What the host lacks, what it was asked about, and what was sent to it. */
  let lacked: string[]
  let asked: string[][]
  let taken: string[]
  let uploaded: Promise<void>
  const { PATH: path, XDG_CACHE_HOME: cache } = process.env
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-ship-'))
    // A Nix that writes down what it was called with.
    writeFileSync(join(folder, 'nix'), '#!/bin/sh\necho "$NIX_SSHOPTS" "$@" >>"$0.log"\nexit $NIX_FAILS\n')
    chmodSync(join(folder, 'nix'), 0o755)
    writeFileSync(join(folder, 'nix-store'), '#!/bin/sh\necho "$@"\nexit $NIX_FAILS\n')
    chmodSync(join(folder, 'nix-store'), 0o755)
    lacked = []
    asked = []
    taken = []
    process.env.PATH = `${folder}:${path}`
    process.env.XDG_CACHE_HOME = folder
  })
  afterEach(() => {
    process.env.PATH = path
    if (cache === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = cache
    rmSync(folder, { recursive: true })
  })

  const host = { become: SUDO, substitutes: false }
  const login = (own: { became?: boolean; key?: { service: string; name: string } } = {}) => ({
    host: 'nixie',
    destination: 'nixie',
    sshOptions: () => ['-o', 'ControlPath=/run/x'],
    agent: {
      hello: { contract: 1, version: '', bundle: '', became: false, key: null, ...own },
      call: (async (verb: string, { paths = [] }: { paths?: string[] }) => {
        if (verb === 'lacking') {
          asked.push(paths)
          return { paths: paths.filter((path) => lacked.includes(path)) }
        }
        await uploaded
        return {}
      }) as never,
      upload: (source: Uint8Array | AsyncIterable<Uint8Array>) => {
        uploaded = (async () => {
          const pieces = source instanceof Uint8Array ? [source] : source
          for await (const piece of pieces) taken.push(Buffer.from(piece).toString())
        })()
        uploaded.catch(() => undefined)
        return { stream: 1, done: uploaded }
      },
    },
  })
  const tell = () => undefined
  const called = () => {
    const log = readFileSync(join(folder, 'nix.log'), 'utf8').trim().split('\n')
    rmSync(join(folder, 'nix.log'))
    return log
  }

  const early = async (paths: string[], own = {}, closure?: ClosurePath[]) =>
    shipEarly({ tell }, login(own), paths, async () => closure, host)
  const copy = (...paths: string[]) =>
    `-o ControlPath=/run/x copy --extra-experimental-features nix-command flakes --no-check-sigs --to ssh://nixie?remote-program=nix-store ${paths.join(' ')}`

  it('copies everything, built by this run or not, over the login', async () => {
    const shipped = await early([PACKAGE, PACKAGE, SYSTEM.next])
    assert.deepEqual(called(), [copy(PACKAGE, SYSTEM.next)])
    assert.deepEqual(
      [PACKAGE, SYSTEM.next, SYSTEM.other].map((path) => shipped.has(path)),
      [true, true, false],
    )
  })

  it('copies nothing that was copied before, and does not say that it is there', async () => {
    await early([PACKAGE])
    called()
    const shipped = await early([PACKAGE, SYSTEM.next])
    assert.deepEqual(called(), [copy(SYSTEM.next)])
    assert.ok(shipped.has(SYSTEM.next) && !shipped.has(PACKAGE))
    await early([PACKAGE, SYSTEM.next])
    assert.throws(called, { code: 'ENOENT' })
    // That the host has lost it, its report tells.
    const facts = { nixStore: null, became: false }
    await ship({ tell }, login(), facts, [PACKAGE], async () => undefined, host)
    assert.deepEqual(called(), [copy(PACKAGE)])
  })

  it('leaves it for later where the login is not root’s, or has a key for one service', async () => {
    const key = { service: 'web', name: 'ci' }
    for (const own of [{ became: true }, { key }]) {
      assert.equal((await early([PACKAGE], own)).has(PACKAGE), false)
    }
    assert.throws(called, { code: 'ENOENT' })
  })

  describe('where the closures are known', () => {
    const [needed, other] = [SYSTEM.next, SYSTEM.other]
    const closure = (bytes = 1000) => [PACKAGE, needed, other].map((path) => ({ path, bytes }))

    it('sends what the host lacks over its agent’s stream', async () => {
      lacked = [PACKAGE, other]
      for (const own of [{}, { became: true }]) {
        assert.ok((await early([PACKAGE], own, closure())).has(PACKAGE))
        assert.deepEqual(taken, [`--export ${PACKAGE} ${other}\n`])
        assert.throws(called, { code: 'ENOENT' })
        rmSync(join(folder, 'slipway'), { recursive: true })
        taken = []
      }
    })

    it('sends nothing where the host has all', async () => {
      assert.ok((await early([PACKAGE], {}, closure())).has(PACKAGE))
      assert.deepEqual(taken, [])
      assert.throws(called, { code: 'ENOENT' })
    })

    const holding = (...held: string[]) =>
      shipEarly({ tell }, login(), [PACKAGE], async () => closure(), host, Promise.resolve(new Set(held)))

    it('asks nothing where releases of the host hold all but the packages', async () => {
      assert.ok((await holding(needed, other)).has(PACKAGE))
      assert.deepEqual([asked, taken], [[], [`--export ${PACKAGE}\n`]])
    })

    it('sends nothing where releases of the host hold all', async () => {
      assert.ok((await holding(PACKAGE, needed, other)).has(PACKAGE))
      assert.deepEqual([asked, taken], [[], []])
    })

    it('asks only about what no release of the host holds', async () => {
      lacked = [PACKAGE, needed]
      assert.ok((await holding(other)).has(PACKAGE))
      assert.deepEqual([asked, taken], [[[PACKAGE, needed]], [`--export ${PACKAGE} ${needed}\n`]])
    })

    it('asks about all where the host has no releases', async () => {
      lacked = [PACKAGE]
      assert.ok((await holding()).has(PACKAGE))
      assert.deepEqual([asked, taken], [[[PACKAGE, needed, other]], [`--export ${PACKAGE}\n`]])
    })

    it('has Nix copy a package that it can not write out, though the host holds the rest', async () => {
      process.env.NIX_FAILS = '1'
      try {
        assert.equal((await holding(needed, other)).has(PACKAGE), false)
      } finally {
        delete process.env.NIX_FAILS
      }
      assert.deepEqual(called(), [copy(PACKAGE)])
    })

    it('has Nix copy what is more than its host is to hold in memory', async () => {
      lacked = [PACKAGE, other]
      assert.ok((await early([PACKAGE], {}, closure(17 * 1024 * 1024))).has(PACKAGE))
      assert.deepEqual([taken, called()], [[], [copy(PACKAGE)]])
    })

    it('has Nix copy what could not be sent', async () => {
      lacked = [PACKAGE]
      process.env.NIX_FAILS = '1'
      try {
        assert.equal((await early([PACKAGE], {}, closure())).has(PACKAGE), false)
      } finally {
        delete process.env.NIX_FAILS
      }
      assert.deepEqual(called(), [copy(PACKAGE)])
    })

    it('has Nix copy where the host is to fetch what it can', async () => {
      lacked = [PACKAGE]
      const fetching = { ...host, substitutes: true }
      assert.ok((await shipEarly({ tell }, login(), [PACKAGE], async () => closure(), fetching)).has(PACKAGE))
      assert.deepEqual(taken, [])
    })
  })

  it('leaves it for later where it fails', async () => {
    process.env.NIX_FAILS = '1'
    try {
      assert.equal((await early([PACKAGE])).has(PACKAGE), false)
    } finally {
      delete process.env.NIX_FAILS
    }
    assert.deepEqual(called(), [copy(PACKAGE)])
    assert.equal((await early([PACKAGE])).has(PACKAGE), true)
    called()
  })
})
