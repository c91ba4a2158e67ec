import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appProject, LAB_ENV, NIXPKGS, type Project } from './project.js'

describe('a cache of one’s own', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let url: string
  let key: string

  const config = (
    message: string,
    more = '',
    services = '',
  ) => `import { cache, defineConfig, service, site } from 'slipway'
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  caches: { main: cache({ route: '${url}' })${more} },
  services: {
    app: service({ package: { file: './default.nix' }, listen: 'unix', routes: ['http://app.example.test'], env: { ROUND: '${message}' } })${services},
  },
})
`
  const slipway = async (...words: string[]) => {
    const ended = await app.slipway(...words)
    assert.equal(ended.code, 0, ended.text)
    return ended
  }
  const packageOf = async () => host.run('readlink -f /var/lib/slipway/services/app/current/release/package')
  /** What a client of this machine's Nix, with a store of its own, takes from a cache. */
  const fetched = async (path: string, trusted: string, from = url) => {
    const store = await mkdtemp(join(tmpdir(), 'slipway-client-'))
    after(() => rm(store, { recursive: true, force: true }).catch(() => undefined))
    const features = ['--extra-experimental-features', 'nix-command']
    const ended = await execa(
      'nix',
      [
        ...['copy', ...features, '--from', from, '--to', `local?root=${store}`],
        ...['--option', 'trusted-public-keys', trusted],
        path,
      ],
      { reject: false, env: { ...LAB_ENV, XDG_CACHE_HOME: join(store, 'cache') } },
    )
    return { ...ended, store }
  }

  before(async () => {
    host = await labHost('t-cache', after)
    url = `http://${host.address}/cache`
    app = await appProject(host.name, after, `listen: 'unix'`)
    await app.write('slipway.config.ts', config('1'))
    await slipway('setup', 'web')
  })

  it('is made by a deploy, which fills it and learns its key', async () => {
    const ended = await slipway('deploy')
    assert.match(ended.stderr, /^main: took \d+ paths, /m)
    const lock = JSON.parse(await readFile(join(app.folder, 'slipway.lock'), 'utf8'))
    key = lock.caches[url]
    assert.match(key, new RegExp(`^${host.address.replaceAll('.', '\\.')}-1:`))
    assert.match(
      await host.run(
        'stat -c %a:%U /var/lib/slipway/caches/main/key /var/lib/slipway/caches/main/key/secret',
      ),
      /^700:root\n600:root$/,
    )
  })

  it('serves what Nix asks for, with the right types and lifetimes', async () => {
    const info = await host.get(host.address, '/cache/nix-cache-info')
    assert.equal(info.body, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n')
    assert.equal(info.headers.get('content-type'), 'text/x-nix-cache-info')
    const hash = (await packageOf()).slice('/nix/store/'.length).slice(0, 32)
    const narinfo = await host.get(host.address, `/cache/${hash}.narinfo`)
    assert.equal(narinfo.headers.get('content-type'), 'text/x-nix-narinfo')
    assert.equal(narinfo.headers.get('cache-control'), 'public, max-age=60')
    assert.match(narinfo.body, /^Compression: zstd$/m)
    const archive = /^URL: (.*)$/m.exec(narinfo.body)?.[1] ?? assert.fail(narinfo.body)
    const nar = await host.get(host.address, `/cache/${archive}`)
    assert.equal(nar.headers.get('content-type'), 'application/x-nix-nar')
    assert.equal(nar.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(nar.headers.get('accept-ranges'), 'bytes')
    assert.equal(nar.headers.get('content-encoding'), null)
    const listing = await host.get(host.address, `/cache/${hash}.ls`)
    assert.equal(listing.headers.get('content-type'), 'application/json')
    const missing = await host.get(host.address, '/cache/00000000000000000000000000000000.narinfo')
    assert.equal(missing.status, 404)
    for (const hidden of ['/cache/../key/secret', '/cache/%2e%2e/key/secret', '/cache../key/secret'])
      assert.notEqual((await host.get(host.address, hidden)).status, 200, hidden)
  })

  it('is read by the Nix of this machine, and by that of the host, by its key alone', async () => {
    const path = await packageOf()
    const good = await fetched(path, key)
    assert.equal(good.exitCode, 0, good.stderr)
    const other = await fetched(path, 'other-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')
    assert.notEqual(other.exitCode, 0)
    await host.run(
      `XDG_CACHE_HOME=/tmp/c nix --extra-experimental-features nix-command copy --from ${url} --to 'local?root=/tmp/client' --option trusted-public-keys '${key}' ${path}`,
    )
  })

  it('gets only what is new, and all of it by `slipway cache push`', async () => {
    const again = await slipway('deploy')
    assert.doesNotMatch(again.stderr, /^main: took/m)
    await app.write('message', 'two\n')
    const built = await slipway('build')
    assert.match(built.stderr, /^main: took 1 path, /m)
    const path = built.stdout.trim()
    const pushed = await slipway('cache', 'push', 'main', path)
    assert.match(pushed.stdout, /^main: has had it all$/)
    const good = await fetched(path, key)
    assert.equal(good.exitCode, 0, good.stderr)
  })

  it('and others get the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-other-'))
    after(() => rm(folder, { recursive: true, force: true }))
    const [secret, open] = [join(folder, 'secret'), join(folder, 'public')]
    await execa('nix-store', ['--generate-binary-cache-key', 'other-1', secret, open])
    const store = `file://${folder}/store`
    await app.write('slipway.config.ts', config('1', `, other: '${store}?secret-key=${secret}'`))
    await app.write('message', 'three\n')
    const built = await slipway('build')
    assert.match(built.stderr, /^other: has it all$/m)
    const taken = await fetched(built.stdout.trim(), await readFile(open, 'utf8'), store)
    assert.equal(taken.exitCode, 0, taken.stderr)
  })

  describe('is used', () => {
    let path: string
    const blob = `, blob: site({ package: { file: './blob.nix' }, routes: ['http://blob.example.test'] })`
    /** Has the host forget the package that it took for the cache. */
    const forget = () => host.run(`nix-store --delete ${path}`)

    before(async () => {
      await writeFile(join(app.folder, 'blob'), randomBytes(3 * 1024 * 1024))
      await app.write(
        'blob.nix',
        `{ pkgs ? import <nixpkgs> { } }: pkgs.runCommand "blob" { } "mkdir $out && cp \${./blob} $out/index.html"`,
      )
      await app.commit()
      await app.write('slipway.config.ts', config('2', '', blob))
      path = (await slipway('build', 'blob')).stdout.trim()
    })

    it('by builds here: what it has is not built again', async () => {
      await execa('nix-store', ['--delete', path])
      const built = await slipway('build', 'blob')
      assert.doesNotMatch(built.stderr, /^building blob/m)
      assert.equal(built.stdout.trim(), path)
    })

    it('only by the key that is trusted: else what it has is told of, and sent from here', async () => {
      await forget()
      const lock = await readFile(join(app.folder, 'slipway.lock'), 'utf8')
      await app.write('slipway.lock', lock.replace(key, key.replace(/:./, ':Z')))
      const planned = await slipway('plan', 'blob')
      assert.match(planned.stdout, /^ {2}packages: 3\.0 MiB from here$/m)
      assert.match(planned.stdout, /the cache main: 1 path of it could not be used: signed by others/)
      await app.write('slipway.lock', lock)
    })

    it('by hosts, which fetch what it has; a plan says so before', async () => {
      const planned = await slipway('plan', 'blob')
      assert.match(planned.stdout, /^ {2}packages: 3\.0 MiB from main$/m)
      const deployed = await slipway('deploy', 'blob')
      assert.match(deployed.stderr, /^web: fetched 3\.0 MiB from main$/m)
      assert.equal((await host.get('blob.example.test', '/')).status, 200)
    })
  })

  it('one that is dead is told of, and fails nothing unless it is required', async () => {
    await app.write(
      'slipway.config.ts',
      config('2', `, dead: 'ssh-ng://127.0.0.2?compress=false', gone: 'http://127.0.0.1:9'`),
    )
    await slipway('cache', 'trust', 'gone', key)
    const told = await slipway('deploy')
    assert.match(told.stderr, /^the cache gone is not asked: it does not answer$/m)
    assert.match(told.stderr, /warning: the cache dead was not filled: /)
    const required = await app.slipway('deploy', '--require-cache')
    assert.equal(required.code, 3, required.text)
  })

  it('its key is trusted as it was, and another only when somebody says so', async () => {
    await app.write('slipway.config.ts', config('2'))
    const lock = join(app.folder, 'slipway.lock')
    await app.write('slipway.lock', (await readFile(lock, 'utf8')).replace(key, key.replace(/:./, ':Z')))
    const ended = await slipway('deploy')
    assert.match(ended.text, /the cache main has another key than slipway.lock trusts/)
    await slipway('cache', 'trust', 'main')
    assert.equal(JSON.parse(await readFile(lock, 'utf8')).caches[url], key)
  })
})
