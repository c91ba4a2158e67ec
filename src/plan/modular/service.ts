import type { Modular, ModularNode } from '../../config/modular.js'
import type { ProgramConfig } from '../../config/resolved.js'
import type { Directive, JobConfig } from '../../contract/service.js'
import { words } from './directives.js'
import { carriedUnit, type Refused } from './unit.js'

/** A part of a unit's name. */
const JOB_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** A modular service as a service of slipway's. */
export interface FromModule {
  service: ProgramConfig
  /** What people should know before it is deployed. */
  warnings: string[]
  /** What can't be carried; empty: all is. */
  refused: Refused[]
}

/** Makes a service of what a module comes to. What the config says itself comes last, and so counts. Pure. */
export function fromModule(
  config: ProgramConfig,
  { service: root, program, files, warnings }: Modular,
): FromModule {
  const { name, listen } = config
  const main = carriedUnit(root, { service: name, unit: name, listen })
  const socket = socketOf(root, config)
  const subs = subServices(root).map(([sub, node]) => {
    const unit = carriedUnit(node, { service: name, unit: `${name}-${sub}`, listen: undefined })
    return { sub, node, unit }
  })
  const jobs = subs.map(
    ({ sub, node, unit }): JobConfig => ({
      name: sub,
      run: node.argv,
      env: unit.env,
      unit: unit.unit,
      calendar: undefined,
    }),
  )
  const opens = [...main.opens, ...subs.flatMap(({ unit }) => unit.opens)]
  const taken = config.processes.filter((job) => jobs.some((one) => one.name === job.name))
  const refused = [
    ...main.refused,
    ...socket.refused,
    ...subs.flatMap(({ sub, node, unit }) => [
      ...(JOB_NAME.test(sub)
        ? []
        : [{ option: `services.${sub}`, why: 'a unit is named with a-z, 0-9 and "-"' }]),
      ...unit.refused.map((one) => ({ ...one, option: `services.${sub}.${one.option}` })),
      ...(hasSocket(node)
        ? [{ option: `services.${sub}.systemd.socket`, why: 'a sub-service is a worker' }]
        : []),
      ...(node.exec === null || wantsVariables(config) ? [] : [refusedCommand(`services.${sub}.`)]),
    ]),
    ...(root.exec !== null && wantsVariables(config) ? [refusedCommand('')] : []),
    ...taken.map((job) => ({ option: `services.${job.name}`, why: 'the config has a process of that name' })),
  ]
  return {
    service: {
      ...config,
      run: root.argv,
      env: { ...main.env, ...config.env },
      state: config.state || main.state || subs.some(({ unit }) => unit.state),
      unit: { ...main.unit, ...socket.unit, ...config.unit },
      processes: [...jobs, ...config.processes],
      ...reloading(program, files, main.unit, subs),
    },
    warnings: [
      ...warnings,
      ...(opens.length > 0 ? [`its module opens the sandbox: ${[...new Set(opens)].join(', ')}`] : []),
    ],
    refused,
  }
}

function refusedCommand(below: string): Refused {
  return {
    option: `${below}systemd.mainExecStart`,
    why: "a program gets secrets as variables through `process.argv`; have them `as: 'file'`",
  }
}

function wantsVariables({ secrets }: ProgramConfig): boolean {
  return secrets.some(({ as }) => as === 'env')
}

/** All below a service, by their names in it. */
function subServices(node: ModularNode, above = ''): [string, ModularNode][] {
  return Object.entries(node.services).flatMap(([name, sub]): [string, ModularNode][] => [
    [`${above}${name}`, sub],
    ...subServices(sub, `${above}${name}-`),
  ])
}

function hasSocket({ socket }: ModularNode): boolean {
  return Object.keys(socket).length > 0
}

/** Where a module has a socket, systemd makes one for each slot in its place. */
function socketOf(
  root: ModularNode,
  { listen }: ProgramConfig,
): { unit: Record<string, Directive>; refused: Refused[] } {
  if (!hasSocket(root)) return { unit: {}, refused: [] }
  const { socketConfig = {}, listenStreams = [], wantedBy: _, ...rest } = root.socket
  const streams = [...listenStreams, ...words(socketConfig.ListenStream ?? [])]
  const refuse = (option: string, why: string): Refused => ({ option: `systemd.socket.${option}`, why })
  const directives = Object.entries(socketConfig).filter(([name]) => name !== 'ListenStream')
  return {
    unit: Object.fromEntries(
      directives.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : value]),
    ),
    refused: [
      ...(listen?.mode === 'socket'
        ? []
        : [refuse('listenStreams', "the config has to say listen: 'socket'")]),
      ...(streams.length > 1 ? [refuse('listenStreams', 'a service has one socket')] : []),
      ...directives.flatMap(([name]) =>
        /^(Listen|Socket(User|Group|Mode)$|Accept$|Service$)/.test(name)
          ? [refuse(`socketConfig.${name}`, 'slipway says that of its own socket')]
          : [],
      ),
      ...Object.keys(rest).map((name) => refuse(name, 'slipway has nothing of the kind')),
    ],
  }
}

/** Whether files can change without a start: each that has some says how it reads them again. */
function reloading(
  program: string,
  files: readonly string[],
  main: Record<string, Directive>,
  subs: readonly { sub: string; unit: { unit: Record<string, Directive> } }[],
): Pick<ProgramConfig, 'reloads'> {
  const has = (folder: string) => files.some((file) => file.startsWith(folder))
  const reads = (unit: Record<string, Directive>) =>
    unit.ExecReload !== undefined || unit.Type === 'notify-reload'
  const own = has('etc/')
  const processes = subs.filter(({ sub }) => has(`services/${sub}/`))
  if (!own && processes.length === 0) return {}
  if ((own && !reads(main)) || processes.some(({ unit }) => !reads(unit.unit))) return {}
  return { reloads: { program, main: own, processes: processes.map(({ sub }) => sub) } }
}
