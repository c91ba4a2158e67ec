import assert from 'node:assert/strict'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chooseEnvironment } from '../../src/config/environments.js'
import { loadConfig } from '../../src/config/load.js'
import { defineEnvironments, ExitCode, SlipwayError } from '../../src/index.js'

const FILE = 'slipway.config.ts'
const base = { hosts: {}, services: {} }

/** What is said of an export, and an environment that is asked for. */
function refused(exported: unknown, asked?: string): SlipwayError['parts'] {
  try {
    chooseEnvironment(exported, asked, FILE)
  } catch (error) {
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.code, ExitCode.usage)
    return error.parts
  }
  assert.fail('it was taken')
}

describe('chooseEnvironment', () => {
  it('gives the config of the environment that is asked for', () => {
    const [staging, production] = [
      { ...base, parallel: 1 },
      { ...base, parallel: 2 },
    ]
    const both = defineEnvironments({ staging, production })
    assert.deepEqual(chooseEnvironment(both, 'production', FILE), {
      config: production,
      environment: 'production',
    })
  })

  it('gives the config of a file without environments', () => {
    assert.deepEqual(chooseEnvironment(base, undefined, FILE), { config: base, environment: undefined })
  })

  it('lists the environments where none is named, also if there is only one', () => {
    const next = { still: 'Nothing was contacted or changed.', code: ExitCode.usage }
    assert.deepEqual(refused(defineEnvironments({ staging: base, production: base })), {
      what: 'slipway.config.ts has environments, and none was named',
      why: 'It has staging, production.',
      ...next,
      next: 'Name one: --env staging.',
    })
    assert.equal(refused(defineEnvironments({ production: base })).next, 'Name one: --env production.')
  })

  it('suggests the environment that was meant', () => {
    const both = defineEnvironments({ staging: base, production: base })
    const { what, why, next } = refused(both, 'prodution')
    assert.deepEqual(
      [what, why, next],
      [
        'slipway.config.ts has no environment "prodution"',
        'It has staging, production.',
        'Did you mean --env production?',
      ],
    )
    assert.equal(refused(both, 'x').next, 'Name one: --env staging.')
    assert.equal(refused(both, 'constructor').what, 'slipway.config.ts has no environment "constructor"')
  })

  it('refuses an environment where the file has none', () => {
    assert.deepEqual(refused(base, 'production'), {
      what: 'slipway.config.ts has no environments, so not "production" either',
      next: 'Leave --env out, or export `defineEnvironments({ … })`: docs/environments.md.',
      code: ExitCode.usage,
    })
  })

  for (const [what, exported, lines] of [
    [
      'no object',
      { environments: ['staging'] },
      ['environments: expected an object: a config for each environment, by its name'],
    ],
    ['none', { environments: {} }, ['environments: is empty: it needs at least one']],
    [
      'fields beside them',
      { environments: { staging: base }, hosts: {} },
      ['hosts: is outside of all environments; each of them is a whole config: docs/environments.md'],
    ],
    [
      'names that are no part of a name',
      { environments: { 'Pre Prod': base, '../x': base } },
      [
        `environments['Pre Prod']: an environment is named with a-z, 0-9 and "-", at most 32 of them`,
        `environments['../x']: an environment is named with a-z, 0-9 and "-", at most 32 of them`,
      ],
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.equal(refused(exported, 'staging').why, lines.map((line) => `  ${line}`).join('\n'))
    })
  }
})

describe('an environment', () => {
  let folder: string
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-environments-')))
    await writeFile(join(folder, FILE), CONFIG)
  })
  after(() => rm(folder, { recursive: true }))

  const CONFIG = `
    import { type Config, defineEnvironments, service } from 'slipway'
    const shop = (own: { host: string; domain: string; workers: number; name?: string }): Config => ({
      project: 'me/shop',
      hosts: { web: own.host },
      services: {
        [own.name ?? 'shop']: service({
          package: '.#default',
          listen: 'port',
          routes: ['https://' + own.domain],
          env: { WORKERS: own.workers },
        }),
      },
    })
    export default defineEnvironments({
      staging: shop({ host: 'root@staging', domain: 'staging.example.test', workers: 1, name: 'shop-staging' }),
      production: shop({ host: 'root@production', domain: 'example.test', workers: 4 }),
      broken: shop({ host: 'root@production', domain: 'a b', workers: 4 }),
      untyped: undefined,
    })`

  const load = (name: string) => loadConfig(join(folder, FILE), name)

  it('has hosts, names, routes, variables and a file of secrets of its own', async () => {
    for (const [environment, host, name, route, WORKERS] of [
      ['staging', 'root@staging', 'shop-staging', 'https://staging.example.test', '1'],
      ['production', 'root@production', 'shop', 'https://example.test', '4'],
    ] as const) {
      const config = await load(environment)
      const [service] = config.services
      assert.ok(service?.kind === 'service')
      assert.deepEqual(
        [config.environment, config.hosts.web?.ssh, service.name, service.routes[0]?.url, service.env],
        [environment, host, name, route, { WORKERS }],
      )
      assert.equal(config.secrets.file, `secrets.${environment}.age`)
    }
  })

  it('is validated by itself, and its problems say where it is', async () => {
    await assert.rejects(load('broken'), (error: SlipwayError) => {
      assert.match(error.parts.why ?? '', /^ {2}environments\.broken\.services\.shop\.routes\[0\]: /)
      return true
    })
    await assert.rejects(load('untyped'), (error: SlipwayError) => {
      assert.equal(error.parts.why, '  environments.untyped: is missing: expected an object')
      return true
    })
  })
})
