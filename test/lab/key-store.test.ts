import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import type { Params, Result } from '../../src/contract/verbs.js'
import type { Login } from '../../src/remote/login.js'
import { cleanups } from './cleanups.js'
import { forgedCache, textPath } from './forged-paths.js'
import { type LabHost, labHost } from './host.js'
import {
  forge,
  freshShare,
  hostBuilds,
  isWrittenDown,
  type KeyHost,
  keyHost,
  NIX,
  NIX_CONF,
  newId,
  refuses,
} from './key-host.js'
import { fields, LAB_ENV } from './project.js'

const UNIT = 'slipway-realise-app:ci:0.service'
/** Processes of the users that Nix builds as. */
const BUILDERS = 'pgrep -G nixbld | wc -l'

/** Nothing comes into a host's store through a key that somebody would have to vouch for. */
describe('the store of a host that keys deploy to', () => {
  const after = cleanups()
  let host: LabHost
  let key: KeyHost
  const at = (name: string) => join(key.folder, name)
  const message = async (domain = 'app.example.test') => fields((await host.get(domain, '/')).body).message
  const isThere = async (path: string) =>
    (await host.run(`nix-store --check-validity ${path} 2>/dev/null && echo yes || echo no`)) === 'yes'
  const nix = (program: string, args: string[]) =>
    execa(program, args, { env: { ...LAB_ENV, NIX_SSHOPTS: key.options().join(' ') }, reject: false })
  /** As whoever has the key could. */
  const copies = (paths: string[], from?: string, ...more: string[]) =>
    nix('nix', [
      ...['copy', ...NIX, '--no-check-sigs', ...more],
      ...(from === undefined ? [] : ['--from', from]),
      ...['--to', `ssh://${key.destination}`, ...paths],
    ])
  /** A derivation, of the fixture's builder where it names none, and what it makes. */
  const derived = async (name: string, attributes: string, builder = `${key.app.folder}/tools/builder`) => {
    const text = `derivation { name = "${name}"; system = builtins.currentSystem; builder = ${builder}; ${attributes} }`
    const { stdout: drv, stderr } = await nix('nix-instantiate', ['--expr', text])
    assert.match(drv, /\.drv$/, stderr)
    return { drv, out: (await nix('nix-store', ['--query', '--outputs', drv])).stdout }
  }
  const asks = (agent: Login['agent'], out: string, drv: string | null, mayWork = true) =>
    agent.call('realise', {
      service: 'app',
      package: out,
      derivation: drv,
      mayWork,
    } satisfies Params<'realise'>)
  /** Has the host build, to the end. */
  const built = async (agent: Login['agent'], { drv, out }: { drv: string; out: string }) => {
    const found = await asks(agent, out, drv)
    if (found.state !== 'working') return { found, told: '' }
    let told = ''
    for await (const chunk of agent.download(found.stream)) told += chunk
    return { found: await asks(agent, out, drv, false), told }
  }

  before(async () => {
    host = await labHost('t-store-key', after)
    key = await keyHost(host, after)
    const { app, folder } = key
    for (const words of [
      ['setup', 'web', '--deploy-user'],
      ['deploy', 'other'],
      ['keys', 'add', 'web', join(folder, 'ci.pub'), '--service', 'app'],
    ]) {
      const ended = await app.slipway(...words)
      assert.equal(ended.code, 0, ended.text)
    }
  })

  it('audit 3: gets the package of a key by building it, and tells of that as of a build here', async () => {
    await key.app.write('message', 'first\n')
    const began = performance.now()
    const first = await key.ci('deploy')
    console.log(`# a deploy that the host builds: ${Math.round(performance.now() - began)} ms`)
    assert.equal(first.code, 0, first.text)
    assert.match(first.text, /web: fetches or builds the package of app by itself\n(.*\n)*building app/)
    assert.equal(await message(), 'first')
    const path = await host.run('readlink /var/lib/slipway/services/app/releases/1/package')
    assert.equal(
      await host.run(`nix-store --query --deriver ${path} | xargs nix-store --query --outputs`),
      path,
    )
    // It built it, and nobody has signed it.
    assert.match(
      await host.run(
        `nix path-info ${NIX.join(' ').replace('nix-command flakes', 'nix-command')} --sigs ${path}`,
      ),
      /ultimate/,
    )
  })

  it('audit 3: takes no path that a key of its own has signed, nor what the next package of another service would be', async () => {
    await key.app.write('message', 'next\n')
    const { stdout: next } = await nix('nix-build', [key.app.folder, '--no-out-link'])
    assert.match(next, /-app$/)
    assert.equal(await isThere(next), false)
    await mkdir(at('evil/bin'), { recursive: true })
    await writeFile(at('evil/bin/app'), '#!/bin/sh\nexec env\n', { mode: 0o755 })
    const invented = `/nix/store/${'b'.repeat(32)}-site`
    const cache = await forgedCache(at('cache'), [
      { path: next, content: at('evil') },
      { path: invented, content: at('evil') },
    ])
    const { stdout: secret } = await nix('nix', ['key', 'generate-secret', ...NIX, '--key-name', 'mine-1'])
    await writeFile(at('mine'), secret)
    await nix('nix', ['store', 'sign', ...NIX, '--store', cache, '--key-file', at('mine'), next, invented])
    assert.match(await readFile(join(at('cache'), `${'b'.repeat(32)}.narinfo`), 'utf8'), /^Sig: mine-1:/m)
    for (const path of [next, invented]) {
      const copied = await copies([path], cache)
      assert.notEqual(copied.exitCode, 0, path)
      assert.match(copied.stderr, /lacks a (valid )?signature/)
      assert.equal(await isThere(path), false, path)
    }
    await isWrittenDown(key, /refused: Nix did not take the packages/)
    // An honest one that nobody has signed neither.
    assert.notEqual((await copies([next])).exitCode, 0)
    assert.equal(await isThere(next), false)
    const deployed = await key.app.slipway('deploy', 'other')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(await message('other.example.test'), 'next')
  })

  it('audit 3: takes no derivation that claims what another makes', async () => {
    await freshShare(key)
    const theirs = await derived('theirs', 'do = "text"; text = "theirs";')
    const mine = await derived('mine', 'do = "text"; text = "mine";')
    const honest = await readFile(mine.drv, 'utf8')
    const claims: [string, string][] = [
      ['its output', honest.replaceAll(mine.out, theirs.out)],
      [
        'a fixed output',
        honest
          .replaceAll(mine.out, theirs.out)
          .replace(/^(Derive\(\[\("out","[^"]*"),"",""/, `$1,"sha256","${'0'.repeat(64)}"`),
      ],
    ]
    // What it refers to, the host has.
    assert.equal((await copies([mine.drv], undefined, '--derivation')).exitCode, 0)
    for (const [what, text] of claims) {
      await writeFile(at('forged.drv'), text)
      const { path, ca } = await textPath(at('forged.drv'), 'mine.drv')
      const cache = await forgedCache(at(`claims-${newId()}`), [
        { path, content: at('forged.drv'), more: [`CA: ${ca}`] },
      ])
      const copied = await copies([path], cache, '--derivation')
      assert.notEqual(copied.exitCode, 0, what)
      assert.match(copied.stderr, /incorrect output|has incorrect|differs|should be/, what)
      assert.equal(await isThere(path), false, what)
    }
    await key.withKey(async (agent) => {
      await refuses(asks(agent, theirs.out, mine.drv), /is not what \S+-mine\.drv makes/)
      const { state } = await asks(agent, theirs.out, theirs.drv)
      assert.equal(state, 'needs')
    })
  })

  it('audit 3: lets a key have what is named by its content, under no name but that', async () => {
    const { stdout: evil } = await nix('nix-store', ['--add', at('evil')])
    assert.equal((await copies([evil])).exitCode, 0)
    const forged = await forge(key)
    const request = () => forged.request(2, { manifest: { package: evil } })
    await key.withKey(async (agent) => {
      await refuses(agent.call('apply', request()), /is none that this host has got for this key/)
      assert.deepEqual(await asks(agent, evil, null), { state: 'there' })
      // The package of another service is in the store too, and is that one's.
      const theirs = await host.run('readlink /var/lib/slipway/services/other/current/release/package')
      const found = await asks(agent, theirs, null)
      assert.deepEqual(found, { state: 'needs', paths: [theirs], outputs: [] })
      await refuses(agent.call('apply', forged.request(2, { manifest: { package: theirs } })), /is none that/)
    })
  })

  it('audit 3: builds what a key sends where it reaches nothing', async () => {
    await host.run(`printf 'key' >/var/lib/slipway/secret-file`)
    const addresses = [
      ...['tcp=127.0.0.1:22', `tcp=${host.address}:22`, 'tcp=169.254.169.254:80'],
      ...[
        'unix=/nix/var/nix/daemon-socket/socket',
        'unix=/run/slipway/agent.sock',
        'unix=/run/dbus/system_bus_socket',
      ],
    ].join(' ')
    const paths =
      '/etc/shadow /etc/nix/nix.conf /root /var/lib/slipway /var/lib/slipway/secret-file /run/slipway /nix/var/nix /nix/store /home /sys'
    const looks = await derived('looks', `do = "look"; paths = "${paths}"; addresses = "${addresses}";`)
    await copies([looks.drv], undefined, '--derivation')
    await key.withKey(async (agent) => {
      const { found, told } = await built(agent, looks)
      assert.deepEqual(found, { state: 'there' }, told)
    })
    // Its own store, in which it makes what it makes.
    assert.equal(await host.run(`cat ${looks.out}`), 'read /nix/store\nwrite /nix/store\nend')
    assert.equal(await host.run('ls -d /nix/store/planted 2>/dev/null || echo none'), 'none')
    // What is fetched by its hash would have a network: it is sent, not built.
    const fetches = await derived(
      'fetches',
      `do = "look"; paths = ""; addresses = "${addresses}"; outputHash = "${'0'.repeat(64)}"; outputHashAlgo = "sha256";`,
    )
    await copies([fetches.drv], undefined, '--derivation')
    await key.withKey(async (agent) => {
      const found = await asks(agent, fetches.out, fetches.drv)
      assert.deepEqual(found, { state: 'needs', paths: [], outputs: [fetches.drv] })
    })
  })

  it('audit 3: builds nothing outside of the sandbox, whatever the derivation and the host say', async () => {
    await hostBuilds(host, NIX_CONF.replace('sandbox = true', 'sandbox = relaxed'))
    const outside = await derived(
      'outside',
      'do = "look"; paths = "/root"; addresses = ""; __noChroot = true;',
    )
    // Nix's own program, which is no process of the sandbox's.
    const fetchers = await Promise.all(
      ['file:///etc/passwd', 'http://127.0.0.1:80/', `http://${host.address}/`].map((url, at) =>
        derived(`fetcher-${at}`, `url = "${url}"; salt = "${newId()}";`, '"builtin:fetchurl"'),
      ),
    )
    const drvs = [outside, ...fetchers].map(({ drv }) => drv)
    assert.equal((await copies(drvs, undefined, '--derivation')).exitCode, 0)
    await key.withKey(async (agent) => {
      const { found, told } = await built(agent, outside)
      assert.deepEqual(found, { state: 'missing' })
      assert.match(told, /has '__noChroot' set, but that's not allowed/)
    })
    await hostBuilds(host, NIX_CONF)
    await key.withKey(async (agent) => {
      for (const fetcher of fetchers)
        assert.deepEqual((await built(agent, fetcher)).found, { state: 'missing' })
    })
  })

  it('audit 3: is sent what has a content that is known, since its builds fetch nothing', async () => {
    const text = 'fetched from far away'
    const hash = (await import('node:crypto')).createHash('sha256').update(text).digest('hex')
    await key.app.write(
      'default.nix',
      (await readFile(join(key.app.folder, 'default.nix'), 'utf8')).replace(
        'server =',
        `fetched = derivation { name = "fetched"; system = builtins.currentSystem; builder = ./tools/builder; do = "text"; text = "${text}"; outputHash = "${hash}"; outputHashAlgo = "sha256"; };\n  server =`,
      ),
    )
    await key.app.write('message', 'second\n')
    const deployed = await key.ci('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(await message(), 'second')
  })

  it('audit 3: bounds a build, and ends it with the login and with the key', async () => {
    await freshShare(key)
    const waits = await derived('waits', `do = "wait"; salt = "${newId()}";`)
    const forks = await derived('forks', `do = "fork"; salt = "${newId()}";`)
    const spews = await derived('spews', `do = "spew"; salt = "${newId()}";`)
    await copies([waits.drv, forks.drv, spews.drv], undefined, '--derivation')
    const begin = async (agent: Login['agent'], { drv, out }: { drv: string; out: string }) => {
      const found = await asks(agent, out, drv)
      assert.equal(found.state, 'working')
      await host.run(`until [ "$(${BUILDERS})" -gt 0 ]; do sleep 0.1; done`)
      return (found as Extract<Result<'realise'>, { state: 'working' }>).stream
    }
    const isOver = () =>
      host.run(
        `for n in $(seq 100); do [ "$(${BUILDERS})" = 0 ] && [ "$(systemctl is-active ${UNIT})" = inactive ] && exit 0; sleep 0.1; done; exit 1`,
      )
    const login = await key.login()
    await begin(login.agent, waits)
    await refuses(asks(login.agent, waits.out, waits.drv), /being got for this key already/)
    const limits = await host.run(
      `systemctl show -P RuntimeMaxUSec -P TasksMax -P MemoryMax -P PrivateNetwork -P BindsTo ${UNIT}`,
    )
    console.log(
      `# bounds of a build: ${limits.replaceAll('\n', ', ')} (memory and tasks are asserted, not seen enforced)`,
    )
    assert.match(limits, /^1h\n\d+\n1024\nyes\nslipway-agent\.service$/)
    login.close()
    await isOver()
    const again = await key.login('ci')
    await begin(again.agent, forks)
    await host.run('sleep 3')
    const many = Number(await host.run(`ps -L -o pid= -G nixbld | wc -l`))
    console.log(`# a build that forks came to ${many} tasks`)
    assert.ok(many > 100 && many <= 1024, String(many))
    const removed = await key.app.slipway('keys', 'remove', 'web', 'ci', '--service', 'app')
    assert.equal(removed.code, 0, removed.text)
    await isOver()
    again.close()
    await key.app.slipway('keys', 'add', 'web', at('ci.pub'), '--service', 'app')
    await key.withKey(async (agent) => {
      const { found, told } = await built(agent, spews)
      assert.deepEqual(found, { state: 'missing' })
      // Nix colours the number.
      assert.match(told.slice(-2000), /killed after writing more than \S*16777216\S* bytes of log output/)
    })
    await isOver()
  })

  it('audit 3: has nothing built for a key but that way', async () => {
    for (const attributes of [
      '',
      'preferLocalBuild = true;',
      `outputHash = "${'1'.repeat(64)}"; outputHashAlgo = "sha256";`,
    ]) {
      const { drv, out } = await derived('evil', `do = "text"; text = "${newId()}"; ${attributes}`)
      assert.equal((await copies([drv], undefined, '--derivation')).exitCode, 0)
      const realise = ['--store', `ssh://${key.destination}`, '--realise', drv]
      assert.notEqual((await nix('nix-store', realise)).exitCode, 0, attributes)
      assert.equal(await isThere(out), false)
    }
  })

  it('audit 3: builds nothing for a key without a sandbox, or as root; a cache that it trusts helps', async () => {
    await key.app.write('message', 'third\n')
    const { stdout: path } = await nix('nix-build', [key.app.folder, '--no-out-link'])
    const { stdout: drv } = await nix('nix-instantiate', [key.app.folder])
    for (const [conf, line] of [
      [NIX_CONF.replace('sandbox = true', 'sandbox = false'), /without a sandbox[\s\S]*`sandbox = true`/],
      [NIX_CONF.replace('= nixbld', '='), /builds as root[\s\S]*`build-users-group = nixbld`/],
    ] as const) {
      await hostBuilds(host, conf)
      const deployed = await key.ci('deploy')
      assert.equal(deployed.code, 3, deployed.text)
      assert.match(deployed.text, line)
    }
    const { stdout: secret } = await nix('nix', ['key', 'generate-secret', ...NIX, '--key-name', 'cache-1'])
    await writeFile(at('cache-key'), secret)
    const { stdout: half } = await execa('nix', ['key', 'convert-secret-to-public', ...NIX], {
      input: secret,
    })
    await nix('nix', [
      'copy',
      ...NIX,
      '--to',
      `file://${at('trusted')}?secret-key=${at('cache-key')}&compression=none`,
      path,
    ])
    const { stdout: packed } = await execa('tar', ['-c', '-C', at('trusted'), '.'], { encoding: 'buffer' })
    await host.write('/tmp/trusted.tar', packed)
    await host.run('mkdir -p /srv/trusted && tar -x -f /tmp/trusted.tar -C /srv/trusted --no-same-owner')
    await host.run(`nix-store --delete ${drv} 2>/dev/null || true`)
    await hostBuilds(
      host,
      NIX_CONF.replace('sandbox = true', 'sandbox = false').replace(
        'substituters =',
        `substituters = file:///srv/trusted\nextra-trusted-public-keys = ${half}`,
      ),
    )
    const deployed = await key.ci('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(await message(), 'third')
    assert.equal(await isThere(drv), false)
  })

  it('audit 3: takes nothing where Nix is set to trust the deploy user, and says what to change', async () => {
    const { drv } = await derived('more', `do = "text"; text = "${newId()}";`)
    for (const [more, line] of [
      [
        'trusted-users = root slipway',
        /trusts the deploy user slipway with everything: `trusted-users` has slipway/,
      ],
      ['trusted-users = root @nix-users', /`trusted-users` has @nix-users/],
      ['trusted-users = *', /`trusted-users` has \*/],
      ['require-sigs = false', /takes any package from anybody here: `require-sigs` is false/],
    ] as const) {
      await freshShare(key)
      await hostBuilds(host, `${NIX_CONF}${more}\n`)
      const copied = await copies([drv], undefined, '--derivation')
      assert.notEqual(copied.exitCode, 0, more)
      assert.match(copied.stderr, line)
      await isWrittenDown(key, line)
      const added = await key.app.slipway('keys', 'add', 'web', at('two.pub'), '--service', 'app')
      assert.notEqual(added.code, 0)
      assert.match(added.text, line)
    }
    assert.equal(await isThere(drv), false)
    await hostBuilds(host, NIX_CONF)
  })

  it('takes out the trust that an older slipway put in signing keys, and leaves the rest of nix.conf as it was', async () => {
    const line = '!include /etc/nix/slipway.conf'
    await host.write('/etc/nix/real.conf', `${NIX_CONF}${line}\naccess-tokens = x\n`)
    await host.write(
      '/etc/nix/slipway.conf',
      '# Written by `slipway keys`.\nextra-trusted-public-keys = ci-1:AAAA\n',
    )
    await host.run(
      'chmod 640 /etc/nix/real.conf && chgrp nix-users /etc/nix/real.conf && ln -sf real.conf /etc/nix/nix.conf',
    )
    const added = await key.app.slipway('keys', 'add', 'web', at('two.pub'), '--service', 'app')
    assert.equal(added.code, 0, added.text)
    assert.match(added.text, /web: take out the trust in keys that sign packages/)
    assert.equal(
      await host.run(
        `stat -c '%N %a %G' -- /etc/nix/nix.conf; stat -Lc '%a %G' /etc/nix/nix.conf; ls /etc/nix/slipway.conf 2>/dev/null || echo none`,
      ),
      "'/etc/nix/nix.conf' -> 'real.conf' 777 root\n640 nix-users\nnone",
    )
    assert.equal(await host.run('cat /etc/nix/nix.conf'), `${NIX_CONF}access-tokens = x`)
    assert.ok(!/ci-1/.test(await host.run('nix show-config 2>/dev/null')))
  })
})
