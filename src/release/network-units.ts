import { SLICE, slotDir } from '../contract/paths.js'
import type { Ports } from '../contract/release.js'
import { type Listen, type Program, SLOTS, type Slot } from '../contract/service.js'
import { pickedPort } from './listen.js'
import { LINK_BITS, LINK_DEVICE, type Link, linkOf, WAY_OUT } from './network.js'
import { type NetworkUse, networkRules } from './network-rules.js'
import type { Sections } from './unit-file.js'

/** How `listen` asks for a network of its own. */
export type NetworkListen = Extract<Listen, { mode: 'network' }>

/** Programs are found on it, wherever a distribution has them; systemd's own list differs. */
const PATH = 'PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What ip(8) calls the network of a slot. */
export function namespaceName(service: string, slot: Slot | '%i'): string {
  return `slipway-${service}-${slot}`
}

/** Where that is. */
export function pathOfNamespace(name: string): string {
  return `/run/netns/${name}`
}

export function namespacePath(service: string, slot: Slot | '%i'): string {
  return pathOfNamespace(namespaceName(service, slot))
}

/** The units that make an instance's network, and its way out: in the order in which they start. */
export function networkUnitNames(service: string, slot: Slot | '%i'): [network: string, wayOut: string] {
  return [`${service}@network-${slot}.service`, `${service}@way-out-${slot}.service`]
}

/** The file of a release that holds the rules of a slot's network. */
export function rulesFile(slot: Slot | '%i'): string {
  return `network@${slot}.nft`
}

/** The networks of a service that listens in one of its own, by slot. */
function networksOf(service: Program, listen: NetworkListen, ports: Ports | null): [Slot, NetworkUse][] {
  return SLOTS.map((slot) => [
    slot,
    { link: linkOf(pickedPort(service.name, ports, slot)), port: listen.port, reach: listen.reach },
  ])
}

/** The rules of its networks, by the file of a release that holds them. */
export function networkFiles(service: Program, ports: Ports | null): Record<string, string> {
  if (service.listen?.mode !== 'network') return {}
  const networks = networksOf(service, service.listen, ports)
  return Object.fromEntries(networks.map(([slot, use]) => [rulesFile(slot), networkRules(use)]))
}

/**
 * The units of its networks. One makes the network and keeps it for as long as the instance runs, the other carries
 * packets out, and may be started again without the instance noticing.
 */
export function networkUnits(
  service: Program,
  listen: NetworkListen,
  ports: Ports | null,
  conditions: (slot: Slot) => Sections[string],
): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  for (const [slot, use] of networksOf(service, listen, ports)) {
    const [network, wayOut] = networkUnitNames(service.name, slot)
    units[network] = networkUnit(service.name, slot, use.link, conditions(slot))
    units[wayOut] = wayOutUnit(service.name, slot, use, conditions(slot))
  }
  return units
}

