import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { programPath, renderUnits } from '../../src/release/units.js'
import { app, PACKAGE } from './samples.js'
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
SystemCallErrorNumber=EPERM`

const ENVIRONMENT = `Environment=PATH=${PACKAGE}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`

const CONTEXT = { package: PACKAGE, command: [`${PACKAGE}/bin/app`], systemd: 252, nginxGroup: 'www-data' }

function units(fields: Parameters<typeof app>[0], context: Partial<typeof CONTEXT> = {}) {
  return renderUnits(app(fields), { ...CONTEXT, ...context })
}

/** The lines of a unit that start with one of some directives. */
function directives(text: string | undefined, ...names: string[]): string[] {
  return (text ?? '').split('\n').filter((line) => names.some((name) => line.startsWith(`${name}=`)))
}

describe('renderUnits: the main program', () => {
  for (const listen of ['port', { port: 3000 }, undefined] as const) {
    const how = typeof listen === 'object' ? 'on a port of its own' : listen ? 'on $PORT' : 'not at all'
    it(`that listens ${how} has one service`, () => {
      assert.deepEqual(units({ listen }), {
        'web.service': `${MARK}
[Unit]
Description=web (slipway)
After=network.target
StartLimitIntervalSec=0

[Service]
Type=exec
User=web
Group=web
ExecStart=${PACKAGE}/bin/app
WorkingDirectory=/
${ENVIRONMENT}
EnvironmentFile=/var/lib/slipway/services/web/current/env
SyslogIdentifier=web
UMask=0077
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${SANDBOX}

[Install]
WantedBy=multi-user.target
`,
      })
    })
  }

  it('that listens on a socket of systemd’s has a socket unit, which nginx’s group may use', () => {
    assert.deepEqual(units({ listen: 'socket' }, { nginxGroup: 'nginx' }), {
      'web.service': `${MARK}
[Unit]
Description=web (slipway)
After=network.target web.socket
StartLimitIntervalSec=0
Requires=web.socket

[Service]
Type=exec
User=web
Group=web
ExecStart=${PACKAGE}/bin/app
WorkingDirectory=/
${ENVIRONMENT}
EnvironmentFile=/var/lib/slipway/services/web/current/env
SyslogIdentifier=web
UMask=0077
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${SANDBOX}

[Install]
WantedBy=multi-user.target
`,
      'web.socket': `${MARK}
[Unit]
Description=web socket (slipway)

[Socket]
ListenStream=/run/web.sock
SocketGroup=nginx
SocketMode=0660
RemoveOnStop=yes

[Install]
WantedBy=sockets.target
`,
    })
  })

  it('that makes its own socket gets a folder for it, which nginx’s group may enter', () => {
    assert.deepEqual(units({ listen: 'unix' }, { nginxGroup: 'nginx' }), {
      'web.service': `${MARK}
[Unit]
Description=web (slipway)
After=network.target
StartLimitIntervalSec=0

[Service]
Type=exec
User=web
Group=web
ExecStart=${PACKAGE}/bin/app
WorkingDirectory=/
${ENVIRONMENT}
EnvironmentFile=/var/lib/slipway/services/web/current/env
SyslogIdentifier=web
UMask=0007
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${SANDBOX}
ExecStartPre=+/bin/sh -c 'install -d -o web -g nginx -m 2750 /run/web && rm -f /run/web/http.sock'
ReadWritePaths=-/run/web

[Install]
WantedBy=multi-user.target
`,
    })
  })

  it('starts with its arguments quoted', () => {
    const { 'web.service': unit } = units({}, { command: [`${PACKAGE}/bin/app`, '--name', 'a $b', '%'] })
    assert.deepEqual(directives(unit, 'ExecStart'), [`ExecStart=${PACKAGE}/bin/app --name "a $$b" %%`])
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
    assert.deepEqual(directives(unit, 'WorkingDirectory'), [
      'WorkingDirectory=/var/lib/slipway/services/web/current/assets',
    ])
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

describe('renderUnits: processes', () => {
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
      `ExecStart=${PACKAGE}/bin/work "a b"`,
      'Restart=always',
      'WantedBy=multi-user.target',
    ])
  })

  it('have variables of their own, which win over the service’s', () => {
    assert.deepEqual(directives(worker, 'Environment', 'EnvironmentFile'), [
      ENVIRONMENT,
      'EnvironmentFile=/var/lib/slipway/services/web/current/env',
      'EnvironmentFile=/var/lib/slipway/services/web/current/env-worker',
    ])
  })

  it('have the service’s variables alone where they give none', () => {
    const { 'web-worker.service': unit } = units({ processes: { worker: { run: 'work' } } })
    assert.deepEqual(directives(unit, 'Environment', 'EnvironmentFile'), [
      ENVIRONMENT,
      'EnvironmentFile=/var/lib/slipway/services/web/current/env',
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

describe('renderUnits: timers', () => {
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
      'EnvironmentFile=/var/lib/slipway/services/web/current/env',
      'EnvironmentFile=/var/lib/slipway/services/web/current/env-nightly',
      'Nice=10',
    ])
    assert.deepEqual(directives(own['web-nightly.timer'], 'MemoryMax', 'Nice'), [])
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
ExecStart=${PACKAGE}/bin/clean --all
WorkingDirectory=/var/lib/web
${ENVIRONMENT}
EnvironmentFile=/var/lib/slipway/services/web/current/env
SyslogIdentifier=web
UMask=0077
StateDirectory=web
StateDirectoryMode=0750
${SANDBOX}
`,
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

  for (const listen of ['port', 'unix', 'socket'] as const) {
    it(`hold nothing that systemd does not know: ${listen}`, { skip: WITHOUT_SYSTEMD }, () => {
      const all = units({ ...everything, listen }, { command: ['/bin/true'] })
      const { output } = analyze(['verify'], all)
      assert.deepEqual(output.match(/^.*slipway-units.*:\d+: .*$/gm), null)
    })
  }

  for (const listen of ['port', 'unix', 'socket'] as const) {
    it(`expose at most 2.0 of 10: ${listen}`, { skip: WITHOUT_SYSTEMD }, () => {
      const { 'web.socket': _, 'web-nightly.timer': __, ...services } = units({ ...everything, listen })
      for (const [name, text] of Object.entries(services)) {
        const { status, output } = analyze(['--offline=true', '--no-pager', '--threshold=20', 'security'], {
          [name]: text,
        })
        assert.equal(status, 0, output)
      }
    })
  }
})

describe('programPath', () => {
  it('is in the package', () => assert.equal(programPath(PACKAGE, 'app'), `${PACKAGE}/bin/app`))
  it('is a full path as it stands', () => assert.equal(programPath(PACKAGE, '/bin/sh'), '/bin/sh'))
})
