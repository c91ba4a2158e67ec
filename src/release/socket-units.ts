import type { Program } from '../contract/service.js'
import { listenFolder } from './listen.js'
import type { Sections } from './unit-file.js'
import type { HostFeatures, Instance } from './units.js'

/** The socket unit of `listen: 'socket'`. */
export function socketUnit(service: Program, instance: Instance, { nginxGroup }: HostFeatures): Sections {
  const title = instance.title.replace(service.name, `${service.name} socket`)
  return {
    Unit: { Description: `${title}${instance.places.suffix}`, ...instance.conditions },
    Socket: {
      ListenStream: instance.socket.path,
      SocketGroup: nginxGroup,
      SocketMode: '0660',
      RemoveOnStop: true,
    },
  }
}

/**
 * nginx alone may reach the sockets: what is made in a set-group-ID folder belongs to its group. Not
 * `RuntimeDirectory=`, which would give the folder to the service's own group.
 */
export function makeFolder(service: Program, folder: string, { nginxGroup }: HostFeatures): string {
  return `install -d -o ${service.name} -g ${nginxGroup} -m 2750 ${folder}`
}

export function folderUnitName(service: string): string {
  return `${service}@folder.service`
}

/**
 * Makes the folder of a service's sockets. As a command of the service's own unit, with root's rights, it would have
 * the service's variables too: with `PATH` among them, whoever deploys the service would be root.
 */
export function folderUnit(service: Program, features: HostFeatures): Sections {
  return {
    Unit: { Description: `${service.name}: the folder of its sockets (slipway)` },
    Service: {
      Type: 'oneshot',
      ExecStart: `/bin/sh -c '${makeFolder(service, listenFolder(service.name), features)}'`,
      Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
      SyslogIdentifier: service.name,
    },
  }
}
