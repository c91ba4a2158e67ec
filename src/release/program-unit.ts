import type { Directive, Program } from '../contract/service.js'
import { commandLine, type Places } from './places.js'
import { programSandbox } from './sandbox.js'
import type { Sections } from './unit-file.js'

/** How long a program may take to finish its requests before it is killed. */
const STOP_TIMEOUT_SECONDS = 30
/** The first pause before a crashed program is started again. */
const RESTART_SECONDS = 1
/** The longest pause between restarts, reached after {@link RESTART_STEPS} of them. */
const RESTART_MAX_SECONDS = 30
const RESTART_STEPS = 5
/** `RestartSteps=` and `RestartMaxDelaySec=` came with this systemd. */
const SYSTEMD_WITH_RESTART_STEPS = 254

/** A unit whose program is to run all the time. `systemd` is the version that runs it. */
export function longRunning(
  service: Program,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
  systemd: number,
): Sections {
  const steps: Record<string, Directive> =
    systemd >= SYSTEMD_WITH_RESTART_STEPS
      ? { RestartSteps: RESTART_STEPS, RestartMaxDelaySec: RESTART_MAX_SECONDS }
      : {}
  return {
    // The pauses between restarts grow, so there is no limit after which systemd would give up.
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target', StartLimitIntervalSec: 0 },
    Service: {
      Type: 'exec',
      ...common(service, command, places, variables),
      Restart: 'always',
      RestartSec: RESTART_SECONDS,
      ...steps,
      KillMode: 'mixed',
      TimeoutStopSec: STOP_TIMEOUT_SECONDS,
      ...programSandbox(service, places.own),
    },
    Install: { WantedBy: 'multi-user.target' },
  }
}

/** A unit whose program runs and ends. */
export function oneshot(
  service: Program,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Sections {
  return {
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target' },
    Service: {
      Type: 'oneshot',
      ...common(service, command, places, variables),
      ...programSandbox(service, places.own),
    },
  }
}

function common(
  service: Program,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Record<string, Directive> {
  return {
    User: service.name,
    Group: service.name,
    ExecStart: commandLine(places, command),
    WorkingDirectory: workingDirectory(service, places),
    ...variables,
    SyslogIdentifier: service.name,
    UMask: '0077',
    ...(service.state ? { StateDirectory: places.state.directory, StateDirectoryMode: '0750' } : {}),
  }
}

function workingDirectory(service: Program, places: Places): string {
  if (service.hasAssets) return places.assets
  return service.state ? places.state.path : '/'
}
