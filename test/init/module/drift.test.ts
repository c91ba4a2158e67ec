import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { resolveConfig } from '../../../src/config/resolve.js'
import type { Config, ProgramConfig } from '../../../src/config/resolved.js'
import { type Service, service } from '../../../src/index.js'
import { moduleFile } from '../../../src/init/module/module-file.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from '../../nix/samples.js'
import { released } from '../../release/samples.js'
import { imported, machine, storePath } from './nixos.js'
import { differences } from './units.js'

/** The units of a module beside those of a deploy: all that differs is said here. */

const PACKAGE = storePath('web')
const CURRENT = '/var/lib/slipway/services/web/current/release'
const SLOT = '/var/lib/slipway/services/web/slots/%i/release'
const SYSTEM_PATHS = `/run/current-system/sw/bin:${storePath('coreutils')}/bin:${storePath('bash')}/bin`
const SYSTEM_SBIN = `/run/current-system/sw/sbin:${storePath('coreutils')}/sbin:${storePath('bash')}/sbin`

/** Where the package is, and how a unit gets its variables, is never the same. */
const deployed = (release: string, program = 'app') => [
  `Service.Environment=PATH=${release}/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
  `Service.EnvironmentFile=${release}/env`,
  `Service.ExecStart=${release}/package/bin/${program}`,
]
const inModule = (program = 'app', variables: string[] = []) =>
  [
    `Service.Environment=PATH=${PACKAGE}/bin:${SYSTEM_PATHS}:${PACKAGE}/sbin:${SYSTEM_SBIN}`,
    ...variables.map((variable) => `Service.Environment=${variable}`),
    `Service.ExecStart=${PACKAGE}/bin/${program}`,
  ].sort()

/** A deploy has two slots, of which one is current. */
const slot = {
  deploy: [
    ...deployed(SLOT).slice(0, 1),
    `Service.EnvironmentFile=-${SLOT}/env@%i`,
    ...deployed(SLOT).slice(1),
    'Unit.ConditionPathExists=|/run/slipway-slots/web@%i',
    'Unit.ConditionPathExists=|/var/lib/slipway/services/web/current/%i',
    'Unit.Description=web, %i (slipway)',
  ],
  module: (variables: string[] = []) => [...inModule('app', variables), 'Unit.Description=web'],
}

/** What is seen of slipway's folders, which a module has not: looked at by itself. */
const FOLDERS =
  /^Service\.(Slice=slipway\.slice|TemporaryFileSystem=.*:ro|BindPaths=-\/run\/slipway-sockets\/web|BindReadOnlyPaths=\/var\/lib\/slipway\/services\/web|InaccessiblePaths=-.*|ReadWritePaths=-\/run\/web)$/

function withoutFolders({ deploy, module }: ReturnType<typeof differences>) {
  const rest = (lines: string[]) => lines.filter((line) => !FOLDERS.test(line))
  return { deploy: rest(deploy), module: rest(module) }
}

describe("a module's units are a deploy's", { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    folder.write({ 'views/a': '', 'static/b': '' })
  })
  after(() => folder.remove())

  const resolved = (fields: Partial<Service>): { config: Config; web: ProgramConfig } => {
    const services = { web: service({ package: '.#web', routes: [], ...fields }) }
    const config = resolveConfig({ hosts: { nixie: 'root@nixie' }, services }, { file: 'c', root: '/' })
    const [web] = config.services
    assert.ok(web?.kind === 'service')
    return { config, web }
  }
  /** Both, and what settings a NixOS configuration has beside the enabling. */
  const both = async (fields: Partial<Service>, settings = '') => {
    const { config, web } = resolved(fields)
    const module = imported(folder, moduleFile(config))
    const { units } = await machine([module, `{ services.web.enable = true; ${settings} }`])
    const deploy = released(web, { ports: [20000, 20001] }, { systemd: 257, nginxGroup: 'nginx' })
    return { deploy: deploy.units, module: units }
  }
  /** The differences of units that go by two names. */
  const compare = async (fields: Partial<Service>, names: Record<string, string>, settings = '') => {
    const { deploy, module } = await both(fields, settings)
    assert.deepEqual(Object.keys(module).sort(), Object.values(names).sort())
    return Object.fromEntries(
      Object.entries(names).map(([here, there]) => [
        there,
        withoutFolders(differences(deploy[here] ?? '', module[there] ?? '')),
      ]),
    )
  }

  it('on $PORT', async () => {
    assert.deepEqual(await compare({ listen: 'port' }, { 'web@.service': 'web.service' }), {
      'web.service': { deploy: slot.deploy, module: slot.module(['PORT=30000']) },
    })
  })

  it('on a port of its own, without the queue that a change of slots needs', async () => {
    const fields: Partial<Service> = { listen: { port: 3000 } }
    assert.deepEqual(await compare(fields, { 'web@.service': 'web.service' }), {
      'web.service': { deploy: slot.deploy, module: slot.module() },
    })
    const { deploy } = await both(fields)
    assert.deepEqual(
      Object.keys(deploy).filter((name) => name.includes('queue')),
      [
        'web@queue-blue.socket',
        'web@queue-blue.service',
        'web@queue-green.socket',
        'web@queue-green.service',
      ],
    )
  })

  it('on a unix socket, in the same folder', async () => {
    const found = await compare(
      { listen: 'unix', routes: ['https://example.com'] },
      { 'web@.service': 'web.service' },
    )
    assert.deepEqual(found['web.service'], {
      // A deploy has a unit of its own for the folder, since whoever deploys need not be root.
      deploy: [
        ...slot.deploy.slice(0, 4),
        'Service.ExecStartPre=/usr/bin/env rm -f /run/slipway-sockets/web/%i.sock',
        'Unit.After=network.target web@sockets.service',
        ...slot.deploy.slice(4),
        'Unit.Wants=web@sockets.service',
      ],
      module: [
        ...inModule('app', ['LISTEN_PATH=/run/web/web.sock']),
        "Service.ExecStartPre=+/bin/sh -c 'install -d -o web -g nginx -m 2750 /run/web && rm -f /run/web/web.sock'",
        'Unit.After=network.target',
        'Unit.Description=web',
      ],
    })
  })

  it("but for slipway's folders, of which a module shows nothing and a deploy what is the service's own", async () => {
    const { deploy, module } = await both({ listen: 'unix', routes: ['https://example.com'] })
    const found = differences(deploy['web@.service'] ?? '', module['web.service'] ?? '')
    const folders = (lines: string[]) => lines.filter((line) => FOLDERS.test(line))
    assert.deepEqual(folders(found.deploy), [
      'Service.BindPaths=-/run/slipway-sockets/web',
      'Service.BindReadOnlyPaths=/var/lib/slipway/services/web',
      'Service.Slice=slipway.slice',
      'Service.TemporaryFileSystem=/run/slipway-sockets:ro',
      'Service.TemporaryFileSystem=/var/lib/slipway:ro',
    ])
    assert.deepEqual(folders(found.module), [
      'Service.InaccessiblePaths=-/run/slipway-sockets',
      'Service.InaccessiblePaths=-/var/lib/slipway',
      'Service.ReadWritePaths=-/run/web',
    ])
  })

  it('on a socket of systemd', async () => {
    const found = await compare(
      { listen: 'socket', routes: ['https://example.com'] },
      { 'web@.service': 'web.service', 'web@.socket': 'web.socket' },
    )
    const [description, ...rest] = [...slot.deploy].reverse()
    assert.deepEqual(found, {
      'web.service': {
        deploy: [
          ...rest.filter((line) => line.startsWith('Service')).reverse(),
          'Unit.After=network.target web@%i.socket',
          ...rest.filter((line) => line.startsWith('Unit')).reverse(),
          description,
          'Unit.Requires=web@%i.socket',
        ],
        module: [
          ...inModule(),
          'Unit.After=network.target web.socket',
          'Unit.Description=web',
          'Unit.Requires=web.socket',
        ],
      },
      'web.socket': {
        deploy: [
          'Socket.ListenStream=/run/slipway-sockets/web@%i.sock',
          'Unit.ConditionPathExists=|/run/slipway-slots/web@%i',
          'Unit.ConditionPathExists=|/var/lib/slipway/services/web/current/%i',
          'Unit.Description=web socket, %i (slipway)',
          'Unit.RequiresMountsFor=/run/slipway-sockets',
        ],
        module: ['Socket.ListenStream=/run/web.sock', 'Unit.Description=web socket'],
      },
    })
  })

  it('a worker with state, variables, directives of its own, and jobs', async () => {
    const fields: Partial<Service> = {
      run: ['serve', '--name', 'a b', '$HOME', '100%', `\${x}`, "it's"],
      state: true,
      env: { PERCENT: '100%h', QUOTES: `"'\\$x\${y}\n`, DB: '/var/lib/web/db', OTHER: '/var/lib/web2' },
      unit: {
        MemoryMax: '512M',
        PrivateUsers: null,
        ProtectHome: 'read-only',
        After: ['network.target', 'postgresql.service'],
        ConditionHost: 'nixie',
        ReadOnlyPaths: ['/srv', '/opt'],
        CPUQuota: '20%',
      },
      processes: { worker: { run: 'work --dir /var/lib/web/spool', env: { QUEUE: 'mail', DB: '' } } },
      timers: { nightly: { run: 'sweep', calendar: '*-*-* 03:00' } },
    }
    const found = await compare(fields, {
      'web.service': 'web.service',
      'web-worker.service': 'web-worker.service',
      'web-nightly.service': 'web-nightly.service',
      'web-nightly.timer': 'web-nightly.timer',
    })
    const own = ['DB=/var/lib/web/db', 'OTHER=/var/lib/web2', 'PERCENT=100%%h', `QUOTES="'\\$x\${y}\n`]
    const program = `serve --name "a b" "$$HOME" 100%% "$\${x}" "it's"`
    const workerEnv = ['DB=', 'OTHER=/var/lib/web2', 'PERCENT=100%%h', 'QUEUE=mail', `QUOTES="'\\$x\${y}\n`]
    assert.deepEqual(found, {
      'web.service': {
        deploy: [
          ...deployed(CURRENT, program),
          'Unit.After=network.target',
          'Unit.After=postgresql.service',
          'Unit.Description=web (slipway)',
        ],
        module: [
          ...inModule(program, own),
          'Unit.After=network.target postgresql.service',
          'Unit.Description=web',
        ],
      },
      'web-worker.service': {
        deploy: [
          ...deployed(CURRENT, 'work --dir /var/lib/web/spool').slice(0, 2),
          `Service.EnvironmentFile=${CURRENT}/env-worker`,
          ...deployed(CURRENT, 'work --dir /var/lib/web/spool').slice(2),
          'Unit.Description=web worker (slipway)',
        ],
        module: [...inModule('work --dir /var/lib/web/spool', workerEnv), 'Unit.Description=web worker'],
      },
      'web-nightly.service': {
        deploy: [...deployed(CURRENT, 'sweep'), 'Unit.Description=web nightly (slipway)'],
        module: [...inModule('sweep', own), 'Unit.Description=web nightly'],
      },
      'web-nightly.timer': {
        deploy: ['Unit.Description=web nightly timer (slipway)'],
        module: ['Unit.Description=web nightly timer'],
      },
    })
  })

  it('shipped files, wherever the config names them', async () => {
    const found = await compare(
      {
        assets: ['views', './static/'],
        unit: {
          WorkingDirectory: `${CURRENT}/assets/views`,
          BindReadOnlyPaths: [`${SLOT}/package/share:/srv/share`],
        },
      },
      { 'web.service': 'web.service' },
    )
    const [module = []] = Object.values(found).map((unit) => unit.module)
    assert.ok(module.includes(`Service.BindReadOnlyPaths=${PACKAGE}/share:/srv/share`))
    const [folder = ''] = module.filter((line) => line.startsWith('Service.WorkingDirectory='))
    assert.match(folder, /^Service\.WorkingDirectory=\/nix\/store\/[a-z0-9]{32}-source\/views$/)
    assert.equal((await both({ assets: ['views'] })).module['web.service']?.includes('-source\n'), true)
  })

  it('what runs around a switch runs around a start', async () => {
    const found = await compare(
      { before: { run: 'migrate up', timeout: '2m' }, after: { run: ['announce', '"it"'] } },
      { 'web.service': 'web.service' },
    )
    assert.deepEqual(found['web.service'], {
      deploy: [...deployed(CURRENT), 'Unit.Description=web (slipway)'],
      module: [
        ...inModule(),
        `Service.ExecStartPost=-${PACKAGE}/bin/announce "\\"it\\""`,
        `Service.ExecStartPre=${PACKAGE}/bin/migrate up`,
        'Service.TimeoutStartSec=510',
        'Unit.Description=web',
      ],
    })
  })

  it('secrets, as variables and as files', async () => {
    const { config, web } = resolved({
      secrets: { TOKEN: { from: 'host' }, KEY: { from: 'host', as: 'file' } },
    })
    const settings =
      '{ services.web = { enable = true; secretFiles = { TOKEN = "/run/s/token"; KEY = /run/s/key; }; }; }'
    const { units } = await machine([imported(folder, moduleFile(config)), settings])
    const versions = { TOKEN: 'a', KEY: 'b' }
    const deploy = released(web, { secrets: versions }, { systemd: 257 })
    const found = withoutFolders(differences(deploy.units['web.service'] ?? '', units['web.service'] ?? ''))
    const start = found.module.find((line) => line.startsWith('Service.ExecStart=')) ?? ''
    const [, program = ''] =
      /^Service\.ExecStart=\/bin\/sh (\/nix\/store\/\S+-with-secrets) \S+\/bin\/app$/.exec(start) ?? []
    assert.equal(readFileSync(program, 'utf8'), deploy.files['with-secrets'])
    assert.deepEqual(found, {
      deploy: [
        ...deployed(CURRENT).slice(0, 2),
        `Service.ExecStart=/bin/sh ${CURRENT}/with-secrets ${CURRENT}/package/bin/app`,
        `Service.LoadCredential=KEY:${CURRENT}/secrets/KEY`,
        `Service.LoadCredential=TOKEN:${CURRENT}/secrets/TOKEN`,
        'Unit.Description=web (slipway)',
      ],
      module: [
        ...inModule().slice(0, 1),
        start,
        'Service.LoadCredential=KEY:/run/s/key',
        'Service.LoadCredential=TOKEN:/run/s/token',
        'Unit.Description=web',
      ],
    })
  })

  it('settings of the NixOS configuration come last', async () => {
    const found = await compare(
      { listen: 'port', state: true, env: { RUST_LOG: 'info' } },
      { 'web@.service': 'web.service' },
      `services.web = {
        port = 4000;
        stateDir = "/var/lib/elsewhere";
        environment = { RUST_LOG = "debug"; MORE = "1"; };
        environmentFile = "/run/secrets/web";
      };`,
    )
    assert.deepEqual(found['web.service']?.module, [
      'Service.Environment=MORE=1',
      ...inModule('app', ['PORT=4000', 'RUST_LOG=debug']).slice(0, 3),
      'Service.EnvironmentFile=/run/secrets/web',
      ...inModule().slice(1),
      'Service.StateDirectory=elsewhere',
      'Service.WorkingDirectory=/var/lib/elsewhere',
      'Unit.Description=web',
    ])
  })
})
