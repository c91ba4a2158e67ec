import type { Directive } from '../contract/service.js'

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
}
