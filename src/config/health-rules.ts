import type { Problem } from './problems.js'
import type { ProgramConfig } from './resolved.js'
import type { Health } from './types.js'

/** Fields of `health` that say different things. */
export function healthContradictions(health: Health): { field: keyof Health; message: string }[] {
  const { run, protocol = 'http' } = health
  const has = (field: keyof Health) => health[field] !== undefined
  const told = run === undefined ? `protocol is '${protocol}'` : '`run` tells'
  const requests = run === undefined && protocol === 'http' ? [] : (['path', 'status'] as const).filter(has)
  const protocols = run === undefined ? [] : (['protocol', 'grpcService'] as const).filter(has)
  return [
    ...requests.map((field) => ({ field, message: `is of an HTTP request, but ${told}` })),
    ...protocols.map((field) => ({ field, message: `is of a question to the service, but ${told}` })),
    ...(run === undefined && protocol !== 'grpc' && has('grpcService')
      ? [{ field: 'grpcService' as const, message: "needs `protocol: 'grpc'`" }]
      : []),
  ]
}

/** What can't be asked of a service, as it listens. */
export function healthProblems({ name, listen, health: { by } }: ProgramConfig): Problem[] {
  if (by === undefined) return []
  const problem = (field: string, message: string, suggestion: string): Problem[] => [
    { path: `services.${name}.health.${field}`, message, suggestion },
  ]
  if ('run' in by) {
    return listen?.mode === 'socket'
      ? problem('run', 'is not shown a socket that systemd makes', "use `protocol`, or listen: 'unix'")
      : []
  }
  if (listen === undefined) return problem('protocol', 'asks a service that does not listen', 'use `run`')
  return by.protocol === 'tcp' && listen.mode === 'socket'
    ? problem(
        'protocol',
        'tells nothing: systemd takes connections before the program runs',
        'use another one',
      )
    : []
}
