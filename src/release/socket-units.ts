import { SOCKETS_ROOT } from '../contract/paths.js'
import type { Program } from '../contract/service.js'
import { listenFolder } from './listen.js'
import { mergeDirectives, type Sections } from './unit-file.js'
import type { HostFeatures, Instance } from './units.js'

/** The socket unit of `listen: 'socket'`. */
export function socketUnit(service: Program, instance: Instance, { nginxGroup }: HostFeatures): Sections {
  const title = instance.title.replace(service.name, `${service.name} socket`)
  const sections: Sections = {
    Unit: {
      Description: `${title}${instance.places.suffix}`,
      ...(instance.places.own && { RequiresMountsFor: SOCKETS_ROOT }),
      ...instance.conditions,
    },
    Socket: {
      ListenStream: instance.socket.path,
      SocketGroup: nginxGroup,
      SocketMode: '0660',
      RemoveOnStop: true,
    },
  }
  return mergeDirectives(sections, service.unit)
}

/**
 * nginx alone may reach the sockets: what is made in a set-group-ID folder belongs to its group. Not
 * `RuntimeDirectory=`, which would give the folder to the service's own group.
 */
export function makeFolder(service: Program, folder: string, { nginxGroup }: HostFeatures): string {
  return `install -d -o ${service.name} -g ${nginxGroup} -m 2750 ${folder}`
}

/** Two sockets, the folder itself, and what a program makes beside them: locks, sockets under other names. */
const FOLDER_INODES = 64
const FOLDER_SIZE = '64k'
const FOLDER_OPTIONS = `nosymfollow,nodev,noexec,nosuid,size=${FOLDER_SIZE},nr_inodes=${FOLDER_INODES}`

/**
 * The folder is a mount of its own: whatever a program puts there, others still have room for their sockets. One in which
 * there are sockets already stays as it is until the next boot.
 */
function mountFolder(folder: string): string {
  const isUsed = `ls -A ${folder} | grep -q .`
  const mount = `mount -t tmpfs -o ${FOLDER_OPTIONS} slipway-sockets ${folder}`
  return `mountpoint -q ${folder} || { install -d ${folder}; ${isUsed} || ${mount}; }`
}

export function folderUnitName(service: string): string {
  return `${service}@sockets.service`
}

/**
 * Makes the folder of a service's sockets. As a command of the service's own unit, with root's rights, it would have
 * the service's variables too: with `PATH` among them, whoever deploys the service would be root.
 */
export function folderUnit(service: Program, features: HostFeatures): Sections {
  const folder = listenFolder(service.name)
  return {
    Unit: {
      Description: `${service.name}: the folder of its sockets (slipway)`,
      RequiresMountsFor: SOCKETS_ROOT,
    },
    Service: {
      Type: 'oneshot',
      ExecStart: `/bin/sh -c '${mountFolder(folder)}; ${makeFolder(service, folder, features)}'`,
      Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
      SyslogIdentifier: service.name,
    },
  }
}
