import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { execa } from 'execa'
import { generateKey } from '../../src/secrets/age.js'
import { cleanups } from './cleanups.js'
import { letGoOn, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { type Ended, LAB_ENV, NIXPKGS, type Project, project } from './project.js'
import { sampled, search, startSampling, tellNeedles } from './secrets-search.js'

const STORE = '/var/lib/slipway/secrets'

/** No other text has these in it. */
const unique = (name: string) => `${name}-${randomBytes(12).toString('hex')}`

const HOOK = `printf '%s|' "$DATABASE_URL" "$(cat "$CREDENTIALS_DIRECTORY/TLS_KEY")" | sha256sum >"$STATE_DIRECTORY/`

describe('secrets', () => {
  const after = cleanups()
  const values = {
    database: unique('database'),
    key: `-----BEGIN KEY-----\n${unique('key')}\n  "$HOME" \\ 'é'\n-----END KEY-----\n`,
    token: unique('token'),
    ci: unique('ci'),
    command: unique('command'),
    second: unique('second'),
    third: unique('third'),
    fourth: unique('fourth'),
  }
  const needles = Object.values(values).map((value) => value.split('\n')[1] ?? value)
  let host: LabHost
  let app: Project
  let recipient: string
  /** All that the deployer has printed. */
  let printed = ''

  const noted = (ended: Ended) => {
    printed += `${ended.text}\n${ended.stdout}`
    return ended
  }
  const slipway = async (...words: string[]) => noted(await app.slipway(...words))
  const works = async (...words: string[]) => {
    const ended = await slipway(...words)
    assert.equal(ended.code, 0, ended.text)
    return ended
  }
  const set = async (input: string, ...words: string[]) => {
    const { exitCode, all } = await execa('node', [app.program, 'secrets', 'set', ...words], {
      cwd: app.folder,
      env: LAB_ENV,
      input,
      all: true,
      reject: false,
    })
    printed += all
    assert.equal(exitCode, 0, all)
  }
  const configure = (secrets: string, options = '') =>
    app.write(
      'slipway.config.ts',
      `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host.name}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  secrets: { recipients: { ann: '${recipient}' } },
  services: {
    app: service({
      package: { file: './default.nix' }, listen: 'port', health: { path: '/health' }, keep: 2,
      routes: ['http://app.example.test'], state: true,
      processes: { worker: { run: 'app worker' } },
      secrets: ${secrets}, ${options}
    }),
    other: service({ package: { file: './default.nix' }, listen: 'port', health: { path: '/health' } }),
  },
})
`,
    )
  const SECRETS = `{
        DATABASE_URL: {}, TLS_KEY: { as: 'file' }, TOKEN: { from: 'host' },
        FROM_CI: { from: { env: 'TEST_CI_VALUE' } }, PRINTED: { from: { command: 'cat .printed' } },
      }`
  const HOOKS = `before: ['/bin/sh', '-c', ${JSON.stringify(`${HOOK}before"`)}],
      after: ['/bin/sh', '-c', ${JSON.stringify(`${HOOK}after"`)}],
      timers: { once: { run: ['/bin/sh', '-c', ${JSON.stringify(`${HOOK}timer"`)}], calendar: '2030-01-01' } },`

  /** A variable of a unit's process, as the process has it. */
  const variable = (unit: string, name: string) =>
    host.run(
      `tr '\\0' '\\n' </proc/$(systemctl show -p MainPID --value ${unit})/environ | sed -n 's/^${name}=//p'`,
    )
  const slot = () =>
    host.run('basename $(readlink /var/lib/slipway/services/app/current)').then((s) => s.trim())
  const current = async () => `app@${await slot()}.service`
  const invocation = (unit: string) => host.run(`systemctl show -p InvocationID --value ${unit}`)

  before(async () => {
    host = await labHost('t-sec-a', after)
    app = await project('test/fixtures/app', after)
    const pair = await generateKey()
    recipient = pair.recipient
    process.env.SLIPWAY_AGE_KEY = pair.identity
    process.env.TEST_CI_VALUE = values.ci
    await app.write('.gitignore', '.printed\n')
    await app.write('.printed', `${values.command}\n`)
    await configure(SECRETS, HOOKS)
    await app.commit()
    await works('setup', 'web')
  })

  it('can be found, wherever they leak', async () => {
    const leaked = unique('leaked')
    await tellNeedles(host, [leaked])
    await host.write('/var/tmp/leak', leaked)
    await host.run(`value=$(cat /var/tmp/leak)
systemd-run --quiet --unit=leak -p Environment=LEAK="$value" sh -c 'logger "$LEAK"; exec sleep 1000' "$value"
systemd-run --quiet --unit=leak-argv sh -c 'while sleep 1000; do :; done' "$value"
sleep 1`)
    const found = await search(host)
    for (const what of ['/var/tmp/leak', 'cmdline of root', 'environ of root', 'journal', 'systemctl show']) {
      assert.ok(found.includes(what), `${what}: ${found.join(', ')}`)
    }
    await host.run('systemctl stop leak leak-argv; rm /var/tmp/leak')
    await tellNeedles(host, needles)
  })

  it('says all that is missing, before anything is built or touched', async () => {
    process.env.TEST_CI_VALUE = ' '
    const refused = await slipway('deploy')
    process.env.TEST_CI_VALUE = values.ci
    assert.equal(refused.code, 2, refused.text)
    assert.match(refused.stderr, /app: DATABASE_URL is not in secrets\.age\n/)
    assert.match(refused.stderr, /app: TLS_KEY is not in secrets\.age\n/)
    assert.match(refused.stderr, /app: FROM_CI is blank\n/)
    assert.doesNotMatch(refused.text, /building/)
    assert.equal(await host.run('ls /var/lib/slipway/services'), '')
  })

  it('says which secret the host lacks, before anything is touched', async () => {
    await set(`${values.database}\n`, 'DATABASE_URL')
    await set(values.key, 'TLS_KEY', '--service', 'app')
    const planned = await slipway('plan')
    assert.match(planned.stdout, /not ready: the secret TOKEN of app is not there/)
    const refused = await slipway('deploy', 'app')
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /slipway secrets set TOKEN --host web --service app/)
    assert.equal(await host.run('ls /var/lib/slipway/services'), '')
  })

  it('brings them to the program, its worker, hooks and timers, and to nobody else', async () => {
    await set(values.token, 'TOKEN', '--host', 'web', '--service', 'app')
    await startSampling(host)
    await works('plan', '--json')
    const deployed = await works('deploy')
    assert.match(deployed.stderr, /secrets DATABASE_URL, FROM_CI, PRINTED, TLS_KEY, TOKEN/)
    for (const unit of ['app@blue.service', 'app-worker.service']) {
      assert.equal(await variable(unit, 'DATABASE_URL'), values.database)
      assert.equal(await variable(unit, 'TOKEN'), values.token)
      assert.equal(await variable(unit, 'FROM_CI'), values.ci)
      assert.equal(await variable(unit, 'PRINTED'), values.command)
      assert.equal(await variable(unit, 'TLS_KEY'), '')
      assert.equal(`${await host.run(`cat /run/credentials/${unit}/TLS_KEY; echo .`)}\n`, `${values.key}.\n`)
    }
    await host.run('systemctl start app-once.service')
    const [first, ...others] = (await host.run('cd /var/lib/app; cat before after timer')).split('\n')
    assert.deepEqual(others, [first, first])
    const sum = await execa('sha256sum', { input: `${values.database}|${values.key.trimEnd()}|` })
    assert.equal(first, sum.stdout)
    assert.deepEqual(await sampled(host), ['environ of app', 'round'])
  })

  it('gives them to what runs as the service', async () => {
    const ran = await app.slipway('exec', 'app', '--', 'sh', '-c', 'printf %s "$DATABASE_URL" | sha256sum')
    const sum = await execa('sha256sum', { input: values.database })
    assert.equal(ran.stdout, sum.stdout, ran.text)
  })

  it('leaves the values nowhere else on the host, nor in what the deployer printed', async () => {
    await works('status', '--json')
    await works('releases')
    await works('logs', 'app')
    await works('doctor', '--json')
    await works('secrets', 'list', '--hosts')
    const found = await search(host)
    const handed = (unit: string) =>
      ['DATABASE_URL', 'FROM_CI', 'PRINTED', 'TLS_KEY', 'TOKEN'].map(
        (name) => `/run/credentials/${unit}/${name}`,
      )
    assert.deepEqual(found, [
      ...handed('app-worker.service'),
      ...handed('app@blue.service'),
      'environ of app',
    ])
    for (const needle of needles) assert.ok(!printed.includes(needle), 'a value was printed')
    const file = await readFile(join(app.folder, 'secrets.age'), 'utf8')
    assert.match(file, /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
  })

  it('are in nothing that a failed deploy leaves or tells', async () => {
    await configure(SECRETS, `env: { MODE: 'exit' }`)
    const failed = await slipway('deploy')
    assert.equal(failed.code, 3)
    assert.match(failed.stdout, /cannot start: the database is missing/)
    assert.deepEqual(
      (await search(host)).filter((what) => !what.startsWith('/run/credentials/')),
      ['environ of app'],
    )
    for (const needle of needles) assert.ok(!failed.text.includes(needle), 'a value was printed')
    await configure(SECRETS, HOOKS)
  })

  it("keeps them root's alone", async () => {
    const modes = await host.run(`find ${STORE} -printf '%U:%G %m %y\\n' | sort -u`)
    assert.equal(modes, '0:0 600 f\n0:0 700 d\n0:0 777 l')
  })

  it('redeploys a changed secret alone, and restarts nothing else', async () => {
    const [before_, other] = [await slot(), await invocation('other@blue.service')]
    await set(values.second, 'DATABASE_URL')
    const planned = await works('plan')
    assert.match(planned.stdout, /~ app: changed, release 1 → 3.*\n +secret DATABASE_URL changed\n/)
    assert.match(planned.stdout, /= other: unchanged/)
    assert.doesNotMatch(planned.stdout, /units/)
    const json = JSON.parse((await works('plan', '--json')).stdout)
    assert.deepEqual(json.hosts[0].services[0].changes, [
      { what: 'secrets', added: [], removed: [], changed: ['DATABASE_URL'] },
    ])
    await works('deploy')
    assert.notEqual(await slot(), before_)
    assert.equal(await variable(await current(), 'DATABASE_URL'), values.second)
    assert.equal(await variable('app-worker.service', 'DATABASE_URL'), values.second)
    assert.equal(await invocation('other@blue.service'), other)
    assert.match((await works('deploy')).stdout, /= app on web: unchanged/)
  })

  it('rolls back to the value of then, and says so', async () => {
    const rolled = await works('rollback', 'app')
    assert.match(rolled.stdout, /note: the secret DATABASE_URL has changed since release 1/)
    assert.doesNotMatch(rolled.stdout, /TOKEN|TLS_KEY/)
    assert.equal(await variable(await current(), 'DATABASE_URL'), values.database)
    await works('deploy')
    assert.equal(await variable(await current(), 'DATABASE_URL'), values.second)
  })

  it('brings a changed secret of the host with the next deploy', async () => {
    await set(values.third, 'TOKEN', '--host', 'web', '--service', 'app')
    assert.equal(await variable(await current(), 'TOKEN'), values.token)
    assert.match((await works('plan')).stdout, /secret TOKEN changed/)
    await works('deploy')
    assert.equal(await variable(await current(), 'TOKEN'), values.third)
  })

  it('takes versions away with the last release that refers to them', async () => {
    const count = (name: string) => host.run(`ls ${STORE}/app/${name} | grep -vc kept`)
    assert.equal(await host.run('ls /var/lib/slipway/services/app/releases'), '4\n5')
    assert.deepEqual([await count('DATABASE_URL'), await count('TOKEN')], ['1', '2'])
  })

  it('leaves what served, and nothing readable or half, when power fails while a secret is stored', async () => {
    await set(values.fourth, 'DATABASE_URL')
    await stopAt(host, 'store-secret')
    const deploying = app.start('deploy')
    await untilStopped(host)
    await host.powerOff()
    await host.boot()
    await host.reachable()
    const { all } = await deploying
    assert.match(
      all,
      /^error: the connection to web was lost before all had arrived\nNothing was changed there\./m,
    )
    noted({ code: 0, stdout: '', stderr: '', text: all })
    await nothingLeft(host)
    assert.deepEqual(
      (await search(host)).filter(
        (what) => !what.startsWith('/run/credentials/') && what !== 'environ of app',
      ),
      [],
    )
    const unit = await current()
    await host.run(
      `for i in $(seq 100); do systemctl is-active -q ${unit} && exit 0; sleep 0.1; done; exit 1`,
    )
    assert.equal(await variable(unit, 'DATABASE_URL'), values.second)
    assert.equal(await host.run(`find ${STORE} ! -user root -o -perm /077 ! -type l`), '')
    await letGoOn(host, 'store-secret')
    await works('deploy', '--wait')
    assert.equal(await variable(await current(), 'DATABASE_URL'), values.fourth)
    assert.equal(await host.run(`find ${STORE} -name '.new-*'`), '')
  })

  it('still hands them out after a reboot', async () => {
    await host.powerOff()
    await host.boot()
    await host.reachable()
    const unit = await current()
    await host.run(
      `for i in $(seq 100); do systemctl is-active -q ${unit} && exit 0; sleep 0.1; done; exit 1`,
    )
    assert.equal(await variable(unit, 'DATABASE_URL'), values.fourth)
    assert.equal(await host.run(`cat /run/credentials/${unit}/TLS_KEY; echo .`), `${values.key}.`)
  })

  it("keeps them unencrypted, root's alone, where systemd can't encrypt", async () => {
    await host.run('mv /usr/bin/systemd-creds /usr/bin/systemd-creds.away')
    await tellNeedles(host, needles)
    assert.match((await works('deploy')).stdout, /= app on web: unchanged/)
    await set(values.database, 'DATABASE_URL')
    await works('deploy')
    assert.equal(await variable(await current(), 'DATABASE_URL'), values.database)
    const stored = (await search(host)).filter((what) => what.startsWith(STORE))
    assert.equal(stored.length, 1)
    assert.match(stored[0] ?? '', /^\/var\/lib\/slipway\/secrets\/app\/DATABASE_URL\/[0-9a-f]{32}$/)
    assert.equal(await host.run(`find ${STORE} ! -user root -o -perm /077 ! -type l`), '')
  })

  it('goes with the service, but for what the host alone has', async () => {
    await works('remove', 'app', '--yes')
    assert.equal(await host.run(`ls ${STORE}/app`), 'TOKEN')
    await works('secrets', 'unset', 'TOKEN', '--host', 'web', '--service', 'app')
    assert.equal(await host.run(`ls ${STORE}/app`), '')
    for (const needle of needles) assert.ok(!printed.includes(needle), 'a value was printed')
  })
})
