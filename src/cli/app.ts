import { buildApplication, buildCommand, buildRouteMap, text_en } from '@stricli/core'
import { ExitCode } from '../errors.js'
import { PROVIDERS, type Provider } from '../init/ci/options.js'
import { parseOnOff, parsePercent } from './arguments.js'
import { certificatesRoutes } from './certificates.js'
import {
  argument,
  buildFlags,
  configFlag,
  deployRsFlag,
  fixHashesFlag,
  hostFlag,
  jsonFlag,
  optionalArgument,
  overrideFlag,
  textFlag,
  textsFlag,
  waitFlag,
  yesFlag,
} from './flags.js'
import { keysRoutes } from './keys-routes.js'
import { rehearseRoutes } from './rehearse.js'
import { secretsRoutes } from './secrets.js'

/** Every command: what it takes is said here, what it does is loaded when it is called. */

const services = {
  kind: 'array',
  parameter: argument('SERVICE', 'A service or system of the config (default: all)'),
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
  parameters: {
    positional: services,
    flags: { ...configFlag, ...deployRsFlag, ...hostFlag, ...buildFlags, ...jsonFlag },
  },
  docs: { brief: 'Show what a deploy would do; changes nothing' },
})

const deploy = buildCommand({
  loader: async () => (await import('./deploy.js')).deploy,
  parameters: {
    positional: services,
    flags: {
      ...configFlag,
      ...deployRsFlag,
      ...hostFlag,
      ...buildFlags,
      ...jsonFlag,
      ...waitFlag,
      ...fixHashesFlag,
      check: {
        kind: 'boolean',
        brief: "Run the flake's checks first, and stop where one fails (default: as the config says)",
        optional: true,
      },
      dryRun: { kind: 'boolean', brief: 'The same as `slipway plan`', optional: true, withNegated: false },
      allOrNothing: {
        kind: 'boolean',
        brief: 'Confirm only when all is good on all hosts; else put back everything',
        optional: true,
        withNegated: false,
      },
      canary: {
        kind: 'parsed',
        parse: parsePercent,
        brief: 'Give new releases this share of the requests until `slipway promote` or `withdraw`',
        optional: true,
        placeholder: 'PERCENT',
      },
      boot: {
        kind: 'boolean',
        brief: 'Systems: from the next boot on, not now',
        optional: true,
        withNegated: false,
      },
      test: {
        kind: 'boolean',
        brief: 'Systems: now, but not at the next boot',
        optional: true,
        withNegated: false,
      },
      dryActivate: {
        kind: 'boolean',
        brief: 'Systems: have the host say what activating would do, and change nothing',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: {
    brief: 'Build, ship and activate what changed; put back the old release where the new one is not healthy',
  },
})

const build = buildCommand({
  loader: async () => (await import('./build.js')).build,
  parameters: {
    positional: services,
    flags: {
      ...configFlag,
      ...overrideFlag,
      ...jsonFlag,
      ...fixHashesFlag,
      system: {
        kind: 'parsed',
        parse: String,
        brief: "Build for this system, such as aarch64-linux (default: this machine's)",
        optional: true,
        placeholder: 'SYSTEM',
      },
    },
  },
  docs: { brief: 'Build what the config names on this machine, and print the store paths' },
})

const check = buildCommand({
  loader: async () => (await import('./check.js')).check,
  parameters: { flags: { ...configFlag, ...overrideFlag, ...jsonFlag, ...fixHashesFlag } },
  docs: { brief: "Run the flake's checks, side by side" },
})

function parseProvider(input: string): Provider {
  const provider = PROVIDERS.find((name) => name === input)
  if (!provider) throw new Error(`expected one of: ${PROVIDERS.join(', ')}`)
  return provider
}

const ciText = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, brief, optional: true, placeholder }) as const

const ci = buildCommand({
  loader: async () => (await import('./ci.js')).ci,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: parseProvider,
          placeholder: 'github|gitlab|forgejo',
          brief: 'Whose CI the workflow is for',
        },
      ],
    },
    flags: {
      config: configFlag.config,
      cache: ciText('Fill this binary cache: a name on cachix.org, or the URL of a store', 'CACHE'),
      upstream: ciText('Bump this flake input and deploy, when the upstream repository asks for it', 'INPUT'),
      branch: ciText(
        'The branch that is deployed (default: that of origin, else the one that is checked out)',
        'BRANCH',
      ),
      runner: ciText('The label of the machines to run on', 'LABEL'),
      slipway: ciText('The command that is slipway there (default: this version, by npx)', 'COMMAND'),
    },
  },
  docs: { brief: 'Write the workflow that checks, builds and deploys' },
})

const nixosModule = buildCommand({
  loader: async () => (await import('./module.js')).nixosModule,
  parameters: {
    flags: {
      config: configFlag.config,
      check: {
        kind: 'boolean',
        brief: 'Write nothing; fail if the file does not match the config',
        optional: true,
        withNegated: false,
      },
    },
  },
  docs: { brief: "Write module.nix, a NixOS module of the config's services" },
})

const rollback = buildCommand({
  loader: async () => (await import('./rollback.js')).rollback,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        optionalArgument('SERVICE', 'The service or system (default: the only one)'),
        optionalArgument('RELEASE', 'The release or generation to go back to (default: the good one before)'),
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

const promote = buildCommand({
  loader: async () => (await import('./operate.js')).promote,
  parameters: { positional: serviceArgument, flags: { ...configFlag, ...hostFlag, ...waitFlag } },
  docs: { brief: 'Give a canary all requests' },
})

const withdraw = buildCommand({
  loader: async () => (await import('./operate.js')).withdraw,
  parameters: { positional: serviceArgument, flags: { ...configFlag, ...hostFlag } },
  docs: { brief: 'Take the requests from a canary, and stop it' },
})

const maintenance = buildCommand({
  loader: async () => (await import('./operate.js')).maintenance,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: parseOnOff, placeholder: 'on|off', brief: 'Whether it is closed' },
        argument('SERVICE', 'A service of the config'),
      ],
    },
    flags: { ...configFlag, ...hostFlag },
  },
  docs: { brief: 'Answer requests to a service with a page that says it will be back' },
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
      deployUser: {
        ...textFlag('Make a user who may deploy and nothing else (default: slipway)', 'NAME'),
        inferEmpty: true,
      },
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

const importDeploy = buildCommand({
  loader: async () => (await import('./import.js')).importDeploy,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        optionalArgument('FLAKE', 'The flake, perhaps one node of it: FLAKE#NODE (default: the one here)'),
      ],
    },
    flags: {
      output: {
        kind: 'parsed',
        parse: String,
        brief: 'The file to write; one that is there is never overwritten (default: slipway.config.ts)',
        optional: true,
        placeholder: 'FILE',
      },
      overrideInput: buildFlags.overrideInput,
    },
  },
  docs: { brief: "Write a slipway.config.ts from a deploy-rs flake's deploy.nodes" },
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
    build,
    check,
    deploy,
    rollback,
    releases,
    status,
    logs,
    exec,
    restart,
    promote,
    withdraw,
    maintenance,
    stop,
    remove,
    secrets: secretsRoutes,
    ci,
    module: nixosModule,
    setup,
    keys: keysRoutes,
    certificates: certificatesRoutes,
    doctor,
    import: importDeploy,
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
