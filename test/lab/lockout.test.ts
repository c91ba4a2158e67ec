import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import { appConfig, appProject, type Ended, fields, type Project } from './project.js'
import {
  deployNode,
  deployRs,
  describeBox,
  networkHook,
  systemConfig,
  systemProject,
} from './system-project.js'

/** How a deploy can shut everybody out: states of test/fixtures/system/network.sh. */
const BREAKAGES = {
  'a firewall rule drops ssh': 'ssh-dropped',
  'sshd is stopped': 'sshd-stopped',
  "sshd's config is broken": 'sshd-broken',
  'sshd takes nobody any more': 'sshd-closed',
  'the address is gone': 'address-gone',
  'the route is gone': 'route-gone',
}

const GUARD = `confirm: '6s'`

/** Asserts that a deploy told what happened, what serves now, and what to do. */
function tellsOfRevert({ code, text }: Ended, name: string, serves: RegExp) {
  assert.equal(code, 3, text)
  assert.match(
    text,
    new RegExp(`✗ ${name} on \\w+: .* is not good: nobody confirmed it over a new login within 6 s`),
  )
  assert.match(text, serves)
  assert.match(text, /next: .* shows more; correct it and deploy again/)
  assert.doesNotMatch(text, /defect|undefined/)
}

/** Each way of shutting everybody out, each way of deploying it: the hosts work side by side. */
describe('a deploy that locks everybody out is put back', { concurrency: 3 }, () => {
  const after = cleanups()

  describe('a service whose hook does it', { concurrency: 1 }, () => {
    const OPTIONS = `listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test']`
    let host: LabHost
    let app: Project
    let hook: (state: string) => string
    const configure = (message: string, state: string) =>
      app.write(
        'slipway.config.ts',
        appConfig(
          host.name,
          `${OPTIONS}, env: { MESSAGE: '${message}' }, unit: { ${hook(state)} }`,
          `guard: { ${GUARD} },`,
        ),
      )

    before(async () => {
      host = await labHost('t-g-service', after)
      hook = await networkHook(host)
      app = await appProject(host.name, after, OPTIONS)
      assert.equal((await app.slipway('setup', 'web')).code, 0)
      await configure('good', 'good')
      const ended = await app.slipway('deploy')
      assert.equal(ended.code, 0, ended.text)
    })

    for (const [what, state] of Object.entries(BREAKAGES)) {
      it(what, async () => {
        await configure(state, state)
        tellsOfRevert(await app.slipway('deploy'), 'app', /^ {2}Release 1 serves, as before\.$/m)
        // What it did is undone when it has ended, a moment after the old one serves again.
        await host.reachable()
        assert.equal(fields((await host.get('app.example.test', '/')).body).message, 'good')
        await nothingLeft(host)
      })
    }
  })

  const systems: Record<
    string,
    (boxes: Project, host: LabHost) => Promise<(state: string) => Promise<Ended>>
  > = {
    'a system': async (boxes, host) => {
      await boxes.write('slipway.config.ts', systemConfig(host.name, GUARD))
      return async (state) => {
        await describeBox(boxes, { version: state, state })
        return boxes.slipway('deploy')
      }
    },
    'a deploy-rs profile': async (boxes, host) => async (state) => {
      const node = await deployNode(host, { system: { version: state, state } }, { confirmTimeout: 6 })
      await boxes.write('nodes.json', JSON.stringify({ box: node }))
      return boxes.slipway(...deployRs('.#box'))
    },
  }
  for (const [index, [kind, prepare]] of Object.entries(systems).entries()) {
    describe(kind, { concurrency: 1 }, () => {
      const name = index === 0 ? 'box' : 'box-system'
      let host: LabHost
      let deploy: (state: string) => Promise<Ended>

      before(async () => {
        host = await labHost(`t-g-system-${index}`, after)
        deploy = await prepare(await systemProject(after), host)
        const ended = await deploy('good')
        assert.equal(ended.code, 0, ended.text)
      })

      for (const [what, state] of Object.entries(BREAKAGES)) {
        it(what, async () => {
          tellsOfRevert(await deploy(state), name, /^ {2}Generation 1 is active, as before\.$/m)
          assert.equal((await host.get('any.example.test', '/system')).body, 'good\n')
          assert.match(
            await host.run('readlink /run/current-system; readlink /boot-default'),
            /-box-good\n.*-box-good$/,
          )
          await nothingLeft(host)
        })
      }
    })
  }
})
