import { dirname, join } from 'node:path'
import { AGENT_SOCKET, HOST_ROOT, RUN_ROOT } from '../contract/paths.js'

/** Where the agent keeps things; tests put roots of their own in place of a host's. */
export interface Places {
  /** What outlives a reboot: /var/lib/slipway. */
  root: string
  /** What a reboot takes: /run/slipway. */
  run: string
  socket: string
  services: string
  systems: string
  guards: string
  incoming: string
  secrets: string
  certificates: string
  access: string
  nginx: string
  nginxTrees: string
  maintenance: string
  /** Binary caches, by name: what is served of each, and the key that signs it. */
  caches: string
  /** What was on the host before services took its place, by service. */
  adopted: string
  /** The system users and state directories that slipway made, or took over. */
  owned: string
  /** What older versions had in its place: the users slipway made, a name a line. */
  users: string
  /** Versions of the agent, by the hash of their bundle. */
  agents: string
  /** Exists while an instance is to run without being current, by `service@slot`. */
  slotMarks: string
  /** Exists while requests to a service wait. */
  holdMarks: string
  /** Steps are written down, and stopped at, where this folder is: only tests make it. */
  faults: string
  service(name: string): string
  /** The state directory of a service. */
  state(service: string): string
  release(service: string, number: number): string
  guard(id: string): string
}

export function placesAt(root = HOST_ROOT, run = RUN_ROOT): Places {
  const services = join(root, 'services')
  return {
    root,
    run,
    socket: run === RUN_ROOT ? AGENT_SOCKET : join(run, 'agent.sock'),
    services,
    systems: join(root, 'systems'),
    guards: join(root, 'guards'),
    incoming: join(root, 'incoming'),
    secrets: join(root, 'secrets'),
    certificates: join(root, 'certificates'),
    access: join(root, 'access'),
    nginx: join(root, 'nginx'),
    nginxTrees: join(root, 'nginx-trees'),
    maintenance: join(root, 'maintenance'),
    caches: join(root, 'caches'),
    adopted: join(root, 'adopted'),
    owned: join(root, 'owned.json'),
    users: join(root, 'users'),
    agents: join(root, 'agent'),
    slotMarks: `${run}-slots`,
    holdMarks: `${run}-hold`,
    faults: join(run, 'faults'),
    state: (name) => join(dirname(root), name),
    service: (name) => join(services, name),
    release: (name, number) => join(services, name, 'releases', String(number)),
    guard: (id) => join(root, 'guards', id),
  }
}
