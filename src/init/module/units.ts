import type { ProgramConfig } from '../../config/resolved.js'
import type { Directive, HookConfig, JobConfig } from '../../contract/service.js'
import { usageError } from '../../errors.js'
import { jobUnits } from '../../release/job-units.js'
import { commandLine } from '../../release/places.js'
import { SANDBOX } from '../../release/sandbox.js'
import { socketUnit } from '../../release/socket-units.js'
import type { Sections } from '../../release/unit-file.js'
import { mainUnit } from '../../release/units.js'
import { attributeName, attributes, bind, nixList, nixString } from '../detect/write/nix-text.js'
import { localised, localisedSections, moduleContext, moduleInstance, type Names } from './instance.js'
import { directiveList, nixDirective, nixText } from './nix-value.js'

/** How long systemd waits for a start unless told otherwise: `DefaultTimeoutStartSec=`. */
const START_TIMEOUT_SECONDS = 90

/** What `[Unit]` and `[Install]` have an option of their own for: lists of units. */
const UNIT_LISTS: Record<string, string> = {
  Requires: 'requires',
  Requisite: 'requisite',
  Wants: 'wants',
  BindsTo: 'bindsTo',
  PartOf: 'partOf',
  Conflicts: 'conflicts',
  Before: 'before',
  After: 'after',
  OnFailure: 'onFailure',
  Documentation: 'documentation',
  WantedBy: 'wantedBy',
  RequiredBy: 'requiredBy',
  UpheldBy: 'upheldBy',
  Alias: 'aliases',
}

/** The units of a service's module, by the option that holds them: `systemd.services.forum`. */
export function moduleUnits(service: ProgramConfig, names: Names): Record<string, string> {
  const instance = moduleInstance(service, names)
  const context = moduleContext(service, names)
  const units: Record<string, Sections> = {
    [`${service.name}.service`]: withHooks(service, names, mainUnit(service, instance, context)),
    ...(service.listen?.mode === 'socket'
      ? { [`${service.name}.socket`]: socketUnit(service, instance, context) }
      : {}),
    ...jobUnits(service, instance.places, context),
  }
  const jobs = [...service.processes, ...service.timers]
  return Object.fromEntries(
    Object.entries(units).map(([file, sections]) => {
      const dot = file.lastIndexOf('.')
      const [unit, kind] = [file.slice(0, dot), file.slice(dot + 1)]
      const job = jobs.find(({ name }) => unit === `${service.name}-${name}`)
      const local = localisedSections(service, names, sections)
      return [`systemd.${kind}s.${attributeName(unit)}`, unitText(service, job, names, kind, local)]
    }),
  )
}

/** What runs around a switch runs around a start: there is one instance, and so no switch. */
function withHooks(service: ProgramConfig, names: Names, sections: Sections): Sections {
  const { places } = moduleInstance(service, names)
  const lines = (hooks: readonly HookConfig[], prefix: string) =>
    hooks.map(({ run }) => `${prefix}${commandLine(places, run)}`)
  const before = [...present(sections.Service?.ExecStartPre), ...lines(service.before, '')]
  // A failure of theirs is told; the service stays.
  const after = [...present(sections.Service?.ExecStartPost), ...lines(service.after, '-')]
  const seconds = [...service.before, ...service.after].reduce(
    (sum, { timeoutMs }) => sum + timeoutMs / 1000,
    0,
  )
  return {
    ...sections,
    Service: {
      ...sections.Service,
      ...(before.length > 0 ? { ExecStartPre: before } : {}),
      ...(after.length > 0 ? { ExecStartPost: after } : {}),
      ...(seconds > 0 ? { TimeoutStartSec: Math.ceil(seconds) + START_TIMEOUT_SECONDS } : {}),
    },
  }
}

function present(value: Directive | undefined): string[] {
  return value === null || value === undefined ? [] : [value].flat().map(String)
}

