import { holdMark, queueSocket, SLICE } from '../contract/paths.js'
import { SLOTS } from '../contract/service.js'
import { SANDBOX } from './sandbox.js'
import type { Sections } from './unit-file.js'

/** systemd-socket-proxyd(8) is no program that people call, so it is on no PATH. */
const SOCKET_PROXIES = ['/usr/lib/systemd', '/lib/systemd', '/run/current-system/systemd/lib/systemd'].map(
  (folder) => `${folder}/systemd-socket-proxyd`,
)
/** How many requests may wait for an instance; more are refused, as they would be by nginx itself. */
const QUEUE_CONNECTIONS = 4096
/** How soon those that wait are handed on once they may be. */
const QUEUE_POLL_SECONDS = 0.02
/** When nothing has come for this long, all that waited has been answered. */
const QUEUE_IDLE = '10s'

/**
 * Where requests wait while the one instance of a hard-coded port is replaced, and what then hands them on. There are
 * two: what hands on those of the last time may still be at it.
 */
export function queueUnits(service: string, port: number, nginxGroup: string): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  for (const slot of SLOTS) {
    const waitThenPass =
      `while [ -e ${holdMark(service)} ]; do sleep ${QUEUE_POLL_SECONDS}; done; ` +
      `for p in ${SOCKET_PROXIES.join(' ')}; do if [ -x $$p ]; then ` +
      `exec $$p --connections-max=${QUEUE_CONNECTIONS} --exit-idle-time=${QUEUE_IDLE} 127.0.0.1:${port}; fi; done; exit 1`
    units[`${service}@queue-${slot}.socket`] = {
      Unit: { Description: `${service}: requests that wait, ${slot} (slipway)` },
      Socket: {
        ListenStream: queueSocket(service, slot),
        SocketGroup: nginxGroup,
        SocketMode: '0660',
        Backlog: QUEUE_CONNECTIONS,
        RemoveOnStop: true,
      },
    }
    units[`${service}@queue-${slot}.service`] = {
      Unit: { Description: `${service}: hands on what has waited, ${slot} (slipway)` },
      Service: {
        DynamicUser: true,
        Slice: SLICE,
        ExecStart: `/bin/sh -c '${waitThenPass}'`,
        Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
        SyslogIdentifier: service,
        ...SANDBOX,
      },
    }
  }
  return units
}
