import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceSetup } from '../../../../src/init/detect/setup.js'
import { configFile } from '../../../../src/init/detect/write/config-file.js'

const SERVICE: ServiceSetup = {
  name: 'app',
  renamed: undefined,
  program: {
    name: 'app',
    kind: 'service',
    serves: true,
    assets: [],
    variables: [],
    processes: [],
    notes: [],
  },
  project: undefined,
  package: '.#default',
  url: 'http://app.test',
  listen: 'port',
  listenWhy: undefined,
  env: {},
  health: undefined,
  state: false,
  assets: [],
}

/** The lines of a service, without what is around them. */
function lines(service: Partial<ServiceSetup>): string[] {
  return text(service).split('\n').slice(6, -3)
}

function text(service: Partial<ServiceSetup> = {}): string {
  const host = { name: 'nixie', ssh: 'root@nixie' }
  return configFile({ host, services: [{ ...SERVICE, ...service }], crane: false }, 'me/shop')
}

describe('configFile', () => {
  it('begins with the project and its host', () => {
    assert.match(text(), /defineConfig\(\{\n  project: 'me\/shop',\n  hosts: \{ nixie: 'root@nixie' \},\n/)
  })

  it('says what is needed and no more', () => {
    assert.deepEqual(lines({}), [
      '    app: service({',
      "      package: '.#default',",
      "      listen: 'port',",
      "      routes: ['http://app.test'],",
      '    }),',
    ])
  })

  it('says all there is', () => {
    const processes = [{ name: 'my-queue', run: 'worker -n 2', env: { MODE: "it's" } }]
    const service = {
      name: 'my-app',
      program: { ...SERVICE.program, processes },
      package: { file: './default.nix' },
      listen: { port: 80 },
      listenWhy: 'hard-coded',
      env: { A: '1' },
      health: '/up',
      state: true,
      assets: ['views'],
    }
    assert.deepEqual(lines(service), [
      "    'my-app': service({",
      "      package: { file: './default.nix' },",
      '      listen: { port: 80 }, // hard-coded',
      "      health: { path: '/up' },",
      "      routes: ['http://app.test'],",
      "      env: { A: '1' },",
      '      state: true, // /var/lib/my-app, kept across releases',
      "      assets: ['views'], // read while it runs",
      `      processes: { 'my-queue': { run: 'worker -n 2', env: { MODE: "it's" } } },`,
      '    }),',
    ])
  })

  it('asks a worker for neither health nor routes', () => {
    assert.deepEqual(lines({ listen: 'none', health: '/up' }), [
      '    app: service({',
      "      package: '.#default',",
      '    }),',
    ])
  })
})
