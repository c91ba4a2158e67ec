import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { cleanups } from './cleanups.js'
import { addDeployer, type LabHost, labHost } from './host.js'
import { BIG_PACKAGE, fields, NIXPKGS, type Project, project } from './project.js'

/** Every way a host can't be worked on: a clear message each, and nothing changed. */
describe('connections', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let folder: string
  let key: string
  let known: string

  /** A config whose host is reached by ssh with these options, as any server is. */
  const configure = (destination: string, options: string[]) =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: { ssh: '${destination}', options: ${JSON.stringify(options.includes('-F') ? options : ['-F', 'none', ...options])} } },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { app: service({ package: { file: './default.nix' }, listen: 'port', routes: ['http://app.example.test'] }) },
})
`,
    )
  const fails = async (code: number, ...expected: RegExp[]) => {
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, code, ended.text)
    for (const pattern of expected) assert.match(ended.stderr, pattern)
    assert.match(ended.stderr, /Nothing was changed/)
  }

  before(async () => {
    host = await labHost('t-connection', after)
    app = await project('test/fixtures/app', after)
    folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'))
    after(() => rm(folder, { recursive: true, force: true }))
    const target = await sshTarget(host.name)
    key = target.options[target.options.indexOf('-i') + 1] ?? ''
    known = join(folder, 'known_hosts')
    const scanned = await host.run('cat /etc/ssh/ssh_host_ed25519_key.pub')
    await writeFile(known, `${host.address} ${scanned}\n`)
  })

  const trusting = () => ['-i', key, '-o', `UserKnownHostsFile=${known}`]

  it('no such host', async () => {
    await configure('root@no-such-host.invalid', [])
    await fails(3, /there is no host web/, /Check the name in `hosts` of the config/)
  })

  it('ssh refused', async () => {
    await configure(`root@${host.address}`, [...trusting(), '-p', '2'])
    await fails(3, /web refuses ssh connections/)
  })

  it('wrong key', async () => {
    const wrong = join(folder, 'wrong')
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', wrong])
    await configure(`root@${host.address}`, [
      '-i',
      wrong,
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      `UserKnownHostsFile=${known}`,
    ])
    await fails(3, /web accepts none of your keys/)
  })

  it('unknown host key', async () => {
    await configure(`root@${host.address}`, ['-i', key, '-o', 'UserKnownHostsFile=/dev/null'])
    await fails(3, /the host key of web is not known/, new RegExp(`ssh root@${host.address}`))
  })

  it('changed host key', async () => {
    const changed = join(folder, 'changed')
    const other = await readFile(`${join(folder, 'wrong')}.pub`, 'utf8')
    await writeFile(changed, `${host.address} ${other}`)
    await chmod(changed, 0o600)
    await configure(`root@${host.address}`, ['-i', key, '-o', `UserKnownHostsFile=${changed}`])
    await fails(3, /web shows another host key than the one known/)
  })

  it('a user without sudo, then with it', async () => {
    await addDeployer(host)
    await configure(`deployer@${host.address}`, trusting())
    await fails(3, /the login deployer@.* may not become root on web/, /NOPASSWD/)
    await host.run('echo "deployer ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/slipway')
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'one')
    assert.equal((await app.slipway('exec', 'app', '--', 'id', '-un')).stdout, 'app')
  })

  it('a slipway that is killed leaves no login behind', async () => {
    const logins = async () =>
      (await execa('pgrep', ['-f', `^ssh .* -M .*@${host.address}`], { reject: false })).stdout
    const running = app.start('exec', 'app', '--', 'sleep', '600')
    while ((await logins()) === '') await sleep(50)
    running.kill('SIGKILL')
    await running
    for (let tried = 0; tried < 100 && (await logins()) !== ''; tried += 1) await sleep(50)
    assert.equal(await logins(), '')
  })

  it('one host that is away does not keep the others from their deploy', async () => {
    await app.write('message', 'two\n')
    await app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: 'rehearse:${host.name}', away: 'root@no-such-host.invalid' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { app: service({ package: { file: './default.nix' }, hosts: ['away', 'web'], listen: 'port', routes: ['http://app.example.test'] }) },
})
`,
    )
    const ended = await app.slipway('deploy')
    assert.equal(ended.code, 3, ended.text)
    assert.match(ended.stdout, /✓ app on web: release 2 serves/)
    assert.match(ended.stderr, /there is no host away/)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'two')
    const json = JSON.parse((await app.slipway('deploy', '--json')).stdout)
    assert.deepEqual(json.failures, [{ host: 'away', error: 'there is no host away' }])
    assert.equal(json.outcomes[0].result, 'unchanged')
    assert.equal((await app.slipway('deploy', '--host', 'web')).code, 0)
  })

  it("ssh's settings for people at a terminal stand in nobody's way", async () => {
    const config = join(folder, 'ssh-config')
    const settings = ['RemoteCommand tmux new -A -s main', 'RequestTTY force', 'ExitOnForwardFailure yes']
    const lines = ['Host *', ...settings, 'LocalForward 127.0.0.1:18999 127.0.0.1:80']
    await writeFile(config, `${lines.join('\n  ')}\n`)
    await configure(`root@${host.address}`, ['-F', config, ...trusting()])
    await app.write('message', 'settings\n')
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'settings')
    assert.equal((await app.slipway('exec', 'app', '--', 'id', '-un')).stdout, 'app')
  })

  it('a login shell that prints is passed over by all but a copy of Nix, and then is told', async () => {
    await configure(`root@${host.address}`, trusting())
    await host.run("sed -i '1i echo welcome; echo there >&2' /root/.bashrc")
    for (const words of [['status'], ['setup', 'web'], ['deploy']]) {
      assert.equal((await app.slipway(...words)).code, 0, words.join(' '))
    }
    const message = async () => fields((await host.get('app.example.test', '/')).body).message
    await app.write('message', 'welcome\n')
    assert.equal((await app.slipway('deploy')).code, 0)
    assert.equal(await message(), 'welcome')
    // What is more than the agent takes in one piece goes by Nix.
    await app.write('big.nix', BIG_PACKAGE)
    const config = await readFile(join(app.folder, 'slipway.config.ts'), 'utf8')
    await app.write('slipway.config.ts', config.replace('./default.nix', './big.nix'))
    const refused = await app.slipway('deploy')
    assert.equal(refused.code, 3, refused.text)
    assert.match(refused.stderr, /the login's shell there prints text of its own/)
    assert.equal(await message(), 'welcome')
    await host.run("sed -i '1d' /root/.bashrc")
    assert.equal((await app.slipway('deploy')).code, 0)
  })

  it('more keys than the server lets try: what helps is said', async () => {
    const others: string[] = []
    for (let index = 0; index < 8; index += 1) {
      const file = join(folder, `other-${index}`)
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
      others.push('-i', file)
    }
    await configure(`root@${host.address}`, [...others, ...trusting(), '-o', 'IdentitiesOnly=yes'])
    await fails(3, /web ended the login before the right key's turn/, /IdentitiesOnly/)
  })
})
