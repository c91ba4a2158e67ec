import { buildApplication, buildCommand, buildRouteMap, text_en } from '@stricli/core'
import { ExitCode } from '../errors.js'
import {
  argument,
  buildFlags,
  configFlag,
  hostFlag,
  jsonFlag,
  optionalArgument,
  overrideFlag,
  textFlag,
  textsFlag,
  waitFlag,
  yesFlag,
} from './flags.js'
import { rehearseRoutes } from './rehearse.js'

/** Every command: what it takes is said here, what it does is loaded when it is called. */

const services = {
  kind: 'array',
  parameter: argument('SERVICE', 'A service of the config (default: all)'),
} as const

const init = buildCommand({
  loader: async () => (await import('./init.js')).init,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [optionalArgument('FOLDER', "The project's folder (default: this one)")],
    },
    flags: {
      yes: { kind: 'boolean', brief: 'Take the defaults; ask nothing', optional: true, withNegated: false },
      dryRun: { kind: 'boolean', brief: 'Print the files', optional: true, withNegated: false },
      program: textsFlag('What to deploy, where there are several programs', 'NAME'),
      host: textFlag('The server: anything ssh accepts', 'SSH'),
      url: textsFlag('Where it is reached; SERVICE=URL where there are several', 'URL'),
      listen: textsFlag('How it listens: a port number, port, unix, socket, none or files', 'HOW'),
      name: textsFlag("The service's name; PROGRAM=NAME where there are several", 'NAME'),
      health: textsFlag('The path that tells about its health', 'PATH'),
      state: { kind: 'boolean', brief: 'Whether it keeps files', optional: true },
      assets: textFlag('Folders it reads while it runs, with commas between', 'PATHS'),
      crane: { kind: 'boolean', brief: 'Build Rust with crane', optional: true, withNegated: false },
      gitAdd: { kind: 'boolean', brief: 'Whether to make git know the files', optional: true },
      ...overrideFlag,
    },
  },
  docs: { brief: 'Recognise a project, and write its flake.nix and slipway.config.ts' },
})

const plan = buildCommand({
  loader: async () => (await import('./plan.js')).plan,
  parameters: { positional: services, flags: { ...configFlag, ...hostFlag, ...buildFlags, ...jsonFlag } },
  docs: { brief: 'Show what a deploy would do; changes nothing' },
})

const deploy = buildCommand({
  loader: async () => (await import('./deploy.js')).deploy,
  parameters: {
    positional: services,
    flags: {
      ...configFlag,
      ...hostFlag,
      ...buildFlags,
      ...jsonFlag,
      ...waitFlag,
      dryRun: { kind: 'boolean', brief: 'The same as `slipway plan`', optional: true, withNegated: false },
    },
  },
  docs: {
    brief: 'Build, ship and activate what changed; put back the old release where the new one is not healthy',
  },
})

const rollback = buildCommand({
  loader: async () => (await import('./rollback.js')).rollback,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        optionalArgument('SERVICE', 'The service (default: the only one)'),
        optionalArgument('RELEASE', 'The release to go back to (default: the good one before)'),
      ],
    },
    flags: { ...configFlag, ...hostFlag, ...jsonFlag, ...waitFlag },
  },
  docs: { brief: 'Make an earlier release serve again, with its units, routes and environment' },
})

const releases = buildCommand({
  loader: async () => (await import('./releases.js')).releases,
  parameters: {
    positional: { kind: 'tuple', parameters: [optionalArgument('SERVICE', 'Only this service')] },
    flags: { ...configFlag, ...hostFlag, ...jsonFlag },
  },
  docs: { brief: 'List the releases on the hosts' },
})

const status = buildCommand({
  loader: async () => (await import('./status.js')).status,
  parameters: { flags: { ...configFlag, ...hostFlag, ...jsonFlag } },
  docs: { brief: 'All services and hosts at a glance' },
})

