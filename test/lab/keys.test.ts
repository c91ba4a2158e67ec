import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { createArchive } from '../../src/nix/archive.js'
import { sshTarget } from '../../src/rehearse/index.js'
import { verbCommand } from '../../src/remote/verbs.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appProject, fields, LAB_ENV, NIXPKGS, type Project } from './project.js'

const NIX = ['--extra-experimental-features', 'nix-command flakes']
const RELEASES = '/var/lib/slipway/services/app/releases'

/** A key for one service can deploy that service, and nothing else whatever it is asked for. */
describe('a key for one service', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let folder: string
  let login: string[]
  const destination = () => `slipway@${host.address}`

  /** Runs something with the key, as whoever has it could. */
  const ssh = (words: string[], input: string | Uint8Array = '') =>
    execa('ssh', [...login, ...words], { input, reject: false, timeout: 20_000 })
  const asks = (command: string, input: string | Uint8Array = '') =>
    ssh([destination(), '--', command], input)
  const verb = (name: string, args: string[], input: string | Uint8Array = '') =>
    asks(verbCommand({ become: ['sudo', '-n'] }, name, args), input)
  const ci = (...words: string[]) => app.slipway(...words, '--config', 'ci.config.ts')
  const journal = () => host.run('journalctl --sync; journalctl -q -o cat --no-pager -t slipway')
  const message = async () => fields((await host.get('app.example.test', '/')).body).message

  /** It fails, and the journal has a new line that says who was refused what; it may come after the answer. */
  const refused = async (
    work: () => Promise<{ exitCode?: number | undefined; stdout: string; stderr: string }>,
    line: RegExp,
  ) => {
    const lines = (await journal()).split('\n').length
    const { exitCode, stdout, stderr } = await work()
    assert.notEqual(exitCode, 0, stdout)
    let found: string[] = []
    for (let tried = 0; tried < 20; tried += 1) {
      found = (await journal()).split('\n').slice(lines)
      const said = found.filter((one) => one.startsWith('key ci of app from 10.') && one.includes('refused'))
      if (said.some((one) => line.test(one))) return
    }
    assert.fail(`${line} is not in the journal:\n${found.join('\n')}\nand it said: ${stderr}`)
  }

  /** An archive with release 1 as release `number`, changed. */
  const forge = async (
    number: number,
    changes: Record<string, string>,
    request = `service app ${number} 1 deploy no\n`,
  ) => {
    const archive = createArchive()
    const nonce = randomBytes(16).toString('hex')
    archive.add('request', request)
    archive.add('settings', 'policy=each\nactivate=60\nconfirm=20\n')
    archive.add('nonce', `${nonce}\n`)
    const names = (await host.run(`cd ${RELEASES}/1 && find . -type f ! -name good -printf '%P\\n'`)).split(
      '\n',
    )
    const files: Record<string, string> = {
      'package-path': `${await host.run(`readlink ${RELEASES}/1/package`)}\n`,
    }
    for (const name of names) {
      files[name] = Buffer.from(await host.run(`base64 -w0 ${RELEASES}/1/${name}`), 'base64').toString()
    }
    for (const [name, text] of Object.entries({ ...files, ...changes })) {
      archive.add(name.startsWith('/') ? name.slice(1) : `releases/app/${number}/${name}`, text)
    }
    return { bytes: await archive.finish(), nonce, files }
  }
  const apply = (id: string, bytes: Uint8Array) =>
    verb('apply', [id, String(bytes.byteLength), 'mallory@box', 'deploy app', '0'], bytes)
  const newId = () => randomBytes(8).toString('hex')

  before(async () => {
    host = await labHost('t-key-host', after)
    app = await appProject(
      host.name,
      after,
      `listen: 'unix', health: { path: '/health' }, routes: ['http://app.example.test']`,
    )
    folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'))
    after(() => rm(folder, { recursive: true, force: true }))
    const at = (name: string) => join(folder, name)
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ci', '-f', at('ci')])
    for (const name of ['signing', 'foreign']) {
      const { stdout } = await execa('nix', ['key', 'generate-secret', ...NIX, '--key-name', `${name}-1`])
      await writeFile(at(name), stdout, { mode: 0o600 })
      const { stdout: half } = await execa('nix', ['key', 'convert-secret-to-public', ...NIX], {
        input: stdout,
      })
      await writeFile(at(`${name}.pub`), `${half}\n`)
    }
    const target = await sshTarget(host.name)
    const known = target.options.find((option) => option.startsWith('UserKnownHostsFile=')) ?? ''
    login = ['-F', 'none', '-i', at('ci'), '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', known]
    await app.write(
      'ci.config.ts',
      `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: { ssh: '${destination()}', options: ${JSON.stringify(login)} } },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { app: service({ package: { file: './default.nix' }, listen: 'unix', health: { path: '/health' }, routes: ['http://app.example.test'] }) },
})
`,
    )
    process.env.SLIPWAY_SIGNING_KEY_FILE = at('signing')
    after(async () => {
      delete process.env.SLIPWAY_SIGNING_KEY_FILE
    })
  })

  it('needs a deploy user, who can do nothing by himself', async () => {
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    const early = await app.slipway('keys', 'add', 'web', join(folder, 'ci.pub'), '--service', 'app')
    assert.match(early.text, /has no deploy user yet/)
    const made = await app.slipway('setup', 'web', '--deploy-user')
    assert.equal(made.code, 0, made.text)
    assert.match(
      (await app.slipway('setup', 'web', '--deploy-user')).text,
      /ready already, nothing was changed/,
    )
    assert.equal(
      await host.run('sudo -l -U slipway | grep -c NOPASSWD; getent shadow slipway | cut -d: -f2'),
      '1\n*',
    )
    assert.match(
      await host.run('sudo -l -U slipway | tail -n 1'),
      /^ *\(root\) NOPASSWD: \/var\/lib\/slipway\/access\/gate$/,
    )
    assert.equal(
      await host.run(
        'su -s /bin/sh slipway -c "touch ~/.ssh/authorized_keys ~/x; sudo -n id" 2>&1 | grep -c -e denied -e required',
      ),
      '3',
    )
  })

  it('is added once, and with nothing else in its file', async () => {
    const add = (file: string, ...more: string[]) =>
      app.slipway('keys', 'add', 'web', join(folder, file), '--service', 'app', ...more)
    const signing = ['--signing-key', join(folder, 'signing.pub')]
    const added = await add('ci.pub', ...signing)
    assert.equal(added.code, 0, added.text)
    assert.match(added.stdout, /the key ci \(SHA256:.*\) may deploy app, at app\.example\.test\/, as slipway/)
    assert.match((await add('ci.pub', ...signing)).stdout, /as before/)
    assert.match(
      (await app.slipway('keys', 'list', 'web')).stdout,
      /app +ci +SHA256:\S+ +app\.example\.test\/ +signing-1/,
    )
    const file = '/var/lib/slipway/access/home/.ssh/authorized_keys'
    assert.match(
      await host.run(`cat ${file}`),
      /^restrict,command="\/var\/lib\/slipway\/access\/gate app ci" ssh-ed25519 \S+ slipway:app\/ci$/,
    )
    assert.equal(await host.run(`stat -c '%U %a' ${file}`), 'root 644')
    const key = await host.run(`cut -d ' ' -f 3-4 ${file}`)
    await writeFile(join(folder, 'two.pub'), `${key}\n${key}\n`)
    await writeFile(join(folder, 'options.pub'), `command="/bin/sh" ${key}\n`)
    for (const bad of ['two.pub', 'options.pub']) assert.equal((await add(bad)).code, 2)
    assert.match((await add('ci.pub', '--name', 'again')).text, /knows that key already, as app\/ci/)
    // The host itself looks as closely.
    const raw = verbCommand({ become: ['sudo'] }, 'keys', ['add', 'app', 'evil'])
    await host.write('/tmp/record', `key=${key}\nkey=ssh-ed25519 AAAA\n`)
    assert.notEqual(await host.run(`${raw} </tmp/record >/dev/null 2>&1; echo $?`), '0')
    await host.write('/tmp/record', `key=${key} x\\nssh-rsa\n`)
    assert.notEqual(await host.run(`${raw} </tmp/record >/dev/null 2>&1; echo $?`), '0')
    assert.equal(await host.run(`wc -l <${file}`), '1')
  })

  it('deploys, deploys again, shows the status and goes back', async () => {
    const first = await ci('deploy')
    assert.equal(first.code, 0, first.text)
    assert.match(first.stdout, /✓ app on web: release 1 serves/)
    await app.write('message', 'two\n')
    const second = await ci('deploy')
    assert.equal(second.code, 0, second.text)
    assert.equal(await message(), 'two')
    assert.match((await ci('status')).stdout, /web +app +2 .* healthy/)
    assert.match((await ci('logs', 'app', '-n', '20', '--since', '10 min ago')).stdout, /starting two/)
    const back = await ci('rollback')
    assert.equal(back.code, 0, back.text)
    assert.equal(await message(), 'one')
  })

  it('is named by what it did', async () => {
    const rows = JSON.parse((await ci('releases', '--json')).stdout)
    assert.match(rows[0].by, /^\S+@\S+ \(key ci\)$/)
    assert.match(await journal(), /^key ci of app from 10\.[\d.]+: apply [0-9a-f]{16} /m)
    assert.match(await host.run('cat /var/lib/slipway/services/app/log'), /\(key ci\)/)
  })

  it('sees nothing of other services, and no part of the host', async () => {
    await host.run(
      'mkdir -p /var/lib/slipway/services/other/releases/1 && printf "port_blue=20000\\nport_green=20001\\n" >/var/lib/slipway/services/other/releases/1/spec',
    )
    const { stdout } = await verb('report', ['plain'])
    const report = JSON.parse(stdout)
    assert.deepEqual(
      report.services.map(({ name }: { name: string }) => name),
      ['app'],
    )
    assert.deepEqual(report.host.key, { service: 'app', name: 'ci' })
    assert.ok(report.ports.includes(20_000) && report.ports.includes(20_001))
  })

  it('opens no shell, no files, no ports, no agent', async () => {
    const nothing = /this key deploys app, and does nothing else/
    await refused(() => ssh([destination()]), /asked: a shell/)
    await refused(() => ssh(['-tt', destination(), 'sh']), nothing)
    await refused(() => asks('id'), nothing)
    await refused(() => ssh(['-A', destination(), 'ssh-add -l']), nothing)
    await refused(
      () => execa('sftp', [...login, '-b', '/dev/null', destination()], { reject: false }),
      nothing,
    )
    for (const legacy of [[], ['-O']]) {
      await refused(
        () => execa('scp', [...login, ...legacy, `${destination()}:/etc/passwd`, folder], { reject: false }),
        nothing,
      )
    }
    const [there, back] = [
      await ssh(['-W', '127.0.0.1:80', destination()], 'GET / HTTP/1.0\r\n\r\n'),
      await ssh(['-N', '-R', '0:127.0.0.1:22', '-o', 'ExitOnForwardFailure=yes', destination()]),
    ]
    assert.match(there.stderr, /administratively prohibited/)
    assert.match(back.stderr, /forwarding failed/)
    assert.match(
      await host.run('journalctl -q -o cat --no-pager -t sshd -t sshd-session'),
      /refused local port forward: .*127\.0\.0\.1/,
    )
  })

  it('runs nothing that was smuggled into words', async () => {
    const hostile = [
      'app; id',
      '$(touch /tmp/pwned)',
      '`id`',
      '../other',
      'other',
      '',
      '-n',
      'app\nid',
      '*',
      'app || id',
      "app'",
    ]
    for (const word of hostile) await refused(() => verb('log', [word]), /refused/)
    const good = verbCommand({ become: ['sudo', '-n'] }, 'log', ['app'])
    for (const end of ['; id', ' && id', ' | sh', ' $(id)', ' "$(id)"', ' >/tmp/pwned', '\nid']) {
      await refused(() => asks(`${good}${end}`), /refused/)
    }
    for (const [name, ...args] of [
      ['exec', 'app', 'pipe', 'id'],
      ['remove', 'app', 'me', 'purge'],
      ['stop', 'app', 'me'],
      ['setup', ''],
      ['keys', 'list'],
      ['run', newId()],
      ['gate', 'other', 'ci', '', 'id'],
      ['report', 'plain', 'x', 'root', 'system', '-'],
      ['logs', 'other', 'once'],
      ['logs', 'app', 'once', '-D', '/etc'],
      ['logs', 'app', 'once', '-u', 'ssh.service'],
      ['drain', 'app', 'blue', '1'],
    ]) {
      await refused(() => verb(name ?? '', args), /refused/)
    }
    assert.equal(await host.run('ls /tmp/pwned 2>/dev/null || echo none'), 'none')
  })

  it('brings nothing that is not signed by a key the host trusts', async () => {
    await app.write('message', 'three\n')
    process.env.SLIPWAY_SIGNING_KEY_FILE = join(folder, 'foreign')
    const lines = (await journal()).split('\n').length
    const foreign = await ci('deploy')
    process.env.SLIPWAY_SIGNING_KEY_FILE = join(folder, 'signing')
    assert.equal(foreign.code, 3, foreign.text)
    assert.match(foreign.stderr, /web takes no packages that are signed with this key/)
    assert.match(
      (await journal()).split('\n').slice(lines).join('\n'),
      /refused: Nix did not take the packages/,
    )
    // What nobody has signed, under the name of its content, Nix itself would take.
    await writeFile(join(folder, 'evil'), '#!/bin/sh\n')
    const env = { ...LAB_ENV, NIX_SSHOPTS: login.join(' ') }
    const { stdout: evil } = await execa('nix-store', ['--add', join(folder, 'evil')], { env })
    await execa('nix', ['copy', ...NIX, '--no-check-sigs', '--to', `ssh://${destination()}`, evil], { env })
    const { bytes } = await forge(3, { 'package-path': `${evil}\n` })
    await refused(() => apply(newId(), bytes), /release\.json does not say what the release is: package/)
    const { files } = await forge(3, {})
    const manifest = JSON.parse(files['release.json'] ?? '')
    const lie = `${JSON.stringify({ ...manifest, package: evil })}\n`
    const honest = await forge(3, { 'package-path': `${evil}\n`, 'release.json': lie })
    await refused(() => apply(newId(), honest.bytes), /is named by its content, which nobody has signed/)
    assert.equal(await message(), 'one')
  })

  it('has nothing built on the host', async () => {
    await writeFile(
      join(folder, 'evil.nix'),
      `derivation { name = "evil-${newId()}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo >$out" ]; }`,
    )
    const env = { ...LAB_ENV, NIX_SSHOPTS: login.join(' ') }
    const { stdout: drv } = await execa('nix-instantiate', [join(folder, 'evil.nix')], { env })
    await execa(
      'nix',
      ['copy', ...NIX, '--no-check-sigs', '--derivation', '--to', `ssh://${destination()}`, drv],
      { env },
    )
    const built = await execa('nix-store', ['--store', `ssh://${destination()}`, '--realise', drv], {
      env,
      reject: false,
    })
    assert.notEqual(built.exitCode, 0, built.stdout)
    const out = (await execa('nix-store', ['--query', '--outputs', drv], { env })).stdout
    assert.equal(await host.run(`ls -d ${out} 2>/dev/null || echo none`), 'none')
  })

  it('brings no release that reaches beyond its service', async () => {
    const { files } = await forge(3, {})
    const attacks: [Record<string, string>, RegExp][] = []
    const lying = (name: string, change: (text: string) => string, line: RegExp) => {
      const text = change(files[name] ?? '')
      assert.notEqual(text, files[name], name)
      const manifest = JSON.parse(files['release.json'] ?? '')
      const [kind = '', ...rest] = name.split('/')
      if (rest.length > 0) manifest[kind][rest.join('/')] = text
      else manifest[kind] = text
      attacks.push([{ [name]: text, 'release.json': `${JSON.stringify(manifest)}\n` }, line])
    }
    const unit = 'units/app@.service'
    lying(
      unit,
      (text) => text.replace('User=app', 'User=root'),
      /its unit app@\.service is not allowed: User=root/,
    )
    lying(
      unit,
      (text) => text.replace('[Service]\n', '[Service]\nExecStartPre=+/bin/sh -c id\n'),
      /ExecStartPre=\+\/bin\/sh/,
    )
    lying(
      'nginx/locations/app.example.test/app.conf',
      (text) => text.replace('{\n', '{\n  alias /etc/shadow;\n'),
      /for nginx is not allowed: {3}alias \/etc\/shadow/,
    )
    lying('spec', (text) => `${text}before=9 no $(touch /tmp/pwned)\n`, /its spec is not allowed: before=/)
    for (const [changes, line] of attacks) {
      await refused(async () => apply(newId(), (await forge(3, changes)).bytes), line)
    }
    await refused(
      async () => apply(newId(), (await forge(3, { '/releases/other/3/spec': 'x\n' })).bytes),
      /none of app's: releases\/other\/3\/spec/,
    )
    await refused(
      async () => apply(newId(), (await forge(3, { '/../../x': 'x\n' })).bytes),
      /leads out of its folder: \.\.\/\.\.\/x/,
    )
    await refused(
      async () => apply(newId(), (await forge(3, {}, 'service other 3 - deploy no\n')).bytes),
      /this key deploys app, and nothing else/,
    )
    const link = createArchive()
    link.add('request', { link: '/etc/shadow' })
    await refused(async () => apply(newId(), await link.finish()), /the archive holds a link|neither|guarded/)
    const tar = async (...words: string[]) => {
      await execa('tar', ['-C', folder, '-cf', join(folder, 'x.tar'), ...words])
      return apply(
        newId(),
        (await execa('cat', [join(folder, 'x.tar')], { encoding: 'buffer', stripFinalNewline: false }))
          .stdout,
      )
    }
    await execa('mkdir', ['-p', join(folder, 'releases/app/3/assets')])
    await execa('mkfifo', [join(folder, 'releases/app/3/assets/disk')])
    await refused(() => tar('releases/app/3/assets/disk'), /neither a file, a folder nor a link/)
    assert.equal(
      await host.run(
        `ls ${RELEASES}; ls -A /var/lib/slipway/incoming; ls /tmp/pwned 2>/dev/null || echo none`,
      ),
      '1\n2\nnone',
    )
    assert.equal(await message(), 'one')
  })

  it('confirms its own activations only, each once, and has no say over locks', async () => {
    const { bytes, nonce } = await forge(3, {})
    const id = newId()
    const applying = apply(id, bytes)
    await host.run(
      `until grep -q waiting /var/lib/slipway/guards/${id}/events 2>/dev/null; do sleep 0.1; done`,
    )
    await refused(() => verb('confirm', [id], `${'0'.repeat(32)}\n`), /refused, or failed/)
    const { exitCode } = await verb('confirm', [id], `${nonce}\n`)
    assert.equal(exitCode, 0)
    await applying
    await verb('follow', [id], 'ack\n')
    await refused(() => verb('confirm', [id], `${nonce}\n`), /refused/)
    await refused(() => apply(id, bytes), /refused/)
    // Somebody else's activation and lock.
    const other = newId()
    await host.run(
      `mkdir /var/lib/slipway/guards/${other} && touch /var/lib/slipway/guards/${other}/settings`,
    )
    for (const [name, ...args] of [
      ['confirm', other],
      ['abort', other, '0', 'x'],
      ['undo', other, 'me', 'x'],
      ['follow', other],
    ]) {
      await refused(() => verb(name ?? '', args), /refused: this key deploys app/)
    }
    await refused(async () => apply(other, (await forge(4, {})).bytes), /refused/)
    const boot = await host.run('cat /proc/sys/kernel/random/boot_id')
    const lock = `id=op-1-1\nwho=ann@desk\nwhat=remove other\nsince=1\nboot=${boot}\nexpires=99999999999\n`
    await host.write('/var/lib/slipway/lock', lock)
    const locked = await ci('rollback')
    assert.equal(locked.code, 4, locked.text)
    await refused(async () => apply('op-1-1', (await forge(4, {})).bytes), /refused/)
    assert.equal(`${await host.run('cat /var/lib/slipway/lock')}\n`, lock)
    await host.run(`rm /var/lib/slipway/lock; rm -r /var/lib/slipway/guards/${other}`)
  })

  it('does not decide which version of slipway it talks to', async () => {
    const command = verbCommand({ become: ['sudo', '-n'] }, 'log', ['app']).replace(
      / slipway-host \w+/,
      ' slipway-host 0123456789abcdef',
    )
    await refused(() => asks(command), /another version than the host's/)
  })

  it('is gone when it is removed', async () => {
    assert.equal((await app.slipway('keys', 'remove', 'web', 'ci', '--service', 'app')).code, 0)
    const { stderr } = await asks('id')
    assert.match(stderr, /Permission denied \(publickey/)
    assert.equal(await host.run('sed -n "s/^extra-trusted-public-keys = //p" /etc/nix/slipway.conf'), '')
  })
})

describe('a default service', () => {
  const after = cleanups()

  it('is exposed 2.0 at most, whichever way it listens', async () => {
    const host = await labHost('t-key-default', after)
    const app = await appProject(host.name, after, `listen: 'port', health: { path: '/health' }`)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    for (const listen of [`'port'`, `'unix'`, `'socket'`]) {
      await app.write(
        'slipway.config.ts',
        (await import('./project.js')).appConfig(host.name, `listen: ${listen}, health: { path: '/health' }`),
      )
      const deployed = await app.slipway('deploy')
      assert.equal(deployed.code, 0, deployed.text)
      const slot = await host.run('basename "$(readlink /var/lib/slipway/services/app/current)"')
      const text = await host.run(`systemd-analyze security --no-pager app@${slot}.service | tail -n 1`)
      const exposure = Number(/: (\d+\.\d+) /.exec(text)?.[1])
      assert.ok(exposure <= 2, text)
    }
  })
})
