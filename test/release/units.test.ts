import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SLOTS } from '../../src/contract/service.js'
import { renderUnit } from '../../src/release/unit-file.js'
import { serviceUnits } from '../../src/release/units.js'
import { app } from './samples.js'
import { analyze, WITHOUT_SYSTEMD } from './systemd.js'

const MARK = '# Managed by slipway for the service web; deploys overwrite changes made here.'

/** What every program is denied. */
const SANDBOX = `NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateUsers=yes
PrivateMounts=yes
PrivateIPC=yes
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
IPAddressDeny=link-local
IPAddressDeny=fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe 100.100.100.200`

/** What a program sees of slipway's folders, and what of the host's no program does. */
const ownFolders = (
  more: Partial<Record<'hidden' | 'emptied' | 'bound', string>> = {},
) => `InaccessiblePaths=-/nix/var/nix/daemon-socket
InaccessiblePaths=-/run/slipway
InaccessiblePaths=-/run/slipway-agent
${more.hidden ?? 'InaccessiblePaths=-/run/slipway-sockets\n'}Slice=slipway.slice
TemporaryFileSystem=/var/lib/slipway:ro
${more.emptied ?? ''}BindReadOnlyPaths=/var/lib/slipway/services/web${more.bound ?? ''}`

/** The current release, which workers and timers follow, and the release of a slot. */
const CURRENT = '/var/lib/slipway/services/web/current/release'
const SLOT = '/var/lib/slipway/services/web/slots/%i/release'

const environment = (release: string) =>
  `Environment=PATH=${release}/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`

const CONDITIONS = `ConditionPathExists=|/var/lib/slipway/services/web/current/%i
ConditionPathExists=|/run/slipway-slots/web@%i`

const CONTEXT = { command: ['app'], systemd: 252, nginxGroup: 'www-data' }

function units(
  fields: Parameters<typeof app>[0],
  context: Partial<typeof CONTEXT> = {},
): Record<string, string> {
  const all = serviceUnits(app(fields), { ...CONTEXT, ...context })
  return Object.fromEntries(
    Object.entries(all).map(([name, sections]) => [name, renderUnit('web', sections)]),
  )
}

/** The lines of a unit that start with one of some directives. */
function directives(text: string | undefined, ...names: string[]): string[] {
  return (text ?? '').split('\n').filter((line) => names.some((name) => line.startsWith(`${name}=`)))
}

/** The unit of what listens; some of its lines differ by how it does. */
const slotUnit = ({
  unit = '',
  after = 'network.target',
  umask = '0077',
  folders = ownFolders(),
  service = '',
} = {}) => `${MARK}
[Unit]
Description=web, %i (slipway)
After=${after}
StartLimitIntervalSec=0
${CONDITIONS}
${unit}
[Service]
Type=exec
User=web
Group=web
ExecStart=${SLOT}/package/bin/app
WorkingDirectory=/
${environment(SLOT)}
EnvironmentFile=${SLOT}/env
EnvironmentFile=-${SLOT}/env@%i
SyslogIdentifier=web
UMask=${umask}
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${SANDBOX}
${folders}
${service}
[Install]
WantedBy=multi-user.target
`

/** Where requests wait for the instance that comes to a slot. */
const queueUnits = (slot: string) => ({
  [`web@queue-${slot}.socket`]: `${MARK}
[Unit]
Description=web: requests that wait, ${slot} (slipway)

[Socket]
ListenStream=/run/web@queue-${slot}.sock
SocketGroup=nginx
SocketMode=0660
Backlog=4096
RemoveOnStop=yes
`,
  [`web@queue-${slot}.service`]: `${MARK}
[Unit]
Description=web: hands on what has waited, ${slot} (slipway)

[Service]
DynamicUser=yes
Slice=slipway.slice
ExecStart=/bin/sh -c 'while [ -e /run/slipway-hold/web ]; do sleep 0.02; done; for p in /usr/lib/systemd/systemd-socket-proxyd /lib/systemd/systemd-socket-proxyd /run/current-system/systemd/lib/systemd/systemd-socket-proxyd; do if [ -x $$p ]; then exec $$p --connections-max=4096 --exit-idle-time=10s 127.0.0.1:3000; fi; done; exit 1'
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
SyslogIdentifier=web
${SANDBOX}
InaccessiblePaths=-/nix/var/nix/daemon-socket
InaccessiblePaths=-/run/slipway
InaccessiblePaths=-/run/slipway-agent
InaccessiblePaths=-/var/lib/slipway
InaccessiblePaths=-/run/slipway-sockets
`,
})