function networkUnit(service: string, slot: Slot, link: Link, conditions: Sections[string]): Sections {
  const { device, host, program } = link
  const name = namespaceName(service, slot)
  const ip = (words: string) => `/usr/bin/env ip ${words}`
  const within = (words: string) => ip(`-n ${name} ${words}`)
  const set = (file: string, value: number) => `/bin/sh -c 'echo ${value} >/proc/sys/net/${file}'`
  const exec = (command: string) => ip(`netns exec ${name} ${command}`)
  // What a host without IPv6 refuses.
  const ifIpv6 = (commands: string[]) => commands.map((command) => `-${command}`)
  // Quietly: mostly there is nothing to be gone, and what a unit says is shown where a release fails.
  const gone = `-/bin/sh -c 'ip link delete ${device} 2>/dev/null; ip netns delete ${name} 2>/dev/null'`
  return {
    Unit: { Description: `${service}, ${slot}: its network (slipway)`, ...conditions },
    Service: {
      Type: 'oneshot',
      RemainAfterExit: true,
      Environment: PATH,
      ExecStart: [
        gone,
        ip(`netns add ${name}`),
        ip(
          `link add ${device} address ${host.mac} type veth peer name ${LINK_DEVICE} address ${program.mac} netns ${name}`,
        ),
        ip(`address add ${host.ipv4}/${LINK_BITS.ipv4} dev ${device}`),
        within(`address add ${program.ipv4}/${LINK_BITS.ipv4} dev ${LINK_DEVICE}`),
        ip(`link set ${device} up`),
        within(`link set ${LINK_DEVICE} up`),
        within('link set lo up'),
        ...ifIpv6([
          set(`ipv6/conf/${device}/disable_ipv6`, 0),
          ip(`address add ${host.ipv6}/${LINK_BITS.ipv6} dev ${device} nodad`),
          within(`address add ${program.ipv6}/${LINK_BITS.ipv6} dev ${LINK_DEVICE} nodad`),
          // Without it the kernel takes no packet for ::1 from another interface than lo, whatever rules say.
          within(`-6 route add local ::1 dev ${LINK_DEVICE} table local metric 1`),
        ]),
        // As much for 127.0.0.1.
        exec(set('ipv4/conf/all/route_localnet', 1)),
        // No port is anybody else's here.
        exec(set('ipv4/ip_unprivileged_port_start', 0)),
        exec(`nft -f ${slotDir(service).replace('%i', slot)}/${rulesFile(slot)}`),
      ],
      ExecStopPost: gone,
      SyslogIdentifier: service,
      // Nothing that takes a mount namespace: ip(8) mounts the network where others find it.
      NoNewPrivileges: true,
      CapabilityBoundingSet: 'CAP_NET_ADMIN CAP_SYS_ADMIN',
      RestrictRealtime: true,
      LockPersonality: true,
      SystemCallArchitectures: 'native',
    },
  }
}

/**
 * pasta(1) makes of packets connections of its own on the host: so there is nothing to forward or to translate there, no
 * rule of a firewall is passed by, and the program gets wherever the host does.
 */
function wayOutUnit(
  service: string,
  slot: Slot,
  { link, reach }: NetworkUse,
  conditions: Sections[string],
): Sections {
  const [network] = networkUnitNames(service, slot)
  const { device, ipv4, ipv6 } = WAY_OUT
  const reached = [...new Set(reach.map(({ port }) => port))].join(',')
  const words = [
    `--quiet --runas 0 --netns ${namespacePath(service, slot)} --config-net --ns-ifname ${device}`,
    // All that is taken from an interface is whether there is IPv6: the link is there before the host has an address.
    `--interface ${link.device}`,
    `--address ${ipv4.own} --netmask ${ipv4.bits} --gateway ${ipv4.gateway}`,
    `--address ${ipv6.own} --gateway ${ipv6.gateway}`,
    `--no-map-gw --dns-forward ${ipv4.resolver} --dns-forward ${ipv6.resolver}`,
    '--tcp-ports none --udp-ports none --udp-ns none',
    `--tcp-ns ${reached === '' ? 'none' : reached}`,
  ]
  return {
    Unit: {
      Description: `${service}, ${slot}: its way out (slipway)`,
      ...conditions,
      BindsTo: network,
      After: `network.target ${network}`,
      StartLimitIntervalSec: 0,
    },
    Service: {
      // In the background once it carries packets.
      Type: 'forking',
      Environment: PATH,
      ExecStart: `/usr/bin/env pasta ${words.join(' ')}`,
      Restart: 'always',
      RestartSec: 1,
      // To enter the network, to add its interface, and for ports below 1024 in `reach`; it drops the rest itself. Root
      // without more, since not every host lets others open /dev/net/tun.
      CapabilityBoundingSet: 'CAP_SYS_ADMIN CAP_NET_ADMIN CAP_NET_BIND_SERVICE',
      // Debian's profile for it knows networks of users alone.
      AppArmorProfile: '-unconfined',
      Slice: SLICE,
      SyslogIdentifier: service,
      NoNewPrivileges: true,
      ProtectSystem: 'strict',
      ProtectHome: true,
      PrivateTmp: true,
      ProtectClock: true,
      ProtectKernelModules: true,
      ProtectKernelLogs: true,
      ProtectControlGroups: true,
      RestrictRealtime: true,
      LockPersonality: true,
      MemoryDenyWriteExecute: true,
      SystemCallArchitectures: 'native',
    },
  }
}
