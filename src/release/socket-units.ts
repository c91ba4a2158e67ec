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

export function folderUnitName(service: string): string {
  return `${service}@sockets.service`
}

/**
 * Makes the folder of a service's sockets. As a command of the service's own unit, with root's rights, it would have
 * the service's variables too: with `PATH` among them, whoever deploys the service would be root.
 */
export function folderUnit(service: Program, features: HostFeatures): Sections {
  return {
    Unit: {
      Description: `${service.name}: the folder of its sockets (slipway)`,
      RequiresMountsFor: SOCKETS_ROOT,
    },
    Service: {
      Type: 'oneshot',
      ExecStart: `/bin/sh -c '${makeFolder(service, listenFolder(service.name), features)}'`,
      Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
      SyslogIdentifier: service.name,
    },
  }
}