describe('serviceUnits: the main program', () => {
  it('that does not listen follows the current release', () => {
    assert.deepEqual(units({}), {
      'web.service': `${MARK}
[Unit]
Description=web (slipway)
After=network.target
StartLimitIntervalSec=0

[Service]
Type=exec
User=web
Group=web
ExecStart=${CURRENT}/package/bin/app
WorkingDirectory=/
${environment(CURRENT)}
EnvironmentFile=${CURRENT}/env
SyslogIdentifier=web
UMask=0077
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${SANDBOX}
${ownFolders()}

[Install]
WantedBy=multi-user.target
`,
    })
  })

  it('that listens on $PORT has an instance for each slot', () => {
    assert.deepEqual(units({ listen: 'port' }), { 'web@.service': slotUnit() })
  })

  it('that listens on a socket of systemd’s has socket units, which nginx’s group may use', () => {
    assert.deepEqual(units({ listen: 'socket' }, { nginxGroup: 'nginx' }), {
      'web@.service': slotUnit({
        after: 'network.target web@%i.socket',
        unit: 'Requires=web@%i.socket\n',
      }),
      'web@.socket': `${MARK}
[Unit]
Description=web socket, %i (slipway)
RequiresMountsFor=/run/slipway-sockets
${CONDITIONS}

[Socket]
ListenStream=/run/slipway-sockets/web@%i.sock
SocketGroup=nginx
SocketMode=0660
RemoveOnStop=yes
`,
    })
  })

  it('that makes its own sockets gets a folder for them, which nginx’s group may enter', () => {
    assert.deepEqual(units({ listen: 'unix' }, { nginxGroup: 'nginx' }), {
      'web@.service': slotUnit({
        umask: '0007',
        after: 'network.target web@sockets.service',
        unit: 'Wants=web@sockets.service\n',
        folders: ownFolders({
          hidden: '',
          emptied: 'TemporaryFileSystem=/run/slipway-sockets:ro\n',
          bound: '\nBindPaths=-/run/slipway-sockets/web',
        }),
        service: 'ExecStartPre=/usr/bin/env rm -f /run/slipway-sockets/web/%i.sock\n',
      }),
      'web@sockets.service': `${MARK}
[Unit]
Description=web: the folder of its sockets (slipway)
RequiresMountsFor=/run/slipway-sockets

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mountpoint -q /run/slipway-sockets/web || { install -d /run/slipway-sockets/web; ls -A /run/slipway-sockets/web | grep -q . || mount -t tmpfs -o nosymfollow,nodev,noexec,nosuid,size=64k,nr_inodes=64 slipway-sockets /run/slipway-sockets/web; }; install -d -o web -g nginx -m 2750 /run/slipway-sockets/web'
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
SyslogIdentifier=web
`,
    })
  })

  it('that listens on a port of its own has queues for requests while it is replaced', () => {
    assert.deepEqual(units({ listen: { port: 3000 } }, { nginxGroup: 'nginx' }), {
      'web@.service': slotUnit(),
      ...queueUnits('blue'),
      ...queueUnits('green'),
    })
  })

  it('starts with its arguments quoted', () => {
    const { 'web.service': unit } = units({}, { command: ['app', '--name', 'a $b', '%', '%i'] })
    assert.deepEqual(directives(unit, 'ExecStart'), [
      `ExecStart=${CURRENT}/package/bin/app --name "a $$b" %% %%i`,
    ])
  })

  it('keeps percent signs of its name apart from the slot', () => {
    const { 'web@.service': unit } = units({ listen: 'port' }, { command: ['a%i b', '%i'] })
    assert.deepEqual(directives(unit, 'ExecStart'), [`ExecStart="${SLOT}/package/bin/a%%i b" %%i`])
  })

  it('may be a program of the system', () => {
    const { 'web@.service': unit } = units({ listen: 'port' }, { command: ['/bin/100%', 'x'] })
    assert.deepEqual(directives(unit, 'ExecStart'), ['ExecStart=/bin/100%% x'])
  })

  it('waits longer and longer between restarts where systemd can', () => {
    const names = ['RestartSec', 'RestartSteps', 'RestartMaxDelaySec']
    assert.deepEqual(directives(units({}, { systemd: 253 })['web.service'], ...names), ['RestartSec=1'])
    assert.deepEqual(directives(units({}, { systemd: 254 })['web.service'], ...names), [
      'RestartSec=1',
      'RestartSteps=5',
      'RestartMaxDelaySec=30',
    ])
  })

  it('with state has a directory of its own and works in it', () => {
    assert.deepEqual(
      directives(
        units({ state: true })['web.service'],
        'WorkingDirectory',
        'StateDirectory',
        'StateDirectoryMode',
      ),
      ['WorkingDirectory=/var/lib/web', 'StateDirectory=web', 'StateDirectoryMode=0750'],
    )
  })

  it('with assets works among them, also with state', () => {
    const { 'web.service': unit } = units({ state: true, assets: ['views'] })
    assert.deepEqual(directives(unit, 'WorkingDirectory'), [`WorkingDirectory=${CURRENT}/assets`])
    const { 'web@.service': listening } = units({ listen: 'port', assets: ['views'] })
    assert.deepEqual(directives(listening, 'WorkingDirectory'), [`WorkingDirectory=${SLOT}/assets`])
  })

  it('takes the config’s directives last', () => {
    const unit = units({ unit: { MemoryMax: '512M', ProtectHome: null, After: 'postgresql.service' } })[
      'web.service'
    ]
    assert.deepEqual(directives(unit, 'After', 'ProtectHome', 'MemoryMax'), [
      'After=postgresql.service',
      'MemoryMax=512M',
    ])
  })

  it('is installed as the config says', () => {
    const unit = units({ unit: { WantedBy: 'graphical.target', Alias: 'www.service' } })['web.service']
    assert.equal(
      unit?.slice(unit.indexOf('[Install]')),
      '[Install]\nWantedBy=graphical.target\nAlias=www.service\n',
    )
    assert.deepEqual(directives(unit, 'WantedBy'), ['WantedBy=graphical.target'])
  })
})

