import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { found, guessed, told } from '../../../../src/init/detect/provenance.js'
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
  package: found({ value: '.#default', at: { file: 'flake.nix', line: 1 } }),
  url: guessed('http://app.test', 'nothing names one'),
  listen: told('port'),
  env: {},
  health: undefined,
  state: undefined,
  assets: [],
}

/** The lines of a service, without what is around them. */
function lines(service: Partial<ServiceSetup>): string[] {
  return text(service).split('\n').slice(6, -3)
}

function text(service: Partial<ServiceSetup> = {}): string {
  const host = { name: 'nixie', ssh: told('root@nixie') }
  return configFile({ host, services: [{ ...SERVICE, ...service }], crane: false }, 'me/shop')
}

describe('configFile', () => {
  it('begins with the project and its host', () => {
    assert.match(
      text(),
      /defineConfig\(\{\n {2}project: 'me\/shop',\n {2}hosts: \{ nixie: 'root@nixie' \}, \/\/ as told\n/,
    )
  })

  it('says what is needed and no more', () => {
    assert.deepEqual(lines({}), [
      '    app: service({',
      "      package: '.#default', // flake.nix:1",
      "      listen: 'port', // as told",
      "      routes: ['http://app.test'], // a guess: nothing names one",
      '    }),',
    ])
  })

  it('says all there is', () => {
    const processes = [
      { name: 'my-queue', run: 'worker -n 2', env: { MODE: "it's" }, at: { file: 'Procfile', line: 2 } },
    ]
    const variables = [
      { value: 'B', required: false, at: { file: 'a.go', line: 4 } },
      { value: 'API_TOKEN', required: true, at: { file: 'a.go', line: 5 } },
    ]
    const service = {
      name: 'my-app',
      program: { ...SERVICE.program, processes, variables },
      package: told({ file: './default.nix' }),
      listen: found({ value: { port: 80 }, at: { file: 'a.go', line: 1 } }, 'hard-coded'),
      env: { A: found({ value: '1', at: { file: 'a.go', line: 2 } }) },
      health: guessed('/up', 'the first route, a.go:9'),
      state: told(true as const),
      assets: [found({ value: 'views', at: { file: 'a.go', line: 3 } })],
    }
    assert.deepEqual(lines(service), [
      "    'my-app': service({",
      "      package: { file: './default.nix' }, // as told",
      "      listen: { port: 80, network: 'own' }, // a.go:1: hard-coded",
      "      health: { path: '/up' }, // a guess: the first route, a.go:9",
      "      routes: ['http://app.test'], // a guess: nothing names one",
      '      env: {',
      "        A: '1', // a.go:2",
      "        // B: '', // to set: a.go:4",
      '      },',
      "      // secrets: ['API_TOKEN'], // to set: a.go:5",
      '      state: true, // /var/lib/my-app, kept across releases: as told',
      "      assets: ['views'], // read while it runs: a.go:3",
      '      processes: {',
      `        'my-queue': { run: 'worker -n 2', env: { MODE: "it's" } }, // Procfile:2`,
      '      },',
      '    }),',
    ])
  })

  it('asks a worker for neither health nor routes', () => {
    assert.deepEqual(lines({ listen: told('none'), health: told('/up') }), [
      '    app: service({',
      "      package: '.#default', // flake.nix:1",
      '    }),',
    ])
  })
})
