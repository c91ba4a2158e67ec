import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { cleanups } from './cleanups.js'
import { addDeployer, type LabHost, labHost } from './host.js'
import { appProject, fields, LAB_ENV, NIXPKGS, type Project } from './project.js'

const PASSWORD = 'correct horse battery'
const QUESTION = /sudo password of deployer@[\d.]+: /g

/** A config that deploys as a user who is not root. */
async function configAsUser({ name, address }: LabHost, become = ''): Promise<string> {
  const { options } = await sshTarget(name)
  return `import { defineConfig, service } from 'slipway'
export default defineConfig({
  hosts: { web: { ssh: 'deployer@${address}', ${become} options: ${JSON.stringify(options)} } },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: { app: service({ package: { file: './default.nix' }, listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test'] }) },
})
`
}

describe('sudo with a password', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  /** slipway on a terminal; each question of its gets the next answer. */
  const onTerminal = async (answers: string[], ...words: string[]) => {
    const line = ['node', app.program, ...words].join(' ')
    const running = execa('script', ['-qefc', line, '/dev/null'], {
      cwd: app.folder,
      env: LAB_ENV,
      reject: false,
      all: true,
    })
    let seen = ''
    let asked = 0
    running.stdout.on('data', (chunk) => {
      seen += chunk
      const questions = seen.match(QUESTION)?.length ?? 0
      for (; asked < questions; asked += 1) running.stdin.write(`${answers[asked] ?? ''}\r`)
    })
    const { exitCode } = await running
    return { code: exitCode, text: seen, asked }
  }

  before(async () => {
    host = await labHost('t-key-sudo', after)
    app = await appProject(host.name, after, `listen: 'port'`)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    await addDeployer(host)
    await host.run(
      `echo 'deployer:${PASSWORD}' | chpasswd && echo 'deployer ALL=(ALL) ALL' >/etc/sudoers.d/deployer`,
    )
    await app.write('slipway.config.ts', await configAsUser(host))
  })

  it('says so where there is no terminal to ask on', async () => {
    const { code, stderr } = await app.slipway('deploy')
    assert.equal(code, 3)
    assert.match(stderr, /may not become root on web/)
    assert.match(stderr, /Run it on a terminal/)
  })

  it('asks once, and deploys: builds, copies, confirms', async () => {
    const { code, text, asked } = await onTerminal([PASSWORD], 'deploy')
    assert.equal(code, 0, text)
    assert.equal(asked, 1, text)
    assert.match(text, /✓ app on web: release 1 serves/)
    assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'one')
  })

  it('brings the agent, too', async () => {
    await host.run('systemctl stop slipway-agent && rm -r /var/lib/slipway/agent')
    const { code, text, asked } = await onTerminal([PASSWORD], 'setup', 'web')
    assert.deepEqual([code, asked], [0, 1], text)
    assert.match(text, /web: install the agent/)
  })

  it('asks again after a wrong one, and gives up after three', async () => {
    await app.write('message', 'two\n')
    const second = await onTerminal(['wrong', PASSWORD], 'deploy')
    assert.deepEqual([second.code, second.asked], [0, 2], second.text)
    const third = await onTerminal(['wrong', 'wrong', 'wrong'], 'status')
    assert.deepEqual([third.code, third.asked], [3, 3], third.text)
    assert.match(third.text, /sudo on web does not take that password/)
  })

  it('leaves the password nowhere', async () => {
    assert.equal(
      await host.run(
        `{ journalctl -q --no-pager; cat /var/log/*.log 2>/dev/null; grep -rl '${PASSWORD}' /var/lib/slipway /run/slipway* /home /tmp 2>/dev/null; } | grep -c '${PASSWORD}' || true`,
      ),
      '0',
    )
  })
})

/** Lets the user do with run0 what sudo's NOPASSWD would; see polkit(8). */
const POLKIT_RULE = `polkit.addRule(function (action, subject) {
  if (action.id == 'org.freedesktop.systemd1.manage-units' && subject.user == 'deployer') return polkit.Result.YES
})
`

describe('run0', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  before(async () => {
    host = await labHost('t-key-run0', after, { image: 'bare', toolchain: true })
    app = await appProject(host.name, after, `listen: 'port'`)
    await host.run(
      'apt-get install --yes polkitd libpam-systemd && SUDO_FORCE_REMOVE=yes apt-get purge --yes sudo',
    )
    await addDeployer(host)
    await app.write('slipway.config.ts', await configAsUser(host, `become: 'run0 --no-ask-password',`))
  })

  it('says so where polkit does not let the user', async () => {
    const { code, stderr } = await app.slipway('setup', 'web')
    assert.equal(code, 3)
    assert.match(stderr, /may not become root on web/)
  })

  it('sets up a host without sudo, deploys and rolls back', async () => {
    await host.write('/etc/polkit-1/rules.d/50-deployer.rules', POLKIT_RULE)
    await host.run('systemctl restart polkit')
    const setup = await app.slipway('setup', 'web')
    assert.equal(setup.code, 0, setup.text)
    const message = async () => fields((await host.get('app.example.test', '/')).body).message
    const first = await app.slipway('deploy')
    assert.equal(first.code, 0, first.text)
    assert.equal(await message(), 'one')
    await app.write('message', 'two\n')
    const second = await app.slipway('deploy')
    assert.equal(second.code, 0, second.text)
    assert.equal(await message(), 'two')
    const back = await app.slipway('rollback', 'app')
    assert.equal(back.code, 0, back.text)
    assert.equal(await message(), 'one')
  })
})
