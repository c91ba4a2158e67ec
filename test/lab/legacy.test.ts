import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appProject, fields, LAB_ENV, type Project } from './project.js'

/** What slipway 0.1 had on a host after the first deploy of the test service; its package is called `@package@`. */
const FIXTURE = new URL('../fixtures/host-0.1.tar.gz', import.meta.url)
const RELEASE = '/var/lib/slipway/services/app/releases/1'
const OPTIONS = `listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test']`

describe('a host of slipway 0.1', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const message = async () => fields((await host.get('app.example.test', '/')).body).message

  /** Asks all the time while something is done; gives the statuses. */
  const asked = async (work: () => Promise<void>) => {
    const statuses = new Set<number>()
    let over = false
    const asking = (async () => {
      while (!over) statuses.add((await host.get('app.example.test', '/')).status)
    })()
    await work().finally(() => {
      over = true
    })
    await asking
    return [...statuses]
  }

  before(async () => {
    host = await labHost('t-legacy', after)
    app = await appProject(host.name, after, OPTIONS)
    const built = await app.slipway('build', '--json')
    assert.equal(built.code, 0, built.text)
    const [path = ''] = /\/nix\/store\/[^"]+-app\b/.exec(built.stdout) ?? []
    const { options, destination } = await sshTarget(host.name)
    const env = { ...LAB_ENV, NIX_SSHOPTS: options.join(' ') }
    const features = ['--extra-experimental-features', 'nix-command flakes']
    await execa('nix', ['copy', ...features, '--no-check-sigs', '--to', `ssh://${destination}`, path], {
      env,
    })
    await host.write('/run/fixture.tar.gz', await readFile(FIXTURE))
    await host.run(`set -e
      tar -x -z -C / -f /run/fixture.tar.gz
      sed -i 's,/nix/store/@package@,${path},g' ${RELEASE}/release.json ${RELEASE}/runtime ${RELEASE}/closure
      nix-store --realise ${path} --add-root ${RELEASE}/package --indirect
      echo 'u app - "slipway service app" - -' | systemd-sysusers -
      systemctl daemon-reload
      systemctl start app@blue.service
      systemctl reload nginx.service
      timeout 20 sh -c 'until curl -s -H Host:app.example.test http://127.0.0.1/ | grep -q message=; do sleep 0.1; done'`)
    assert.equal(await message(), 'one')
  })

  it('takes no deploy, and doctor says what it has', async () => {
    const refused = await app.slipway('deploy')
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /web is not ready.*next: slipway setup web/s)
    const doctor = await app.slipway('doctor')
    assert.match(doctor.stdout, /✗ agent: the shell program of slipway 0\.1\n +fix: slipway setup web/)
  })

  it('is not touched while an activation of 0.1 has not ended', async () => {
    const guard = '/var/lib/slipway/guards/00000000000000ff'
    await host.run(`mkdir -p ${guard} && echo 'deploy app' >${guard}/what && touch ${guard}/request`)
    const refused = await app.slipway('setup', 'web')
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /web has an activation of slipway 0\.1 that has not ended\n +deploy app/)
    assert.match(refused.stderr, /next: Wait until it has ended/)
    assert.equal(await host.run('ls /var/lib/slipway/agent 2>/dev/null || true'), '')
    await host.run(`touch ${guard}/ended`)
  })

  it('is moved over while its services serve', async () => {
    const statuses = await asked(async () => {
      const setup = await app.slipway('setup', 'web')
      assert.equal(setup.code, 0, setup.text)
      assert.match(setup.stderr, /web: install the agent\nweb: remove the shell program of slipway 0\.1/)
    })
    assert.deepEqual(statuses, [200])
    assert.equal(
      await host.run(
        'ls -d /var/lib/slipway/{host,lock,.lock,.nginx,guards/*} /etc/systemd/system/slipway-recover.service 2>/dev/null || true',
      ),
      '',
    )
    assert.equal((await app.slipway('setup', 'web')).stdout, 'web: ready already, nothing was changed')
    assert.equal((await app.slipway('doctor')).code, 0)
  })

  it('takes deploys, and goes back to the release of 0.1', async () => {
    await app.write('message', 'two\n')
    const statuses = await asked(async () => {
      const deployed = await app.slipway('deploy')
      assert.equal(deployed.code, 0, deployed.text)
      assert.equal(await message(), 'two')
      const back = await app.slipway('rollback', 'app')
      assert.equal(back.code, 0, back.text)
    })
    assert.deepEqual([statuses, await message()], [[200], 'one'])
  })
})
