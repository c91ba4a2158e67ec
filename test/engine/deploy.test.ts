import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolveConfig } from '../../src/config/resolve.js'
import type { Config } from '../../src/config/resolved.js'
import type { CertificateReport } from '../../src/contract/report.js'
import { type DeployOptions, deploy, type RolloutOptions } from '../../src/engine/deploy.js'
import { dryActivate } from '../../src/engine/dry-activate.js'
import { plan } from '../../src/engine/plan.js'
import { SlipwayError } from '../../src/errors.js'
import { service, system } from '../../src/index.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'
import { testEngine } from './engine.js'
import { begin, type FakeHost, fakeHost, revert } from './fake-host.js'

const OPTIONS: DeployOptions & RolloutOptions = {
  ...{ names: [], hosts: [], where: 'local', overrides: {}, mode: 'switch', hashes: 'placeholders' },
  ...{ wait: false, allOrNothing: false, takeOver: false },
}

describe('deploy', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  const path = process.env.PATH
  before(() => {
    folder = temporaryFolder()
    const unique = `${process.pid}-${Date.now()}`
    folder.write({
      'flake.nix': `{ outputs = _: {
        packages.${SYSTEM} = {
          default = ${derivation('slipway-deploy', `: ${unique}; echo > $out`)};
          slow = ${derivation('slipway-slow', `: ${unique}; PATH=/bin:/usr/bin; sleep 300; echo > $out`)};
          broken = ${derivation('slipway-broken', `: ${unique}; echo no such header; exit 1`)};
        };
        checks.${SYSTEM}.tests = ${derivation('slipway-deploy-tests', `: ${unique}; echo tests ran; exit 1`)};
      }; }`,
      // Everything is built here; only copying needs a host.
      'bin/nix': `#!/bin/sh
case $1 in
  copy) echo "$*" >>"$COPIES"; exit 0 ;;
esac
PATH=\${PATH#*:} exec nix "$@"
`,
    })
    chmodSync(join(folder.path, 'bin/nix'), 0o755)
    process.env.PATH = `${join(folder.path, 'bin')}${delimiter}${path}`
    process.env.COPIES = join(folder.path, 'copies')
  })
  after(() => {
    process.env.PATH = path
    folder.remove()
  })

  function configOf(package_ = '.', hosts = ['a', 'b']): Config {
    const input = {
      hosts: Object.fromEntries(hosts.map((name) => [name, `root@${name}`])),
      services: { web: service({ package: package_, run: '/bin/true', hosts }) },
    }
    return resolveConfig(input, { file: 'slipway.config.ts', root: folder.path })
  }

  async function deployed(hosts: FakeHost[], options: Partial<typeof OPTIONS> = {}, config = configOf()) {
    const engine = testEngine(...hosts)
    const result = await deploy(engine, config, { ...OPTIONS, ...options })
    for (const host of hosts) assert.equal(host.open(), 0, 'a login stayed open')
    return {
      ...result,
      engine,
      results: result.outcomes.map(({ host, result }) => [host, result]),
      failed: result.failures.map(({ host, error }) => [host, error.message]),
    }
  }

  it('logs in, builds, plans, copies, activates and confirms', async () => {
    const hosts = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
    const { results, failed, engine, selection } = await deployed(hosts)
    assert.deepEqual(failed, [])
    assert.deepEqual(results, [
      ['a', 'deployed'],
      ['b', 'deployed'],
    ])
    assert.deepEqual(
      selection.services.map(({ name }) => name),
      ['web'],
    )
    const verbs = hosts.map((host) => host.verbs())
    for (const made of verbs) {
      assert.deepEqual(made, [
        'main-1 report',
        // It does not say, so Nix copies.
        'main-1 lacking',
        'main-1 apply',
        'fresh-1 reach',
        'fresh-1 confirm',
        'main-1 acknowledge',
      ])
    }
    const planned = engine.events.find(({ type }) => type === 'planned')
    assert.ok(planned?.type === 'planned')
    assert.deepEqual(
      planned.plans.map(({ host, services }) => [host, services.map(({ status }) => status)]),
      [
        ['a', ['new']],
        ['b', ['new']],
      ],
    )
    const copies = engine.events.filter((event) => event.type === 'debug' && event.text.includes(' copy '))
    assert.equal(copies.length, 2)
  })

  it('lets a host that can’t be reached stop no other', async () => {
    const [a, b] = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
    b.reachable = false
    const { results, failed } = await deployed([a, b])
    assert.deepEqual([results, failed], [[['a', 'deployed']], [['b', "b can't be reached"]]])
  })

  it('ends what is still being built where no host can be reached: nobody waits for it', async () => {
    const host = fakeHost({ name: 'a' })
    host.reachable = false
    const config = configOf('.#slow', ['a'])
    for (const run of [() => deployed([host], {}, config), () => plan(testEngine(host), config, OPTIONS)]) {
      const { failures } = await run()
      assert.deepEqual(
        failures.map(({ error }) => error.message),
        ["a can't be reached"],
      )
      const until = Date.now() + 20_000
      while (process.getActiveResourcesInfo().includes('ProcessWrap')) {
        assert.ok(Date.now() < until, 'nix is still running')
        await sleep(50)
      }
    }
  })

  it('leaves all alone where one can’t be reached, and it is all or nothing', async () => {
    const [a, b] = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
    b.reachable = false
    const { results, failed, untouched } = await deployed([a, b], { allOrNothing: true })
    assert.deepEqual([results, failed, untouched], [[], [['b', "b can't be reached"]], ['a']])
    assert.deepEqual(a.verbs(), ['main-1 report'])
  })

  it('fails for each host with the one error of the build', async () => {
    const hosts = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
    const { failures, results } = await deployed(hosts, {}, configOf('.#broken'))
    assert.deepEqual(results, [])
    assert.equal(new Set(failures.map(({ error }) => error)).size, 1)
    assert.match(failures[0]?.error.message ?? '', /slipway-broken/)
  })

  it('tells why a release is not good', async () => {
    const play: Parameters<typeof fakeHost>[0] = {
      name: 'a',
      play: async (played) => {
        await begin(played)
        await revert(played, 'GET / answered 500')
      },
    }
    const { outcomes } = await deployed([fakeHost(play)], {}, configOf('.', ['a']))
    assert.deepEqual(
      outcomes.map(({ result, reason, serving }) => [result, reason, serving]),
      [['failed', 'GET / answered 500', null]],
    )
  })

  it('begins only where the checks pass, if they are to', async () => {
    const host = fakeHost({ name: 'a' })
    const engine = testEngine(host)
    const error = await deploy(engine, configOf('.', ['a']), { ...OPTIONS, check: true }).catch(
      (caught) => caught,
    )
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.message, '1 of 1 checks failed: tests')
    const failed = engine.events.find(({ type }) => type === 'check-failed')
    assert.deepEqual(failed?.type === 'check-failed' && failed.result.log, ['tests ran'])
    assert.deepEqual(host.verbs(), [])
  })

  it('contacts nobody for what the config does not have', async () => {
    const host = fakeHost({ name: 'a' })
    await assert.rejects(
      deploy(testEngine(host), configOf(), { ...OPTIONS, names: ['wb'] }),
      /the config has no service "wb"/,
    )
    assert.deepEqual(host.verbs(), [])
  })

  it('gets the certificates that are missing, once it is over', async () => {
    const certificate: CertificateReport = {
      ...{ domain: 'app.example.com', server: null, issuer: 'a', notBefore: 1 },
      ...{ notAfter: 4_000_000_000, matches: true, revoked: false, problem: null, kind: null },
      ...{ from: 'local', failures: 0, next: null },
    }
    const host = fakeHost({ name: 'a', answers: { certificates: () => ({ certificates: [certificate] }) } })
    const input = {
      hosts: { a: 'root@a' },
      certificates: { from: 'local' },
      services: {
        web: service({ package: '.', run: '/bin/true', listen: 'port', routes: ['https://app.example.com'] }),
      },
    }
    const config = resolveConfig(input, { file: 'slipway.config.ts', root: folder.path })
    const { certificates, engine } = await deployed([host], {}, config)
    assert.deepEqual(certificates, [{ host: 'a', ...certificate }])
    assert.ok(engine.lines().includes('a: getting a certificate for app.example.com'))
    assert.deepEqual(host.calls.at(-1)?.params, { mode: 'due', ms: 120_000, domains: [] })
  })

  describe('plan', () => {
    it('tells what would happen, and changes nothing', async () => {
      const [a, b] = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
      b.reachable = false
      const { plans, failures } = await plan(testEngine(a, b), configOf(), OPTIONS)
      assert.deepEqual(
        plans.map(({ host, services }) => [host, services.map(({ status, number }) => [status, number])]),
        [['a', [['new', 1]]]],
      )
      assert.deepEqual(
        failures.map(({ host }) => host),
        ['b'],
      )
      assert.deepEqual([a.verbs(), a.open()], [['main-1 report'], 0])
    })
  })

  describe('dryActivate', () => {
    it('has hosts say what activating their systems would do', async () => {
      const config = resolveConfig(
        { hosts: { a: 'root@a' }, systems: { box: system({ flake: `.#packages.${SYSTEM}.default` }) } },
        { file: 'slipway.config.ts', root: folder.path },
      )
      const answers = { dryActivate: () => ({ output: 'would restart web\n', status: 4 }) }
      const host = fakeHost({ name: 'a', answers })
      const { activations, failures } = await dryActivate(testEngine(host), config, OPTIONS)
      assert.deepEqual(failures, [])
      assert.deepEqual(activations, [
        { host: 'a', system: 'box', output: 'would restart web\n', good: false },
      ])
      assert.equal(host.open(), 0)
    })
  })
})
