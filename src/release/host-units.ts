import { SLICE, SOCKETS_ROOT } from '../contract/paths.js'

/** The mount on which sockets lie: its unit's name is the path's, see systemd-escape(1). */
export const SOCKETS_MOUNT = 'run-slipway\\x2dsockets.mount'

/** Sockets take no room themselves; this is what else a program may put beside its own, for all of them together. */
const SOCKETS_SIZE = '1M'
/** Two sockets, a folder and some room for each of a few hundred services. */
const SOCKETS_INODES = 4096

/** What is left for everything else on the host: logins, nginx, the agent, databases. */
const MEMORY_PERCENT = 90
const TASKS_PERCENT = 80

/** Units of a host that no service has for itself, by name. */
export const HOST_UNITS: Readonly<Record<string, string>> = {
  [SLICE]: `# Managed by slipway: what services may use, together
[Unit]
Description=slipway: services

[Slice]
MemoryMax=${MEMORY_PERCENT}%
TasksMax=${TASKS_PERCENT}%
`,
  [SOCKETS_MOUNT]: `# Managed by slipway: where services have their sockets
[Unit]
Description=slipway: sockets of services

[Mount]
What=tmpfs
Where=${SOCKETS_ROOT}
Type=tmpfs
Options=nosymfollow,nodev,noexec,nosuid,mode=0755,size=${SOCKETS_SIZE},nr_inodes=${SOCKETS_INODES}
`,
}
