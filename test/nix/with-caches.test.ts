import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { realise, recheck, requisites } from '../../src/nix/nix-command.js'
import type { NixResult, NixRunner } from '../../src/nix/nix-runner.js'
import { withCaches } from '../../src/nix/with-caches.js'

const CACHE = { name: 'main', url: 'https://cache.example', key: `main-1:${'A'.repeat(43)}=` }
const DRV = '/nix/store/00000000000000000000000000000000-x.drv'

/** A runner that answers one after the other, and what it ran. */
function runner(...answers: Partial<NixResult>[]) {
  const ran: string[] = []
  const nix: NixRunner = {
    ...{ where: 'here', isLocal: true, folder: '/' },
    run: async ({ args }) => {
      ran.push(args.join(' '))
      return { exitCode: 0, stdout: '', stderr: '', ...answers.shift() }
    },
    list: async () => [],
  }
  return { nix, ran }
}

describe('withCaches', () => {
  it('has builds look in them, and nothing else', async () => {
    const { nix, ran } = runner()
    const read = withCaches(nix, async () => [CACHE])
    await read.run(realise([DRV]))
    await read.run(requisites([DRV]))
    await read.run(recheck(DRV))
    assert.match(
      ran[0] ?? '',
      /--option extra-substituters https:\/\/cache\.example --option extra-trusted-public-keys main-1:A+=/,
    )
    assert.deepEqual(
      ran.slice(1).filter((line) => line.includes('--option')),
      [],
    )
  })

  it('builds without them where one is why it failed, and not where the build is', async () => {
    const failing = runner({
      exitCode: 1,
      stderr: "error: unable to download 'https://cache.example/nar/x': HTTP error 404",
    })
    assert.equal((await withCaches(failing.nix, async () => [CACHE]).run(realise([DRV]))).exitCode, 0)
    assert.equal(failing.ran.length, 2)
    assert.doesNotMatch(failing.ran[1] ?? '', /--option/)
    const wrong = runner({ exitCode: 1, stderr: 'error: builder failed with exit code 1' })
    assert.equal((await withCaches(wrong.nix, async () => [CACHE]).run(realise([DRV]))).exitCode, 1)
    assert.equal(wrong.ran.length, 1)
  })

  it('is the same where there are none', async () => {
    const { nix, ran } = runner()
    await withCaches(nix, async () => []).run(realise([DRV]))
    assert.doesNotMatch(ran[0] ?? '', /--option/)
  })
})
