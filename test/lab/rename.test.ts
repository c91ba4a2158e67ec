import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { CRASHES, FAULTS, isIn, namedSteps, partOf, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { fields, NIXPKGS, type Project, project } from './project.js'

const HOST = 't-rename'
const NAMES = ['one', 'two']
/** Into how many parts all faults fall. */
const PARTS = 3

/** A service with all that a name is in: state, a worker, a timer, a secret. */
function config(name: string): string {
  return `import { defineConfig, service } from 'slipway'
export default defineConfig({
  project: 'me/renamed',
  hosts: { web: 'rehearse:${HOST}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  guard: { confirm: '8s' },
  services: {
    ${name}: service({
      package: { file: './default.nix' }, listen: 'port', state: true, health: { path: '/health' },
      routes: ['http://app.example.test'], secrets: { TOKEN: { from: { command: ['echo', 's3cret'] } } },
      processes: { worker: { run: 'app worker' } }, timers: { nightly: { run: 'app worker', calendar: '*-*-* 03:00' } },
    }),
  },
})
`
}

describe('a rename that is hurt at a step', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let serving = 'one'
  let counted = 0

  const other = () => NAMES.find((name) => name !== serving) ?? ''
  const count = async () => Number(fields((await host.get('app.example.test', '/')).body).state)
  /** What there is of a name on the host: nothing where it is not the service's. */
  const traces = (name: string) =>
    host.run(
      `ls -d /var/lib/slipway/services/${name} /var/lib/slipway/secrets/${name} /var/lib/${name} /etc/systemd/system/${name}[@-]* 2>/dev/null; getent passwd ${name}; getent group ${name}; true`,
    )
  const decided = () =>
    host.run(
      `for i in $(seq 600); do
         if systemctl is-active -q slipway-agent && [ -z "$(ls /run/slipway/draining 2>/dev/null)" ] &&
            ! ls /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE -- '-(prepared|armed|active|reverting)$' &&
            ! { [ -e /var/lib/slipway/services/one/current ] && [ -e /var/lib/slipway/services/two/current ]; }; then exit 0; fi
         sleep 0.1
       done; ls -R /var/lib/slipway/guards /var/lib/slipway/services/*/ >&2; exit 1`,
    )

  before(async () => {
    host = await labHost(HOST, after)
    app = await project('test/fixtures/app', after)
    await app.write('slipway.config.ts', config(serving))
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    const deployed = await app.slipway('deploy')
    assert.equal(deployed.code, 0, deployed.text)
    counted = await count()
  })

  it('leaves the service under one name, whole', async (t) => {
    await host.run(`mkdir -p ${FAULTS}`)
    const traced = await app.slipway('rename', serving, other())
    assert.equal(traced.code, 0, traced.text)
    serving = other()
    await decided()
    const steps = [...new Set((await host.run(`cat ${FAULTS}/steps; rm -r ${FAULTS}`)).split('\n'))]
    const own = steps.filter((step) => /^(rename-|switch|jobs|routes|verify|finish)/.test(step))
    assert.deepEqual(
      (await namedSteps('rename-')).filter((step) => !own.includes(step)),
      [],
      'steps that no test takes',
    )
    const part = partOf(PARTS)
    for (const [index, step] of own.entries()) {
      for (const [at, [kind, hurt]] of Object.entries(CRASHES).entries()) {
        if (!isIn(part, index + at)) continue
        await t.test(`${kind} at ${step}`, async () => {
          const [from, to] = [serving, other()]
          await stopAt(host, step)
          const renaming = app.start('rename', from, to, '--wait')
          // One that is confirmed ends here, and goes on there.
          const failed = renaming.then(({ exitCode, all }) => {
            if (exitCode !== 0) assert.fail(`it failed before ${step}:\n${all}`)
            return untilStopped(host)
          })
          await Promise.race([untilStopped(host), failed])
          failed.catch(() => undefined)
          await hurt(host, step)
          await decided()
          const { all } = await renaming
          const names = await host.run(
            'cd /var/lib/slipway/services; for n in *; do [ -e $n/current ] && echo $n; done',
          )
          assert.ok(NAMES.includes(names), `${names}\n${all}`)
          serving = names
          const answered = await count()
          assert.ok(answered > counted, `${answered} after ${counted}: the state is the same\n${all}`)
          counted = answered
          const gone = await traces(other())
          assert.equal(gone, '', `${kind} at ${step}: ${all}`)
          assert.equal(
            await host.run(
              `systemctl is-active ${names}-worker.service ${names}-nightly.timer; stat -c %F:%U /var/lib/${names}; systemctl list-units --no-legend --state=active '${names}@*.service' | wc -l`,
            ),
            `active\nactive\ndirectory:${names}\n1`,
          )
          await host.run(`rm -rf ${FAULTS}`)
        })
      }
    }
    await app.write('slipway.config.ts', config(serving))
    const planned = await app.slipway('plan')
    assert.match(planned.text, /unchanged/, planned.text)
  })
})