describe('serviceUnits: processes', () => {
  const worker = units({
    env: { LEVEL: 'info' },
    unit: { MemoryMax: '1G', Nice: 1 },
    processes: { worker: { run: ['work', 'a b'], env: { QUEUE: '$mail 5%' }, unit: { Nice: 2 } } },
  })['web-worker.service']

  it('run beside the main program under the same user', () => {
    assert.deepEqual(directives(worker, 'Description', 'Type', 'User', 'ExecStart', 'Restart', 'WantedBy'), [
      'Description=web worker (slipway)',
      'Type=exec',
      'User=web',
      `ExecStart=${CURRENT}/package/bin/work "a b"`,
      'Restart=always',
      'WantedBy=multi-user.target',
    ])
  })

  it('have variables of their own, which win over the service’s', () => {
    assert.deepEqual(directives(worker, 'Environment', 'EnvironmentFile'), [
      environment(CURRENT),
      `EnvironmentFile=${CURRENT}/env`,
      `EnvironmentFile=${CURRENT}/env-worker`,
    ])
  })

  it('have the service’s variables alone where they give none', () => {
    const { 'web-worker.service': unit } = units({ processes: { worker: { run: 'work' } } })
    assert.deepEqual(directives(unit, 'Environment', 'EnvironmentFile'), [
      environment(CURRENT),
      `EnvironmentFile=${CURRENT}/env`,
    ])
  })

  it('take their own directives, not the service’s', () => {
    assert.deepEqual(directives(worker, 'MemoryMax', 'Nice'), ['Nice=2'])
  })

  it('may be programs of the system', () => {
    const { 'web-tail.service': unit } = units({ processes: { tail: { run: '/usr/bin/tail -f /dev/null' } } })
    assert.deepEqual(directives(unit, 'ExecStart'), ['ExecStart=/usr/bin/tail -f /dev/null'])
  })
})

describe('serviceUnits: timers', () => {
  const timers = units({ state: true, timers: { nightly: { run: 'clean --all', calendar: '*-*-* 03:00' } } })

  it('have a timer that catches up on what it missed', () => {
    assert.equal(
      timers['web-nightly.timer'],
      `${MARK}
[Unit]
Description=web nightly timer (slipway)

[Timer]
OnCalendar=*-*-* 03:00
Persistent=yes

[Install]
WantedBy=timers.target
`,
    )
  })

  it('take the job’s own variables and directives, not the service’s directives', () => {
    const own = units({
      unit: { MemoryMax: '1G' },
      timers: { nightly: { run: 'clean', calendar: 'daily', env: { DAYS: 7 }, unit: { Nice: 10 } } },
    })
    assert.deepEqual(directives(own['web-nightly.service'], 'EnvironmentFile', 'MemoryMax', 'Nice'), [
      `EnvironmentFile=${CURRENT}/env`,
      `EnvironmentFile=${CURRENT}/env-nightly`,
      'Nice=10',
    ])
    assert.deepEqual(directives(own['web-nightly.timer'], 'MemoryMax', 'Nice'), [])
  })

  it('take directives of timers, which their jobs do not', () => {
    const unit = { RandomizedDelaySec: '1h', Persistent: false, Nice: 10 }
    const own = units({ timers: { nightly: { run: 'clean', calendar: 'daily', unit } } })
    assert.deepEqual(directives(own['web-nightly.timer'], 'RandomizedDelaySec', 'Persistent', 'Nice'), [
      'Persistent=no',
      'RandomizedDelaySec=1h',
    ])
    assert.deepEqual(directives(own['web-nightly.service'], 'RandomizedDelaySec', 'Persistent', 'Nice'), [
      'Nice=10',
    ])
  })

  it('have a job that runs once, and only when the timer says', () => {
    assert.equal(
      timers['web-nightly.service'],
      `${MARK}
[Unit]
Description=web nightly (slipway)
After=network.target

[Service]
Type=oneshot
User=web
Group=web
ExecStart=${CURRENT}/package/bin/clean --all
WorkingDirectory=/var/lib/web
${environment(CURRENT)}
EnvironmentFile=${CURRENT}/env
SyslogIdentifier=web
UMask=0077
StateDirectory=web
StateDirectoryMode=0750
${SANDBOX}
${ownFolders()}
`,
    )
  })
})

