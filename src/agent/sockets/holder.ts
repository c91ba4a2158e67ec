import { listeningProcesses } from './listening.js'

/**
 * Who listens on a TCP port, as `perl (process 12)`: a process that isn't part of the service itself. undefined: nobody
 * else, or nobody that this host has a process for.
 */
export async function portHolder(port: number, own: string, proc = '/proc'): Promise<string | undefined> {
  for await (const { pid, cgroup, name } of listeningProcesses(proc, (one) => one === port)) {
    if (cgroup !== undefined && name !== undefined && !isOf(own, cgroup)) return `${name} (process ${pid})`
  }
  return undefined
}

/** Whether a process is in a unit of a service: of an instance, a worker, a queue. */
function isOf(service: string, cgroup: string): boolean {
  return new RegExp(`/${service}([-@][a-z0-9-]*)?\\.service(/|$)`, 'm').test(cgroup)
}
