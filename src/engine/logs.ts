import type { Config } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { createLineReader } from '../line-reader.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHosts } from './login.js'
import { asError, collect, type HostFailure } from './result.js'
import { hostsFor, serviceOf } from './selection.js'

export interface LogOptions {
  /** Default: the only one. */
  service: string | undefined
  hosts: readonly string[]
  /** Whether to go on as lines come. */
  follow: boolean
  /** From when, as systemd.time(7) has it; undefined: from the beginning, or as many lines as are wanted. */
  since: string | undefined
  /** Only lines that match this Perl-compatible regular expression; undefined: all. */
  grep?: string | undefined
  /** How many lines; undefined: all. */
  lines: number | undefined
}

/**
 * A service's journal, whatever the release: `onLine` is called for each line, as it comes.
 * Where several hosts are asked, each line comes with its host.
 */
export async function logs(
  engine: Engine,
  config: Config,
  options: LogOptions,
  onLine: (line: string, host: string | undefined) => void,
): Promise<{ failures: HostFailure[] }> {
  const service = serviceOf(config, options.service)
  const hosts = hostsFor(config, options.hosts, service)
  const results = await onHosts(engine, hosts, (login, host) =>
    readLog(login, service, options, (line) => onLine(line, hosts.length > 1 ? host.name : undefined)),
  )
  return { failures: collect(results).failures }
}

async function readLog(
  login: Login,
  service: string,
  { follow, since, grep, lines }: LogOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const { stream } = await call(login, 'logs', {
    ...{ service, follow },
    lines: lines ?? null,
    since: since ?? null,
    ...(grep !== undefined && { grep }),
  })
  const reader = createLineReader(onLine)
  try {
    for await (const chunk of login.agent.download(stream)) reader.add(chunk)
    reader.end()
  } catch (error) {
    throw new SlipwayError(
      { what: `the connection to ${login.host} was lost`, why: asError(error).message },
      { cause: error },
    )
  }
}