describe('the sandbox', () => {
  const of = (fields: Parameters<typeof app>[0]) => units(fields)['web.service']

  it('opens Nix’s daemon, or a cloud’s addresses, where the config says so', () => {
    const hidden = [
      'InaccessiblePaths=-/run/slipway',
      'InaccessiblePaths=-/run/slipway-agent',
      'InaccessiblePaths=-/run/slipway-sockets',
    ]
    assert.deepEqual(directives(of({ nixDaemon: true }), 'InaccessiblePaths'), hidden)
    assert.deepEqual(directives(of({ cloudMetadata: true }), 'IPAddressDeny'), [])
    assert.equal(directives(of({}), 'IPAddressDeny').length, 2)
  })

  it('leaves no core dumps where there are secrets', () => {
    assert.deepEqual(directives(of({ secrets: ['KEY'] }), 'LimitCORE'), ['LimitCORE=0'])
    assert.deepEqual(directives(of({}), 'LimitCORE'), [])
  })

  it('keeps its paths beside those that the config lists', () => {
    const unit = {
      BindReadOnlyPaths: '/srv/data',
      InaccessiblePaths: ['/srv/other'],
      TemporaryFileSystem: null,
    }
    assert.deepEqual(
      directives(of({ unit }), 'BindReadOnlyPaths', 'InaccessiblePaths', 'TemporaryFileSystem'),
      [
        'InaccessiblePaths=-/nix/var/nix/daemon-socket',
        'InaccessiblePaths=-/run/slipway',
        'InaccessiblePaths=-/run/slipway-agent',
        'InaccessiblePaths=-/run/slipway-sockets',
        'InaccessiblePaths=/srv/other',
        'BindReadOnlyPaths=/var/lib/slipway/services/web',
        'BindReadOnlyPaths=/srv/data',
      ],
    )
  })
})

describe('units of ours', () => {
  const everything: Parameters<typeof app>[0] = {
    state: true,
    env: { LEVEL: 'info' },
    processes: { worker: { run: '/bin/true', env: { QUEUE: 'mail' } } },
    timers: { nightly: { run: '/bin/true', calendar: 'daily' } },
  }

  const MODES: [string, Parameters<typeof app>[0]][] = [
    ['nothing', {}],
    ['a picked port', { listen: 'port' }],
    ['a port of its own', { listen: { port: 3000 } }],
    ['its own socket', { listen: 'unix' }],
    ['a socket of systemd’s', { listen: 'socket' }],
  ]

  /** Units by the names under which the host installs them: a template is copied for each slot. */
  function installed(all: Record<string, string>): Record<string, string> {
    const instances = Object.entries(all).flatMap(([name, text]) =>
      name.includes('@.') ? SLOTS.map((slot) => [name.replace('@.', `@${slot}.`), text]) : [[name, text]],
    )
    return Object.fromEntries(instances)
  }

  for (const [what, fields] of MODES) {
    it(`hold nothing that systemd does not know, on ${what}`, { skip: WITHOUT_SYSTEMD }, () => {
      const all = installed(units({ ...everything, ...fields }, { command: ['/bin/true'] }))
      const { output } = analyze(['verify'], all)
      assert.deepEqual(output.match(/^.*slipway-units.*:\d+: .*$/gm), null)
    })

    it(`expose at most 2.0 of 10, on ${what}`, { skip: WITHOUT_SYSTEMD }, () => {
      const programs = Object.entries(installed(units({ ...everything, ...fields }))).filter(
        // What hands on requests, and what makes a folder, runs no program of the package.
        ([name]) => name.endsWith('.service') && !/^web@(queue-|sockets)/.test(name),
      )
      assert.equal(programs.length, fields?.listen ? 4 : 3)
      for (const [name, text] of programs) {
        const { status, output } = analyze(['--offline=true', '--no-pager', '--threshold=20', 'security'], {
          [name]: text,
        })
        assert.equal(status, 0, output)
      }
    })
  }
})