function unitText(
  service: ProgramConfig,
  job: JobConfig | undefined,
  names: Names,
  kind: string,
  sections: Sections,
): string {
  const { Description, ...unit } = sections.Unit ?? {}
  const shared = { ...unit, ...sections.Install }
  const title = nixDirective(Description)
  const lists = Object.entries(UNIT_LISTS).flatMap(([directive, option]) => {
    const units = [shared[directive]].flat().flatMap((item) => String(item ?? '').match(/\S+/g) ?? [])
    return units.length > 0 ? [bind(option, nixList(units.map(nixText)))] : []
  })
  const rest = Object.entries(shared).filter(([directive]) => !(directive in UNIT_LISTS))
  const unknown = rest.find(([directive]) => directive in (sections.Install ?? {}))
  if (unknown) {
    throw usageError({
      what: `services.${service.name}: NixOS has no option for ${unknown[0]}`,
      still: 'Nothing was written.',
      next: 'Leave it out of `unit`.',
    })
  }
  return attributes([
    ...(title === undefined ? [] : [bind('description', title)]),
    ...lists,
    ...(kind === 'service' ? programBindings(service, job, names) : []),
    ...section('unitConfig', directives(Object.fromEntries(rest))),
    ...(kind === 'service' ? serviceConfig(sections.Service ?? {}, names) : []),
    ...section('socketConfig', directives(sections.Socket ?? {})),
    ...section('timerConfig', directives(sections.Timer ?? {})),
  ])
}

/** The package's own programs come first, then those of the system, as with a deploy. */
function programBindings(service: ProgramConfig, job: JobConfig | undefined, names: Names): string[] {
  return [
    bind('path', nixList([`${names.cfg}.package`, nixString('/run/current-system/sw')])),
    bind('environment', environment(service, job, names)),
  ]
}

/** Variables of a unit: the service's, those of a job, where to listen. */
function environment(service: ProgramConfig, job: JobConfig | undefined, names: Names): string {
  const { cfg } = names
  const own = variables(service, job?.env ?? {}, names)
  const all = own.length === 0 ? `${cfg}.environment` : `(${cfg}.environment // ${attributes(own)})`
  const escaped = `escapePercent ${all}`
  const listen = job
    ? undefined
    : {
        port: `PORT = toString ${cfg}.port`,
        unix: `LISTEN_PATH = ${cfg}.socket`,
        socket: '',
        fixed: '',
        network: '',
      }[service.listen?.mode ?? 'fixed']
  return listen ? `${escaped} // { ${listen}; }` : escaped
}

/** Variables of the config as bindings. */
export function variables(
  service: ProgramConfig,
  env: Record<string, string>,
  names: Names,
  wrap = (value: string) => value,
): string[] {
  return Object.entries(env).map(([name, value]) =>
    bind(attributeName(name), wrap(nixText(localised(service, names, name, value)))),
  )
}

/** What a unit has beside the sandbox that all of them share. */
function serviceConfig(service: Record<string, Directive>, { cfg }: Names): string[] {
  const same = (name: string) => JSON.stringify(service[name]) === JSON.stringify(SANDBOX[name])
  const removed = Object.keys(SANDBOX).filter((name) => nixDirective(service[name]) === undefined)
  const base = removed.length > 0 ? `removeAttrs hardening ${nixList(removed.map(nixString))}` : 'hardening'
  const { EnvironmentFile, ...others } = service
  const own = Object.fromEntries(Object.entries(others).filter(([name]) => !(name in SANDBOX && same(name))))
  const files = [
    ...(EnvironmentFile ? [`${nixList(directiveList(EnvironmentFile))} ++`] : []),
    `lib.optional (${cfg}.environmentFile != null) ${cfg}.environmentFile`,
  ].join(' ')
  const bindings = [...directives(own), bind('EnvironmentFile', files)]
  return [`serviceConfig = ${base} // ${attributes(bindings)};`]
}

function directives(values: Record<string, Directive>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = nixDirective(value)
    return text === undefined ? [] : [bind(name, text)]
  })
}

function section(name: string, bindings: readonly string[]): string[] {
  if (bindings.length === 0) return []
  return bindings.length === 1 ? [`${name}.${bindings[0]}`] : [bind(name, attributes(bindings))]
}