const logs = buildCommand({
  loader: async () => (await import('./logs.js')).logs,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [optionalArgument('SERVICE', 'The service (default: the only one)')],
    },
    flags: {
      ...configFlag,
      ...hostFlag,
      follow: { kind: 'boolean', brief: 'Go on as lines come', optional: true, withNegated: false },
      since: {
        kind: 'parsed',
        parse: String,
        brief: 'From when: "10 min ago", "2026-01-31 12:00"; see systemd.time(7)',
        optional: true,
        placeholder: 'TIME',
      },
      lines: {
        kind: 'parsed',
        parse: String,
        brief: 'How many lines (default: 100; all with --since)',
        optional: true,
        placeholder: 'N',
      },
    },
    aliases: { f: 'follow', n: 'lines' },
  },
  docs: { brief: "Show a service's journal, whatever the release" },
})

const exec = buildCommand({
  loader: async () => (await import('./exec.js')).exec,
  parameters: {
    positional: {
      kind: 'array',
      parameter: argument('SERVICE -- COMMAND', 'The service, and the command after --'),
    },
    flags: { ...configFlag, ...hostFlag },
  },
  docs: { brief: "Run a command in a service's environment, user and sandbox" },
})

const serviceArgument = {
  kind: 'tuple',
  parameters: [argument('SERVICE', 'A service of the config')],
} as const

const restart = buildCommand({
  loader: async () => (await import('./operate.js')).restart,
  parameters: { positional: serviceArgument, flags: { ...configFlag, ...hostFlag, ...waitFlag } },
  docs: { brief: 'Restart a service, and wait until it is healthy' },
})

const stop = buildCommand({
  loader: async () => (await import('./operate.js')).stop,
  parameters: { positional: serviceArgument, flags: { ...configFlag, ...hostFlag } },
  docs: { brief: 'Stop a service until it is restarted or deployed' },
})

const remove = buildCommand({
  loader: async () => (await import('./operate.js')).remove,
  parameters: {
    positional: serviceArgument,
    flags: {
      ...configFlag,
      ...hostFlag,
      ...yesFlag,
      purge: {
        kind: 'boolean',
        brief: 'Delete its state directory and user too',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: 'Take a service off its hosts; its state stays unless --purge is given' },
})

const setup = buildCommand({
  loader: async () => (await import('./setup.js')).setup,
  parameters: {
    positional: { kind: 'tuple', parameters: [argument('HOST', 'A host of the config')] },
    flags: {
      ...configFlag,
      ...jsonFlag,
      dryRun: { kind: 'boolean', brief: 'Say what would change', optional: true, withNegated: false },
    },
  },
  docs: { brief: 'Make a host ready: Nix, nginx, directories, include lines' },
})

const doctor = buildCommand({
  loader: async () => (await import('./doctor.js')).doctor,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [optionalArgument('HOST', 'A host of the config (default: all)')],
    },
    flags: { ...configFlag, ...jsonFlag },
  },
  docs: { brief: 'Check everything a deploy needs, with the fix for each failure' },
})

const docs = buildCommand({
  loader: async () => (await import('./docs.js')).docs,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        optionalArgument('SECTION', 'A part of the config: service, health, site … (default: all)'),
      ],
    },
    flags: {},
  },
  docs: { brief: 'The reference of slipway.config.ts' },
})

const routes = buildRouteMap({
  routes: {
    init,
    plan,
    deploy,
    rollback,
    releases,
    status,
    logs,
    exec,
    restart,
    stop,
    remove,
    setup,
    doctor,
    docs,
    rehearse: rehearseRoutes,
  },
  docs: {
    brief:
      "From a web service's source to a running, reachable and reversible service on your own server, with Nix",
  },
})

/** The application, for a version of the package. */
export function createApp(version: string) {
  return buildApplication(routes, {
    name: 'slipway',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: 'NO_COLOR' in process.env },
    localization: {
      text: { ...text_en, exceptionWhileRunningCommand: () => '', commandErrorResult: () => '' },
    },
    determineExitCode: (error) =>
      error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : ExitCode.bug,
  })
}
