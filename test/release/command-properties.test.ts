import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manifestOf } from '../../src/plan/manifest.js'
import { commandProperties, NoSandbox } from '../../src/release/command-properties.js'
import { app, FEATURES, ingredients, staticSite } from './samples.js'

const RELEASE = '/var/lib/slipway/services/web/releases/7'

function properties(fields: Parameters<typeof app>[0], given: Parameters<typeof ingredients>[0] = {}) {
  const manifest = manifestOf(app(fields), ingredients({ ports: [20_000, 20_001], ...given }))
  return commandProperties(manifest, FEATURES, { releaseDir: RELEASE, slot: 'green' })
}

/** Those of some settings. */
const only = (all: string[], ...names: string[]) =>
  all.filter((property) => names.includes(property.split('=')[0] ?? ''))

const SANDBOX = [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'DevicePolicy=closed',
  'PrivateUsers=yes',
  'PrivateMounts=yes',
  'PrivateIPC=yes',
  'ProtectHostname=yes',
  'ProtectClock=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectProc=invisible',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'RemoveIPC=yes',
  'KeyringMode=private',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallErrorNumber=EPERM',
  'IPAddressDeny=link-local',
  'IPAddressDeny=fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe 100.100.100.200',
  'InaccessiblePaths=-/nix/var/nix/daemon-socket',
  'InaccessiblePaths=-/run/slipway',
  'InaccessiblePaths=-/run/slipway-agent',
  'InaccessiblePaths=-/run/slipway-sockets',
  'Slice=slipway.slice',
  'TemporaryFileSystem=/var/lib/slipway:ro',
  'BindReadOnlyPaths=/var/lib/slipway/services/web',
]

describe('commandProperties', () => {
  it('are the sandbox of the instance, in the release itself', () => {
    assert.deepEqual(properties({ listen: 'port', assets: ['views'], state: true }), [
      'User=web',
      'Group=web',
      `WorkingDirectory=${RELEASE}/assets`,
      `Environment=PATH=${RELEASE}/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
      `EnvironmentFile=${RELEASE}/env`,
      `EnvironmentFile=-${RELEASE}/env@green`,
      'UMask=0077',
      'StateDirectory=web',
      'StateDirectoryMode=0750',
      ...SANDBOX,
    ])
  })

  it('are those of what does not listen, too', () => {
    assert.deepEqual(properties({}), [
      'User=web',
      'Group=web',
      'WorkingDirectory=/',
      `Environment=PATH=${RELEASE}/package/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
      `EnvironmentFile=${RELEASE}/env`,
      'UMask=0077',
      ...SANDBOX,
    ])
  })

  it('bring secrets', () => {
    const all = properties(
      { listen: 'socket', secrets: { URL: {}, KEY: { as: 'file' } } },
      { secrets: { URL: 'aa.cred', KEY: 'bb' } },
    )
    assert.deepEqual(only(all, 'LoadCredential', 'LoadCredentialEncrypted'), [
      `LoadCredential=KEY:${RELEASE}/secrets/KEY`,
      `LoadCredentialEncrypted=URL:${RELEASE}/secrets/URL`,
    ])
  })

  it('reach the sockets’ folder, and leave out what makes it', () => {
    const all = properties({ listen: 'unix' })
    assert.deepEqual(only(all, 'BindPaths', 'UMask', 'ExecStartPre'), [
      'UMask=0007',
      'BindPaths=-/run/slipway-sockets/web',
    ])
  })

  it('take the config’s directives, but for how a unit starts, stays up and stops', () => {
    const all = properties({
      listen: 'port',
      unit: {
        MemoryMax: '512M',
        ProtectHome: null,
        Nice: 5,
        IPAddressAllow: ['localhost', '10.0.0.0/8'],
        BindReadOnlyPaths: '/var/lib/slipway/services/web/slots/%i/release/package/share:/srv/%i',
        Environment: ['A=100%%', 'B=%%i'],
        Type: 'notify',
        WatchdogSec: 10,
        TimeoutStartSec: '5min',
        RestartSec: 3,
        RuntimeDirectory: 'web',
        ExecStartPre: '/bin/true',
        RemainAfterExit: true,
        After: 'postgresql.service',
      },
    })
    assert.deepEqual(
      all.filter((property) => !SANDBOX.includes(property)),
      [
        'User=web',
        'Group=web',
        'WorkingDirectory=/',
        'Environment=A=100%',
        'Environment=B=%i',
        `EnvironmentFile=${RELEASE}/env`,
        `EnvironmentFile=-${RELEASE}/env@green`,
        'UMask=0077',
        `BindReadOnlyPaths=${RELEASE}/package/share:/srv/green`,
        'MemoryMax=512M',
        'Nice=5',
        'IPAddressAllow=localhost',
        'IPAddressAllow=10.0.0.0/8',
      ],
    )
    assert.equal(all.includes('ProtectHome=yes'), false)
  })

  it('are in one line each', () => {
    const all = properties({ unit: { Environment: 'A=1\nB=2', WorkingDirectory: '~' } })
    assert.deepEqual(only(all, 'Environment', 'WorkingDirectory'), [
      'WorkingDirectory=~',
      'Environment=A=1 B=2',
    ])
  })

  it('audit 31: there are none for a site, which runs nothing', () => {
    const manifest = manifestOf(staticSite(), ingredients())
    const at = { releaseDir: RELEASE, slot: 'blue' } as const
    assert.throws(() => commandProperties(manifest, FEATURES, at), NoSandbox)
  })

  it('audit 31: there are none where the unit names no user, as root would then run the command', () => {
    assert.throws(() => properties({ unit: { User: null } }), NoSandbox)
    assert.throws(() => properties({ unit: { User: '' } }), NoSandbox)
    assert.ok(properties({ unit: { User: null, DynamicUser: true } }).includes('DynamicUser=yes'))
  })
})
