import { AGENT_SOCKET, HOST_ROOT, RUN_ROOT, SLICE, SOCKETS_ROOT } from '../contract/paths.js'
import type { Directive, Program } from '../contract/service.js'

/** Nix's daemon builds for whoever reaches its socket, and outside of the unit of who asked. */
const NIX_DAEMON = '/nix/var/nix/daemon-socket'

/**
 * Where clouds tell a machine about itself, and its credentials: 169.254.169.254 with most, and the IPv6 addresses of
 * AWS, Google's cloud and Oracle's, and that of Alibaba, which are not link-local. systemd-run takes a word such as
 * `link-local` only by itself.
 */
const CLOUD_METADATA = ['link-local', 'fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe 100.100.100.200']

/** The folder of the agent's socket. */
const AGENT_FOLDER = AGENT_SOCKET.slice(0, AGENT_SOCKET.lastIndexOf('/'))

const hide = (...paths: readonly string[]) => paths.map((path) => `-${path}`)

/**
 * What every unit is denied unless the config's `unit` says otherwise, see systemd.exec(5).
 * `MemoryDenyWriteExecute` is left out: it stops every program that compiles while it runs (Node, Java, LuaJIT).
 * `ProcSubset=pid` is left out: runtimes read /proc/meminfo and /proc/cpuinfo to size themselves.
 */
export const SANDBOX: Record<string, Directive> = {
  NoNewPrivileges: true,
  CapabilityBoundingSet: '',
  AmbientCapabilities: '',
  ProtectSystem: 'strict',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  DevicePolicy: 'closed',
  PrivateUsers: true,
  PrivateMounts: true,
  PrivateIPC: true,
  ProtectHostname: true,
  ProtectClock: true,
  ProtectKernelTunables: true,
  ProtectKernelModules: true,
  ProtectKernelLogs: true,
  ProtectControlGroups: true,
  ProtectProc: 'invisible',
  RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  RestrictNamespaces: true,
  RestrictRealtime: true,
  RestrictSUIDSGID: true,
  LockPersonality: true,
  RemoveIPC: true,
  KeyringMode: 'private',
  SystemCallArchitectures: 'native',
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
  SystemCallErrorNumber: 'EPERM',
  IPAddressDeny: CLOUD_METADATA,
  InaccessiblePaths: hide(NIX_DAEMON, RUN_ROOT, AGENT_FOLDER, HOST_ROOT, SOCKETS_ROOT),
}

/** What a program sees of slipway's folders on a host of deploys: what is its own, and nothing else. */
export interface OwnFolders {
  /** Its releases. */
  service: string
  /** Its sockets, where it makes some itself. */
  sockets?: string | undefined
}

/** The sandbox of a service's programs. */
export function programSandbox(service: Program, own?: OwnFolders): Record<string, Directive> {
  const { IPAddressDeny, InaccessiblePaths: _all, ...sandbox } = SANDBOX
  const hidden = [
    ...(service.nixDaemon ? [] : [NIX_DAEMON]),
    RUN_ROOT,
    AGENT_FOLDER,
    ...(own ? [] : [HOST_ROOT]),
    ...(own?.sockets === undefined ? [SOCKETS_ROOT] : []),
  ]
  return {
    ...sandbox,
    ...(service.cloudMetadata ? {} : { IPAddressDeny }),
    InaccessiblePaths: hide(...hidden),
    ...(own && ownFolders(own)),
    // What a program had in memory when it crashed, its secrets are part of.
    ...(Object.keys(service.secretsAs).length > 0 && { LimitCORE: 0 }),
  }
}

/** Not a release itself is shown but the folder of all of them, in which links lead to the one that is current. */
function ownFolders({ service, sockets }: OwnFolders): Record<string, Directive> {
  return {
    Slice: SLICE,
    TemporaryFileSystem: [HOST_ROOT, ...(sockets === undefined ? [] : [SOCKETS_ROOT])].map(
      (path) => `${path}:ro`,
    ),
    BindReadOnlyPaths: service,
    // A hook runs before the folder has been made.
    ...(sockets !== undefined && { BindPaths: `-${sockets}` }),
  }
}
